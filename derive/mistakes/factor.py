r"""A constant factor that is missing, one too many, or upside down: 2, 1/2, m, 1/m.

    \nabla_x(-x^TAx) = -Ax      for      -2Ax
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import Unit, in_marks, products, quoted, remove, terms
from derive.written.tree import Add, Derivative, Fraction, Name, Negative, Node, Number, Product, Scripted, Span

NAME, WEIGHT = "factor", 14
CHAIN = 10
"""A product of derivatives alone has rather a wrong link than no factor."""
AVERAGED = "count what the cost averages over"
WHY = {"2": "the derivative of a square brings down a 2", r"\frac{1}{2}": "the 1/2 of the cost cancels the 2",
       "0.5": "the 1/2 of the cost cancels the 2"}


def edits(written: Written) -> Iterator[Edit]:
    yield from _present(written)
    for place in terms(written):
        node = place.node
        start = node.span.start
        if isinstance(node, Negative):
            continue
        chain = CHAIN if isinstance(node, Product) and all(isinstance(f, Derivative) for f in node.factors) else 0
        outer = chain if not place.above or isinstance(place.parent, Negative) and len(place.above) == 1 else 4 + chain
        for i, text in enumerate(constants(written)):
            said = _missing(written, text, node)
            if isinstance(node, Add):
                inner = written.writing.bracketed(written.text(node))
                yield Edit(node.span, _times(written, text, inner), said, NAME, WEIGHT + outer + 1 + i, place.part)
            else:
                front = _times(written, text, "")
                yield Edit(Span(start, start), front, said, NAME, WEIGHT + outer + i, place.part)


def constants(written: Written) -> list[str]:
    """2, 1/2, and the sizes that the context averages over, both ways up."""
    sizes = [known.example for known in written.names if known.meaning.kind == "size"]
    if written.language == "python":
        return list(dict.fromkeys(["2", "0.5", *(f"(1/{s})" for s in sizes), *sizes, *written.constants]))
    over = (rf"\frac{{1}}{{{size}}}" for size in sizes)
    return list(dict.fromkeys(["2", r"\frac{1}{2}", *over, *sizes, *written.constants]))


def _times(written: Written, text: str, rest: str) -> str:
    return f"{text} * {rest}" if written.language == "python" else f"{text} {rest}"


def _missing(written: Written, text: str, node: Node) -> str:
    given = "what the given equations divide by stays in the derivative"
    why = WHY.get(text, given if text in written.constants and written.language == "latex" else AVERAGED)
    return f"The factor {quoted(written, text)} is missing before {quoted(written, written.text(node))}: {why}."


def is_constant(written: Written, node: Node) -> bool:
    meaning = written.meaning(node)
    if isinstance(node, Fraction):
        return is_constant(written, node.top) and is_constant(written, node.bottom)
    return isinstance(node, Number) or isinstance(node, Name | Scripted) and meaning is not None and (
        meaning.kind == "size")


def _present(written: Written) -> Iterator[Edit]:
    for place, listed in products(written):
        for unit in listed:
            if not unit.applied and is_constant(written, unit.nodes[0]):
                yield from _constant(written, unit, listed, place.part)
    for place in written.places():
        if isinstance(place.node, Fraction) and not in_marks(place):
            yield from _fraction(written, place.node, place.part)


def _constant(written: Written, unit: Unit, listed: list[Unit], part: int) -> Iterator[Edit]:
    node, text = unit.nodes[0], written.text(unit.nodes[0])
    dropped = remove(written, unit, listed)
    if dropped:
        said = f"The factor {quoted(written, text)} is one too many."
        yield Edit(dropped[0], dropped[1], said, NAME, WEIGHT - 2, part)
    if isinstance(node, Fraction):
        return
    over = f"(1/{text})" if written.language == "python" else rf"\frac{{1}}{{{text}}}"
    yield Edit(node.span, over, f"The factor {quoted(written, text)} is upside down.", NAME, WEIGHT, part)


def _fraction(written: Written, node: Fraction, part: int) -> Iterator[Edit]:
    top, bottom = written.text(node.top), written.text(node.bottom)
    if is_constant(written, node.bottom) and not isinstance(node.bottom, Product):
        said = f"The factor $1/{bottom}$ is one too many."
        inner = written.writing.factor(node.top)
        yield Edit(node.span, inner, said, NAME, WEIGHT - 1, part)
        if is_constant(written, node.top):
            said = f"The factor {quoted(written, written.text(node))} is upside down."
            turned = bottom if top == "1" else f"({bottom}/{top})"
            yield Edit(node.span, turned, said, NAME, WEIGHT, part)


ENTRY = Mistake(NAME, "a constant factor missing, spurious or inverted", edits)
