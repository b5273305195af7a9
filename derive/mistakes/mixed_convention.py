r"""A formula for rows in a text with columns, or the other way round: everything transposed and turned round.

    dZ = dZ W^T      for      W^T dZ          dW = X^T dZ      for      dZ X^T
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import MATRIX_SIGNS, factor_text, products, quoted
from derive.mistake.writing import is_transposed
from derive.mistakes.product_order import joined
from derive.mistakes.transpose import toggled
from derive.written.tree import Product, Scripted, Span

NAME, WEIGHT = "mixed_convention", 36


def edits(written: Written) -> Iterator[Edit]:
    for place, listed in products(written):
        node = place.node
        assert isinstance(node, Product)
        if all(sign in MATRIX_SIGNS for sign in node.signs):
            turned = []
            for unit in reversed(listed):
                flipped = [] if unit.applied else list(toggled(written, unit.nodes[0], place.part))
                turned.append(flipped[0].text if flipped else factor_text(written, unit))
            text = joined(written, listed, turned)
            said = (f"This is the formula of the other convention: {quoted(written, text)}. Where examples are columns "
                    "every product of the row formula is turned round and transposed.")
            whole = Span(listed[0].span.start, listed[-1].span.stop)
            yield Edit(whole, text, said, NAME, WEIGHT, place.part)
    for part in written.sides:
        side = written.tree.parts[part]
        if part and not (isinstance(side, Scripted) and is_transposed(side)):
            text = written.writing.bracketed(written.text(side))
            sign = ".T" if written.language == "python" else (
                "^" + (written.writing.transpose if len(written.writing.transpose) == 1
                       else f"{{{written.writing.transpose}}}"))
            said = "The result is transposed: this is the formula of the other convention (rows for columns)."
            yield Edit(side.span, text + sign, said, NAME, WEIGHT + 2, part)


ENTRY = Mistake(NAME, "rows and columns mixed", edits)
