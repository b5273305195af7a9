r"""A wrong exponent: a square forgotten, or the power not lowered by the rule.

    \sigma^2 = \frac{1}{N} \sum_i (x_i - \mu)      for      (x_i - \mu)^2
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import in_marks, is_function, quoted
from derive.written.tree import (
    ENTRYWISE,
    Add,
    Call,
    Fraction,
    Group,
    Mark,
    Name,
    Negative,
    Node,
    Number,
    Product,
    Scripted,
    Span,
)

NAME, WEIGHT = "power", 20


def edits(written: Written) -> Iterator[Edit]:
    for place in written.places():
        node = place.node
        if in_marks(place):
            continue
        if isinstance(node, Scripted):
            for mark in node.above:
                if mark.bracket in ("", ENTRYWISE) and exponent(mark.content):
                    yield from _changed(written, node, mark, place.part)
        alone = isinstance(node, Name) and not is_function(written, node) and not isinstance(place.parent, Scripted)
        group = isinstance(node, Group) and isinstance(node.content, Add) and not isinstance(place.parent, Scripted)
        if alone or group:
            more = 0 if group else 6
            yield from _squared(written, node, more, place.part)
        if isinstance(node, Call) and node.name != "sqrt" and not isinstance(place.parent, Scripted):
            said = f"The square of {quoted(written, written.text(node))} is missing."
            yield Edit(node.span, written.writing.squared(node), said, NAME, WEIGHT + 2, place.part)
        if isinstance(node, Call) and node.name == "sqrt" and node.arguments:
            text = written.writing.bracketed(written.text(node.arguments[0]))
            said = f"The root {quoted(written, written.text(node))} does not belong; the radicand itself does."
            yield Edit(node.span, text, said, NAME, WEIGHT + 4, place.part)


def exponent(node: Node) -> bool:
    """A number, with or without a sign, also as a fraction."""
    if isinstance(node, Negative):
        return exponent(node.content)
    if isinstance(node, Fraction):
        return exponent(node.top) and exponent(node.bottom)
    if isinstance(node, Product):
        return node.signs == ("/",) and all(map(exponent, node.factors))
    return isinstance(node, Number)


def _changed(written: Written, node: Scripted, mark: Mark, part: int) -> Iterator[Edit]:
    now = written.text(mark.content).strip()
    spot = mark.content.span
    if re.fullmatch(r"-?\d{1,3}", now):
        number = int(now)
        steps: list[str] = [str(n) for n in (-number, number + 1, number - 1, number + 2) if n not in (0, 1, number)]
    elif found := re.fullmatch(r"(-?\d{1,3})\s*/\s*(\d{1,3})", now):
        top, bottom = int(found[1]), int(found[2])
        steps = [f"{n}/{bottom}" for n in (top - bottom, top + bottom, -top) if n]
    else:
        steps = [now[1:] if now.startswith("-") else f"-{now}"]
    for i, text in enumerate(steps):
        said = f"The exponent of {quoted(written, written.text(node))} must be {text}, not {now}."
        yield Edit(spot, written.writing.script(spot, text), said, NAME, WEIGHT + i, part)
    start = node.base.span.stop
    if len(node.above) == 1 and not node.below and not node.primes:
        said = f"The exponent {now} of {quoted(written, written.text(node))} does not belong."
        yield Edit(Span(start, node.span.stop), "", said, NAME, WEIGHT + 2, part)


def _squared(written: Written, node: Node, more: int, part: int) -> Iterator[Edit]:
    said = f"The square of {quoted(written, written.text(node))} is missing."
    yield Edit(node.span, written.writing.squared(node), said, NAME, WEIGHT + more, part)


ENTRY = Mistake(NAME, "a wrong exponent", edits)
