r"""A factor upside down.

    dh = \sqrt{\sigma^2 + \epsilon} dy      for      \frac{dy}{\sqrt{\sigma^2 + \epsilon}}
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import in_marks, is_one, products, quoted
from derive.mistakes.factor import is_constant
from derive.written.tree import Derivative, Fraction

NAME, WEIGHT = "inverted_factor", 26


def edits(written: Written) -> Iterator[Edit]:
    for place in written.places():
        node = place.node
        if in_marks(place) or not isinstance(node, Fraction) or is_constant(written, node):
            continue
        top, bottom = written.text(node.top), written.text(node.bottom)
        turned = rf"\frac{{{bottom}}}{{{top}}}" if written.language == "latex" else f"({bottom}) / ({top})"
        turned = written.writing.factor(node.bottom) if is_one(node.top) else turned
        said = f"The fraction {quoted(written, written.text(node))} is upside down."
        yield Edit(node.span, turned, said, NAME, WEIGHT, place.part)
    for place, listed in products(written):
        for unit in listed:
            node = unit.nodes[0]
            if unit.applied or isinstance(node, Derivative | Fraction) or is_constant(written, node):
                continue
            text = written.text(node)
            over = f"(1/{text})" if written.language == "python" else rf"\frac{{1}}{{{text}}}"
            said = f"The factor {quoted(written, text)} is upside down: it belongs below the line."
            yield Edit(unit.span, over, said, NAME, WEIGHT + 6, place.part)


ENTRY = Mistake(NAME, "a factor upside down", edits)
