r"""A sum where there is only one term.

    \frac{\partial C}{\partial w_{jk}} = \sum_j \delta_j a_k      for      \delta_j a_k
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import letter, products, quoted, remove
from derive.written.tree import Big, Call, Span

NAME, WEIGHT = "spurious_sum", 20


def edits(written: Written) -> Iterator[Edit]:
    for place in written.places():
        node = place.node
        if isinstance(node, Big) and node.kind == "sum":
            head = Span(node.span.start, node.body.span.start)
            sign = quoted(written, written.source[head.start:head.stop])
            said = f"The sum {sign} does not belong: only one term depends on what is derived by."
            yield Edit(head, "", said, NAME, WEIGHT, place.part)
        elif isinstance(node, Call) and node.name in ("sum", "mean") and node.arguments:
            inner = written.writing.factor(node.arguments[0])
            yield Edit(node.span, inner, "The sum does not belong here.", NAME, WEIGHT, place.part)
    for place, listed in products(written):
        for unit in listed:
            dropped = remove(written, unit, listed) if letter(unit.nodes[0]) == "1" and not unit.applied else None
            if dropped:
                said = f"The sum over all of them, by {quoted(written, written.text(unit.nodes[0]))}, does not belong."
                yield Edit(dropped[0], dropped[1], said, NAME, WEIGHT - 3, place.part)


ENTRY = Mistake(NAME, "a sum too many", edits)
