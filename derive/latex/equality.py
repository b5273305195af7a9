r"""[y = j] between whole numbers: the number of a class and the index of an output, counted as paper counts.

In: equal(a, b). Out: what stands in the bracket.
"""

from __future__ import annotations

import sympy as sp

from derive.ir import reads_of
from derive.latex.conditions import condition_text
from derive.latex.names import Names


def equality(names: Names, expr: sp.Expr) -> str:
    """y = j between whole numbers, as paper counts both; nothing between numbers of any other kind."""
    whole = all(a.is_integer or a in reads_of(a) and names.shift_of(a) for a in expr.args)
    return condition_text(names, sp.Eq(*expr.args, evaluate=False)) if whole else ""
