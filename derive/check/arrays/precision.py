"""How far apart two right gradients may lie: from the numbers' own precision and the sizes of what is summed.

    |error|  <=  eps * K * sum of |terms|,      K = equations + sqrt(longest sum)

The sums of |terms| are the backward pass itself with every read and every sign made positive, times the greatest
sum of |terms| of the forward pass, whose rounding the slopes pass on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import sqrt
from typing import Any

import numpy as np
import sympy as sp

from derive.check.arrays.backward import Array, Backward
from derive.evaluate import evaluate
from derive.functions.record import A, Application, Z, absolute
from derive.ir import Equation, Loop, Statement, walk

LEEWAY = 4.0
"""Two computations may both err, each twice the typical sum of its roundings."""


def magnitude(expr: sp.Expr) -> sp.Expr:
    """The expression with every minus a plus: no cancellation, so an upper bound of what was rounded."""
    if isinstance(expr, sp.Add | sp.Mul):
        return expr.func(*map(magnitude, expr.args))
    if expr.is_number:
        return sp.Abs(expr)
    if isinstance(expr, sp.Pow) and expr.exp.is_Integer and expr.exp > 0:
        return magnitude(expr.base) ** expr.exp
    if isinstance(expr, Application) and expr.order == 1:
        parts = {Z: absolute(expr.args[0]), A: absolute(expr.record.derivative(0)(expr.args[0]))}
        return magnitude(expr.record.definition(1)).xreplace({absolute(Z): Z, absolute(A): A}).xreplace(parts)
    return absolute(expr)


def positive(statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """The statements with the magnitude of every term."""
    return tuple(replace(s, body=positive(s.body)) if isinstance(s, Loop) else s.map(magnitude) for s in statements)


def magnitudes(backward: Backward) -> dict[str, Any]:
    """For every adjoint the sums of |terms|."""
    return backward.run(positive(backward.statements), {})


def forward_magnitude(backward: Backward) -> float:
    """The greatest sum of |terms| among the inner values of the forward pass."""
    found = evaluate(replace(backward.model, statements=tuple(
        replace(s, body=s.body) if isinstance(s, Loop) else _terms(s) for s in backward.model.statements)),
        backward.given)
    return max([1.0, *(greatest(array) for name, array in found.items()
                       if name in backward.values and np.isfinite(greatest(array)))])


def _terms(equation: Equation) -> Equation:
    """Sums alone: what a function returns is left as it is."""
    return equation.map(magnitude) if any(term.summed for term in equation.terms) else equation


def greatest(array: Any) -> float:
    parts = array if isinstance(array, list) else [array]
    return max((float(np.max(np.abs(part), initial=0.0)) for part in parts), default=0.0)


def epsilon(arrays: Mapping[str, Array]) -> tuple[float, str]:
    """The coarsest precision among the arrays, and which it is."""
    kinds = {name: np.asarray(a).dtype for name, a in arrays.items() if np.asarray(a).dtype.kind == "f"}
    if not kinds:
        return float(np.finfo(np.float64).eps), "float64"
    worst = max(kinds.values(), key=lambda kind: float(np.finfo(kind).eps))
    return max(float(np.finfo(worst).eps), float(np.finfo(np.float64).eps)), str(worst)


def steps(backward: Backward) -> float:
    """K: how many roundings stand between the numbers and a gradient."""
    equations = [e for e, _ in walk((*backward.model.statements, *backward.statements))]
    extents = [max(np.shape(part), default=1) for array in backward.given.values()
               for part in (array if isinstance(array, list) else [array])]
    return LEEWAY * (len(equations) + sqrt(max(extents, default=1)))
