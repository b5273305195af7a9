r"""The mean over the examples for their sum, or the sum for the mean.

    db = \sum_i dz^{(i)}      for      \frac{1}{m} \sum_i dz^{(i)}
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import products, quoted, remove
from derive.mistakes.factor import is_constant
from derive.written.tree import Big, Call, Fraction, Span

NAME, WEIGHT = "mean_for_sum", 12
MEANS = {"sum": "mean", "mean": "sum"}


def edits(written: Written) -> Iterator[Edit]:
    sizes = [known.example for known in written.names if known.meaning.kind == "size"]
    for place in written.places():
        node = place.node
        if isinstance(node, Big) and node.kind == "sum":
            for size in sizes:
                over = rf"\frac{{1}}{{{size}}} " if written.language == "latex" else f"1 / {size} * "
                said = f"This is the sum; the cost is a mean, so is its gradient: divide by {quoted(written, size)}."
                yield Edit(Span(node.span.start, node.span.start), over, said, NAME, WEIGHT, place.part)
        if isinstance(node, Call) and node.name in MEANS and written.language == "python":
            other = MEANS[node.name]
            at = written.source.find(node.name, node.span.start, node.span.stop)
            said = f"The {node.name} stands where the {other} belongs."
            if at >= 0:
                yield Edit(Span(at, at + len(node.name)), other, said, NAME, WEIGHT, place.part)
    for place, listed in products(written):
        for i, unit in enumerate(listed[:-1]):
            one, following = unit.nodes[0], listed[i + 1].nodes[0]
            if isinstance(one, Fraction) and is_constant(written, one) and isinstance(following, Big):
                dropped = remove(written, unit, listed)
                if dropped:
                    said = "This is the mean; the cost is a sum over the examples, and so is its gradient."
                    yield Edit(dropped[0], dropped[1], said, NAME, WEIGHT - 1, place.part)


ENTRY = Mistake(NAME, "the mean for the sum, or the sum for the mean", edits)
