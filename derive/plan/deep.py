"""A sum over many examples as text: products of parts of them, each in blocks, added up.

    dw[j,k] = sum(delta[s,j]*x[s,k], s)     is      sum_dw(delta_parts, x.reshape(wide_dw).swapaxes(-3, -2), dw_blocks)

with sum_dw = np.matmul where one part will do, which is known with the batch. In: a product whose operands have what is
summed over first. Out: its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from derive.plan.record import Ref
from derive.plan.words import Line, Text, called, text

if TYPE_CHECKING:
    from derive.plan.text import Writer

SPARE = "spare"
"""The list of the arrays in which the products of all parts but the first are computed."""


def deep_line(writer: Writer, refs: Sequence[Ref], arrays: Sequence[Text], lengths: Sequence[str]) -> Line:
    """The result and both operands; the same as matrices; the height, the width and the depth."""
    (result, first, second), (out, left, right) = refs, arrays
    height, width, depth = lengths
    counts = parts, rows, columns = [called(out, before=before) for before in ("parts_", "rows_", "columns_")]
    writer.helper("_grid")
    writer.view(text("{}, {}, {}", *counts), (f"{writer.helper('_deep_grid')}({height}, {width}, {depth}, dtype)",))
    high, wide = (writer.view(called(out, before=before), text(f"_parts({{}}, {depth}, {{}}, {length})", parts, count))
                  for before, count, length in (("high_", rows, height), ("wide_", columns, width)))
    writer.view((SPARE,), ("[]",))
    sums = writer.view(called(out, before="sum_"),
                       text(f"_summing({{}}, {{}}, {{}}, {{}}, {SPARE})", parts, out, rows, columns))
    turned = text("np.moveaxis({}.reshape({}), -3, -1)[..., None, :, :]", left, high)
    views = (writer.kept(first, left, "_parts", turned),
             writer.kept(second, right, "_parts", text("{}.reshape({}).swapaxes(-3, -2)", right, wide)),
             writer.kept(result, out, "_blocks", text("_blocks({}, {}, {})", out, rows, columns)))
    return Line(text("{}({}, {}, {})", sums, *views))
