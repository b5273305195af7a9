r"""A wrong sign: of a whole side, of one term, of a minus that came in or got lost with an inner derivative.

    dC/dw_1 = 2 w_2 x (y - w_1 w_2 x)      for      -2 w_2 x (y - w_1 w_2 x)
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import applications, in_marks, letter, quoted
from derive.written.tree import Add, Big, Call, Listing, Negative, Node, Product, Scripted, Span

NAME, WEIGHT = "sign", 10


def edits(written: Written) -> Iterator[Edit]:
    for place, _, argument in applications(written):
        if not isinstance(argument.content, Listing):
            yield from _inner(written, argument.content, place.part)
    for place in written.places():
        if isinstance(place.node, Call) and len(place.node.arguments) == 1:
            yield from _inner(written, place.node.arguments[0], place.part)
        if in_marks(place):
            continue
        node, part = place.node, place.part
        if isinstance(node, Scripted) and letter(node) == "e" and len(node.above) == 1:
            yield from _inner(written, node.above[0].content, part)
        if not place.above and not isinstance(node, Negative):
            yield from _whole(written, node, part)
        if isinstance(node, Negative) and not isinstance(place.parent, Add):
            said = f"The minus before {quoted(written, written.text(node.content))} is one too many."
            yield Edit(Span(node.span.start, node.content.span.start), "", said, NAME, WEIGHT, part)
        if isinstance(node, Add):
            yield from _terms(written, node, part, WEIGHT + (1 if place.above else 0))
        if isinstance(node, Big) and place.above and not isinstance(place.parent, Negative | Add):
            yield from _minus(written, node, part, WEIGHT + 3)


def _whole(written: Written, node: Node, part: int) -> Iterator[Edit]:
    text = written.text(node)
    said = ("The whole expression has the wrong sign: follow every minus sign through the chain rule, also the one "
            "that the inner derivative brings along.")
    if isinstance(node, Add):
        yield Edit(node.span, "-" + written.writing.bracketed(text), said, NAME, WEIGHT + 1, part)
    else:
        yield Edit(Span(node.span.start, node.span.start), "-", said, NAME, WEIGHT, part)


def _inner(written: Written, node: Node, part: int) -> Iterator[Edit]:
    """The sign of what stands in a function or an exponent."""
    text = written.text(node)
    said = f"What stands inside has the wrong sign: {quoted(written, text)}."
    if isinstance(node, Negative):
        yield Edit(node.span, written.text(node.content), said, NAME, WEIGHT + 4, part)
        return
    inner = written.writing.bracketed(text) if isinstance(node, Add) else text
    yield Edit(node.span, written.writing.script(node.span, "-" + inner), said, NAME, WEIGHT + 4, part)


def _minus(written: Written, node: Node, part: int, weight: int) -> Iterator[Edit]:
    said = f"Before {quoted(written, written.text(node))} a minus is missing."
    yield Edit(Span(node.span.start, node.span.start), "-", said, NAME, weight, part)


def _terms(written: Written, node: Add, part: int, weight: int) -> Iterator[Edit]:
    for i, term in enumerate(node.terms):
        said = f"The term {quoted(written, written.text(term))} has the wrong sign."
        start = term.span.start
        if isinstance(term, Negative):
            sign = "+" if i else ""
            yield Edit(Span(start, start + 1), sign, said, NAME, weight, part)
        elif i:
            plus = written.source.find("+", node.terms[i - 1].span.stop, start)
            if plus >= 0:
                yield Edit(Span(plus, plus + 1), "-", said, NAME, weight, part)
        else:
            yield Edit(Span(start, start), "-", said, NAME, weight, part)
    if len(node.terms) == 2 and isinstance(node.terms[1], Negative):
        first, second = written.text(node.terms[0]), written.text(node.terms[1].content)
        if not isinstance(node.terms[1].content, Product | Add):
            said = f"The difference is the wrong way round: {quoted(written, f'{second} - {first}')}."
            yield Edit(node.span, f"{second} - {first}", said, NAME, weight, part)


ENTRY = Mistake(NAME, "wrong sign", edits)
