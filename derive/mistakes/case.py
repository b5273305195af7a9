r"""A wrong value in one of several cases: where the function is linear the slope is the factor, where it is flat 0.

    f'(x) = x (x > 0), 0 (x <= 0)      for      1 (x > 0), 0 (x <= 0)
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import quoted, variables
from derive.written.tree import Cases, Node

NAME, WEIGHT = "case", 17
VALUES = ("1", "0", "-1")


def edits(written: Written) -> Iterator[Edit]:
    for place in written.places():
        if isinstance(place.node, Cases):
            values = [value for value, _ in place.node.rows]
            for value in values:
                yield from _other(written, value, place.part)
            yield from _exchanged(written, values, place.part)


def _other(written: Written, value: Node, part: int) -> Iterator[Edit]:
    now = written.text(value).strip()
    known = [name.example for name in variables(written)]
    for i, text in enumerate(dict.fromkeys((*VALUES, *known, *(f"-{name}" for name in known)))):
        if text != now:
            said = f"In this case the value is {quoted(written, text)}, not {quoted(written, now)}."
            yield Edit(value.span, text, said, NAME, WEIGHT + min(i // 2, 8), part)


def _exchanged(written: Written, values: list[Node], part: int) -> Iterator[Edit]:
    for one, other in zip(values, values[1:], strict=False):
        texts = {one.span: written.text(other), other.span: written.text(one)}
        whole = type(one.span)(one.span.start, other.span.stop)
        shown = (quoted(written, written.text(value)) for value in (one, other))
        said = f"The values {' and '.join(shown)} are exchanged."
        yield Edit(whole, written.writing.rewritten(whole, texts), said, NAME, WEIGHT - 1, part)


ENTRY = Mistake(NAME, "a wrong value in one of several cases", edits)
