r"""A factor of the chain got lost.

    \nabla_w E = \Phi^T \Phi - \Phi^T t      for      \Phi^T \Phi w - \Phi^T t
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Place, Written
from derive.mistake.sites import HADAMARD_SIGNS, in_marks, quoted, spelled, suffix, terms, variables
from derive.written.tree import Add, Derivative, Node, Number, Product, Scripted, Span

NAME, WEIGHT = "missing_factor", 30


def edits(written: Written) -> Iterator[Edit]:
    for place in terms(written):
        if in_marks(place) or isinstance(place.node, Add) or isinstance(place.node, Number) and place.above:
            continue
        yield from _link(written, place)
        marks = {suffix(written, node) for node in place.node.walk() if isinstance(node, Scripted)}
        for i, known in enumerate(variables(written)):
            twice = (f"2 {known.example}",) if written.language == "latex" else ()
            for j, factor in enumerate((*spelled(written, known), *twice)):
                said = (f"The factor {quoted(written, factor)} is missing beside "
                        f"{quoted(written, written.text(place.node))}: one link of the chain rule was left out.")
                marked = factor.startswith(known.base) and factor[len(known.base):] in marks
                weight = WEIGHT - (5 if marked else 0) + i // 2 + min(2 * j, 8)
                for text in with_factor(written, place.node, factor):
                    yield Edit(place.node.span, text, said, NAME, weight, place.part)


def _link(written: Written, place: Place) -> Iterator[Edit]:
    r"""dL/dh for dL/dh dh/dx: the step of the chain rule that the context asks for."""
    text = written.text(place.node)
    for step in written.branches if isinstance(place.node, Derivative) else ():
        if text in step and "+" not in step:
            said = (f"The chain rule stopped too early: {quoted(written, text)} is by something in between; the next "
                    f"step is {quoted(written, step)}.")
            yield Edit(place.node.span, step, said, NAME, WEIGHT - 1, place.part)


def with_factor(written: Written, node: Node, factor: str) -> Iterator[str]:
    """The term with one factor more: behind, before, transposed, in the middle, entry by entry."""
    writing, text = written.writing, written.text(node)
    entrywise = isinstance(node, Product) and any(sign in HADAMARD_SIGNS for sign in node.signs)
    elsewhere = any(sign in HADAMARD_SIGNS for one in written.tree.walk() if isinstance(one, Product)
                    for sign in one.signs)
    if written.language == "python":
        turned = f"{factor}.T"
        yield from (f"{text} * {factor}", f"{text} @ {factor}", f"{text} @ {turned}", f"{factor} @ {text}",
                    f"{turned} @ {text}")
        return
    if elsewhere or factor.startswith("("):
        yield writing.entrywise(text, factor)
    sign = f"^{writing.transpose}" if len(writing.transpose) == 1 else f"^{{{writing.transpose}}}"
    turned = f"{factor}{sign}" if "^" not in factor else f"({factor}){sign}"
    for one in (factor, turned):
        yield writing.side_by_side(text, " ", one)
        yield writing.side_by_side(one, " ", text)
    if isinstance(node, Product) and not entrywise:
        for left, right in zip(node.factors, node.factors[1:], strict=False):
            start = node.span.start
            gap = Span(left.span.stop - start, right.span.start - start)
            yield writing.side_by_side(text[:gap.start], " ", factor, " ", text[gap.stop:])


ENTRY = Mistake(NAME, "a factor is missing", edits)
