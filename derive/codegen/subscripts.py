"""Subscripts of several indices, told by their shape: a row of values, a window, an offset.

    z[width*p + q]   runs once through the whole axis: a reshape
    x[2*i + u]       a window of values u for every i: a view
    x[2*i + u] += .. may meet an entry twice: a Python loop over the few offsets u, a slice for i
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from derive.ir import Equation, Index, reads_of, shown

MAX_ROUNDS = 200
"""A loop over the offsets of a window of more values than this is none."""

Ranges = Mapping[sp.Basic, Index]


def running(expr: sp.Expr, ranges: Ranges, counters: Mapping[sp.Basic, str]) -> list[Index]:
    """The indices of a subscript that no Python loop counts."""
    symbols = [expr] if expr.is_Symbol else sorted(expr.free_symbols, key=shown)
    return [ranges[s] for s in symbols if s in ranges and s not in counters]


def rows(expr: sp.Expr, axis: Index, indices: list[Index]) -> tuple[Index, ...] | None:
    """The indices of width*p + q, the slowest first, if they run once through the whole axis."""
    steps = {i.symbol: expr.coeff(i.symbol) for i in indices}
    if len(indices) < 2 or not all(step.is_positive for step in steps.values()):
        return None
    reach = sp.Integer(1)
    pending, order = list(indices), list[Index]()
    while pending:
        fitting = [i for i in pending if sp.expand(steps[i.symbol] - reach) == 0]
        one = next((i for i in fitting if i.size == 1), fitting[0] if fitting else None)
        if one is None:
            return None
        pending.remove(one)
        order.insert(0, one)
        reach = sp.expand(reach * one.size)
    first = expr.xreplace({i.symbol: i.start for i in indices})
    return tuple(order) if sp.expand(first - axis.start) == 0 and sp.expand(reach - axis.size) == 0 else None


@dataclass(frozen=True)
class Window:
    """first + step*i + gap*u, for i one value after the other and u within the window."""

    outer: Index
    inner: Index
    step: int
    gap: int
    first: int


def window(expr: sp.Expr, axis: Index, indices: list[Index]) -> Window | None:
    """A subscript of two indices with whole positive steps, and sizes that are numbers."""
    if len(indices) != 2 or not all(i.size.is_Integer for i in indices):
        return None
    inner, outer = sorted(indices, key=lambda i: (expr.coeff(i.symbol), i.size, i.name))
    step, gap = expr.coeff(outer.symbol), expr.coeff(inner.symbol)
    first = sp.expand(expr.xreplace({i.symbol: i.start for i in indices}) - axis.start)
    if not (step.is_Integer and gap.is_Integer and step > 0 and gap > 0 and first.is_Integer and first >= 0):
        return None
    return Window(outer, inner, int(step), int(gap), int(first))


def offsets(equation: Equation, ranges: Ranges, counters: Mapping[sp.Basic, str]) -> tuple[Index, ...]:
    """The indices of a push that Python must count so that what is left are slices; none where nothing helps."""
    if any(map(reads_of, equation.at)):
        return ()
    counted: list[Index] = []
    every = [running(expr, ranges, counters) for expr in equation.at]
    for expr, indices in zip(equation.at, every, strict=True):
        ranked = [(i.size if i.size.is_Integer else sp.oo, expr.coeff(i.symbol), i.name, i) for i in indices]
        kept = max(ranked, default=(None,), key=lambda one: one[:3])[-1]
        counted += [i for i in indices if i is not kept]
    left = [i for indices in every for i in indices if i not in counted]
    rounds = sp.Mul(*(i.size for i in counted))
    steps = [expr.coeff(i.symbol) for expr in equation.at for i in left if i.symbol in expr.free_symbols]
    fits = len({i.name for i in left}) == len(left) == len(steps) and all(s.is_Integer and s > 0 for s in steps)
    return tuple(counted) if fits and rounds.is_Integer and rounds <= MAX_ROUNDS else ()
