"""How far apart two right gradients may lie: from the numbers' own precision, and how it is passed on.

    allowed  =  16 * eps * the greatest change per h,     each value v shaken by h * (sum of its |terms|) * noise

Every equation of the forward and of the backward pass is evaluated once more with noise of relative size h on its
result (as rounding would be: Parker, Monte Carlo Arithmetic, 1997); what the gradients then change by is linear in h.
Where layers are a loop, whose values cannot be shaken one by one, an upper bound from the sums of |terms| stands.
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
from derive.ir import Equation, Loop, Statement, equations_of, mapped

LEEWAY = 16.0
"""Two computations both err, each in its own order of summation; the greatest of a few draws is not the greatest."""
SHAKEN = 1e-8
DRAWS, LARGE = 3, 10_000_000
"""A model in which one evaluation computes more than `LARGE` numbers is shaken once only: a maximum over many entries
needs no second draw."""


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
    return mapped(statements, lambda equation: equation.map(magnitude))


def allowances(backward: Backward) -> dict[str, Any]:
    """For every tensor with a gradient how far it may be off where eps is 1: one array or number an adjoint."""
    statements = (*backward.model.statements, *backward.statements)
    if any(isinstance(s, Loop) for s in statements):
        bound = LEEWAY * _steps(backward) * forward_magnitude(backward)
        sums = backward.run(positive(backward.statements), {})
        return {name: _times(array, bound) for name, array in sums.items()}
    found = {name: 0.0 for name in backward.truth}
    for draw in range(DRAWS if backward.work < LARGE else 1):
        shaken = _shaken(backward, np.random.default_rng(draw), SHAKEN)
        for name, array in backward.truth.items():
            found[name] = max(found[name], greatest(shaken[name] - array) / SHAKEN)
    return {name: LEEWAY * number for name, number in found.items()}


def beside_kinks(backward: Backward, eps: float) -> dict[str, Any]:
    """How far each adjoint moves where the values are shaken by their own rounding: far where one lies at a kink."""
    if any(isinstance(s, Loop) for s in (*backward.model.statements, *backward.statements)):
        return {name: _times(array, 0.0) for name, array in backward.truth.items()}
    found = {name: 0.0 for name in backward.truth}
    for draw in range(DRAWS if backward.work < LARGE else 1):
        shaken = _shaken(backward, np.random.default_rng(draw), LEEWAY * eps)
        for name, array in backward.truth.items():
            found[name] = max(found[name], greatest(shaken[name] - array))
    return {name: 2 * number for name, number in found.items()}


def _shaken(backward: Backward, rng: np.random.Generator, by: float) -> dict[str, Any]:
    """Every value and adjoint, each computed from shaken ones and then shaken itself."""
    known: dict[str, Any] = dict(backward.given)
    for statement in (*backward.model.statements, *backward.statements):
        assert not isinstance(statement, Loop)
        value = backward.alone(statement, known)
        if not statement.is_max:  # the greatest of several values is one of them: nothing is rounded
            terms = backward.alone(statement.map(magnitude), known)
            value = value + by * terms * rng.standard_normal(np.shape(value))
        known[statement.target] = known[statement.target] + value if statement.target in known else value
    return known


def _times(array: Any, factor: float) -> Any:
    return [part * factor for part in array] if isinstance(array, list) else array * factor


def forward_magnitude(backward: Backward) -> float:
    """The greatest sum of |terms| among the inner values of the forward pass."""
    found = evaluate(replace(backward.model, statements=tuple(
        s if isinstance(s, Loop) else _terms(s) for s in backward.model.statements)),
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


def _steps(backward: Backward) -> float:
    """How far so many roundings carry that are random: n of them grow as sqrt(n)."""
    equations = [*equations_of((*backward.model.statements, *backward.statements))]
    extents = [max(np.shape(part), default=1) for array in backward.given.values()
               for part in (array if isinstance(array, list) else [array])]
    return sqrt(len(equations)) + sqrt(max(extents, default=1))
