r"""[a = b] as a bracket; between whole numbers, a class and the index of an output, both as paper counts: [y = j].

In: equal(a, b). Out: its piece.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy as sp

from derive.ir import reads_of
from derive.latex.conditions import indicator
from derive.latex.text import Level, Piece

if TYPE_CHECKING:
    from derive.latex.expression import Printer


def equality(printer: Printer, expr: sp.Expr) -> Piece:
    """1 where both are the same, else 0."""
    whole = all(a.is_integer or a in reads_of(a) and printer.names.shift_of(a) for a in expr.args)
    said = printer.condition(sp.Eq(*expr.args, evaluate=False)) if whole else " = ".join(map(printer.text, expr.args))
    return Piece(indicator([said]), Level.ATOM, scripted=True)
