r"""A number of the formula is wrong: one that was miscalculated or miscopied.

    \frac{dC}{dw} = 4.5 w - 1.5      for      4.5 w - 2.4
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import in_marks, quoted
from derive.written.tree import Number, Span

NAME, WEIGHT = "numeric_constant", 24
MOST_DIGITS = 4


def edits(written: Written) -> Iterator[Edit]:
    for part, span, text in written.numbers:
        yield _edit(written, span, text, WEIGHT - 8, part)
    for place in written.places():
        node = place.node
        if isinstance(node, Number) and not in_marks(place) and node.text.isdecimal() and len(node.text) <= MOST_DIGITS:
            number = int(node.text)
            near = (number + 1, number - 1, 2 * number, *(() if number % 2 else (number // 2,)))
            for text in dict.fromkeys(str(one) for one in near if one > 0):
                yield _edit(written, node.span, text, WEIGHT, place.part)


def _edit(written: Written, span: Span, text: str, weight: int, part: int) -> Edit:
    now = written.source[span.start:span.stop]
    said = f"The number {quoted(written, now)} is wrong: it must be {quoted(written, text)}. Work it out again."
    return Edit(span, text, said, NAME, weight, part)


ENTRY = Mistake(NAME, "a wrong number", edits)
