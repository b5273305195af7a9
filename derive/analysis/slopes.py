"""How steep an activation can be: the greatest |f'(z)| over all z.

    sigmoid' = a*(1 - a) <= 1/4   at a = 1/2, so that n layers may shrink a gradient to (1/4)^n

In: an activation. Out: the bound, and how it is known: "exact" where the slope is a polynomial in a and
its stationary points are solved for, else a maximum found on a grid and refined.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from derive.evaluate import evaluate
from derive.functions.record import A, ScalarFunction
from derive.ir import Derivation, Equation, Index, Tensor, Term, index_symbol, read

REACH, POINTS, ROUNDS = 50.0, 4001, 6
CLOSE = 1e-9


@dataclass(frozen=True)
class Bound:
    """|f'| <= value; `how` says why."""

    value: sp.Expr
    how: str

    @property
    def exact(self) -> bool:
        return not self.value.is_Float


@cache
def slope_bound(record: ScalarFunction) -> Bound:
    """The greatest |slope| of an activation."""
    greatest = _greatest(record)
    slope = sp.expand(record.definition(1))
    if slope.is_number:
        return Bound(abs(slope), "the slope is constant")
    if slope.free_symbols == {A} and slope.is_polynomial(A):
        for point in sorted(sp.real_roots(slope.diff(A)), key=float):
            value = abs(slope.xreplace({A: point}))
            if abs(float(value) - greatest) < CLOSE:
                return Bound(value, f"exact: the slope in terms of a = f(z) is greatest at a = {point}")
    if slope.atoms(sp.Function) and abs(greatest - 1) < CLOSE and _is_piecewise_constant(record):
        return Bound(sp.Integer(1), "exact: the slope is constant on either side of 0")
    return Bound(sp.Float(greatest), f"a maximum found numerically for z from {-REACH:g} to {REACH:g}")


def slopes_at(record: ScalarFunction, z: Any) -> Any:
    """f' at every entry of an array."""
    flat = np.ravel(np.asarray(z, dtype=float))
    index = Index("i", sp.Integer(flat.size))
    i = index_symbol("i")
    tensors = (Tensor("z", (index,), "data"), Tensor("f", (index,)), Tensor("C", (), "cost"))
    equations = (Equation("f", (i,), (index,), (Term(record.derivative(1)(read("z", i))),)),
                 Equation("C", (), (), (Term(read("f", i), (index,)),)))
    return evaluate(Derivation(tensors, equations, "C"), {"z": flat})["f"].reshape(np.shape(z))


def _greatest(record: ScalarFunction) -> float:
    """The greatest |f'| on a grid that closes in on it."""
    low, high = -REACH, REACH
    best = 0.0
    for _ in range(ROUNDS):
        grid = np.linspace(low, high, POINTS)
        slopes = np.abs(slopes_at(record, grid))
        at = int(np.argmax(slopes))
        best = max(best, float(slopes[at]))
        step = (high - low) / (POINTS - 1)
        low, high = float(grid[at]) - step, float(grid[at]) + step
    return best


def _is_piecewise_constant(record: ScalarFunction) -> bool:
    """Whether f' takes one value on the left of 0 and one on the right."""
    grid = np.linspace(0.1, REACH, POINTS)
    return all(float(np.ptp(slopes_at(record, side))) == 0.0 for side in (grid, -grid))
