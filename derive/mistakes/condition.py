r"""A condition the wrong way round: in an indicator, or in one of several cases.

    -y x \mathbb{1}[y w^T x > 1]      for      -y x \mathbb{1}[y w^T x < 1]
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import in_marks, quoted
from derive.written.tree import Add, Node, Relations, Span

NAME, WEIGHT = "condition", 15
SIGNS = {"<": r"<", ">": r">", "<=": r"\le", ">=": r"\ge"}
TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
PYTHON = {"<": "<", ">": ">", "<=": "<=", ">=": ">="}


def edits(written: Written) -> Iterator[Edit]:
    for place in written.places():
        node = place.node
        if isinstance(node, Relations) and not in_marks(place):
            for sign, one, other in zip(node.signs, node.parts, node.parts[1:], strict=False):
                if sign in TURNED:
                    yield from _turned(written, sign, one, other, place.part)


def _turned(written: Written, sign: str, one: Node, other: Node, part: int) -> Iterator[Edit]:
    """The other way round; then with the whole left side negated, which is a fault of the sign as well."""
    signs = PYTHON if written.language == "python" else SIGNS
    between, shown = Span(one.span.stop, other.span.start), signs[TURNED[sign]]
    new = f"{written.text(one)} {shown} {written.text(other)}"
    said = f"The condition is the wrong way round: it must be {quoted(written, new)}."
    yield Edit(between, f" {shown} ", said, NAME, WEIGHT, part)
    minus = "-" + (written.writing.bracketed(written.text(one)) if isinstance(one, Add) else written.text(one))
    said = f"A minus is missing in the condition: {quoted(written, minus)}."
    yield Edit(one.span, minus, said, NAME, WEIGHT + 4, part)


ENTRY = Mistake(NAME, "a condition the wrong way round", edits)
