"""A product by BLAS's gemm or gemv as text, which say in one call what becomes of it.

    gemm(0.5, w1.T, x.T, 0.5, a1_T, 1, 0, 1)             a1 = 0.5*(x @ w1.T) + 0.5*a1
    gemv(0.5, w1.T, x_0, 0.5, a1, 0, 1, 0, 1, 1, 1)      a1 = 0.5*(w1 @ x_0) + 0.5*a1

In: a product of whole matrices, or of one and a vector. Out: its line. BLAS counts columns where NumPy counts rows, so
that it is given the transpose of every matrix; it makes the transpose of the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.plan.record import Contract, Ref
from derive.plan.words import Line, Text, listed, text

if TYPE_CHECKING:
    from derive.plan.text import Writer


def blas_line(writer: Writer, statement: Contract) -> Line:
    """gemm(scale, second, first, scale or 0, out, whether the second is to be turned, and the first, 1); or gemv, which
    is told in place of the latter where its vectors begin, and how far their numbers are apart."""
    assert statement.gemm is not None
    out, wanted = statement.out, writer.letters(statement.out)
    first, second = sorted(statement.of, key=lambda r: (len(r.axes), wanted[0] not in r.axes))
    (inner,) = {*first.axes} & {*second.axes}
    turn, other = str(int(writer.letters(second)[-1] == inner)), str(int(writer.letters(first)[-1] != inner))
    kind, how = ("gemm", (turn, other, "1")) if len(wanted) == 2 else ("gemv", ("0", "1", "0", "1", turn, "1"))
    made = text('{}("{}", dtype) or {}', writer.helper("_blas"), kind, writer.helper(f"_{kind}"))
    scale = writer.amount(statement.gemm.scale)
    given = [(scale,), _turned(writer, second), _turned(writer, first), (scale if statement.gemm.onto else "0",),
             _turned(writer, out), *((one,) for one in how)]
    return Line(text("{}({})", writer.view((kind,), made), listed(given)))


def _turned(writer: Writer, ref: Ref) -> Text:
    """The transpose of a matrix; a vector is what it is."""
    return writer.laid(ref, writer.letters(ref)[::-1])
