"""Sizes and positions: the whole numbers behind n_1, L, n[l] and behind index expressions.

In: extents of arrays, and sizes by name. Out: `Sizes`, and `position`, the value of an affine
expression over index values (numbers or arrays): 2*i + k at i = 3, k = 1 is 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from derive.errors import DeriveError

Places = Mapping[sp.Basic, Any]
"""The value of each index symbol: a number, or an array over the entries at hand."""

Constraint = tuple[sp.Expr, int, str]
"""A size, the extent that it must equal, and the array that says so."""


class Sizes:
    """The number behind each size: `n_1`, `L` by name, `n[2]` by name and layer."""

    def __init__(self, named: Mapping[str, Any]) -> None:
        self.numbers: dict[str, int] = {}
        self.source: dict[str, str] = {}
        self.data: dict[str, tuple[Any, tuple[int, ...]]] = {}
        """Whole numbers among the data, by name: the array, and where its indices start."""
        for name, size in named.items():
            if isinstance(size, list | tuple | np.ndarray):
                for layer, one in enumerate(size):
                    self._set(f"{name}[{layer}]", int(one), "sizes")
            else:
                self._set(name, int(size), "sizes")

    def number(self, key: str) -> int:
        if key not in self.numbers:
            name = key.split("[")[0]
            example = f"[4, 3, 2], its values from {name}[0] on" if name != key else "3"
            raise DeriveError(f"the size {key} is not known", do=f"Give it: sizes={{'{name}': {example}}}.")
        return self.numbers[key]

    def row(self, name: str, layers: Any) -> Any:
        """n[l], also for an array of layers."""
        if isinstance(layers, int):
            return self.number(f"{name}[{layers}]")
        known = {int(layer): self.number(f"{name}[{int(layer)}]") for layer in np.unique(layers)}
        return np.vectorize(known.__getitem__, otypes=[np.int64])(layers)

    def entries(self, name: str, at: tuple[Any, ...]) -> Any:
        """x[t], which is read in a subscript or a condition."""
        array, starts = self.data[name]
        for place, first, extent in zip(at, starts, array.shape, strict=True):
            if np.any(place < first) or np.any(place >= first + extent):
                raise DeriveError(f"'{name}' is read beyond its last entry", do="Correct the declared sizes.")
        found = array[tuple(place - first for place, first in zip(at, starts, strict=True))]
        return found if np.ndim(found) else int(found)

    def settle(self, constraints: list[Constraint]) -> None:
        """Solve every size = extent; what no constraint determines stays unknown until it is needed."""
        waiting = constraints
        while waiting:
            left = [c for c in waiting if not self._settled(*c)]
            if len(left) == len(waiting):
                return
            waiting = left

    def _settled(self, size: sp.Expr, extent: int, source: str) -> bool:
        atoms = _atoms(size)
        unknown = [a for a in atoms if str(a) not in self.numbers]
        if not unknown:
            if position(size, {}, self) != extent:
                others = sorted({self.source[str(a)] for a in atoms})
                raise DeriveError(f"sizes differ: {size} is {extent} in {source}, but {position(size, {}, self)}"
                                  + (f" by {', '.join(others)}" if others else ""), where=source)
            return True
        if len(unknown) > 1 or not size.coeff(unknown[0]).is_Integer:
            return False
        solved = (extent - size.subs({a: self.numbers[str(a)] for a in atoms if a is not unknown[0]}).subs(
            unknown[0], 0)) / size.coeff(unknown[0])
        if not (solved.is_Integer and solved >= 0):
            raise DeriveError(f"sizes do not fit: {size} cannot be {extent}", where=source)
        self._set(str(unknown[0]), int(solved), source)
        return True

    def _set(self, key: str, size: int, source: str) -> None:
        if size < 0:
            raise DeriveError(f"the size {key} is {size}", where=source, do="Sizes are whole numbers from 1.")
        self.numbers[key], self.source[key] = size, source


@lru_cache(maxsize=4096)
def _atoms(size: sp.Expr) -> tuple[sp.Expr, ...]:
    """The names in a size: symbols, and n[2] as a whole."""
    rows = size.atoms(sp.Indexed)
    plain = size.xreplace({r: sp.Integer(0) for r in rows}).free_symbols
    return tuple(sorted({*rows, *plain}, key=str))


def position(expr: sp.Expr, at: Places, sizes: Sizes) -> Any:
    """The whole number that an index expression is, for each of the places `at`."""
    if expr.is_Integer:
        return int(expr)
    if expr.is_Symbol:
        return at[expr] if expr in at else _size_or_index(expr, sizes)
    if isinstance(expr, sp.Indexed):
        if str(expr.base.label) in sizes.data:
            return sizes.entries(str(expr.base.label), tuple(position(i, at, sizes) for i in expr.indices))
        return sizes.row(str(expr.base.label), position(expr.indices[0], at, sizes))
    above, below = _over(expr)
    if below == 1:
        return _whole(above, at, sizes)
    numerator = _whole(above, at, sizes) if not above.is_Atom else position(above, at, sizes)
    if np.any(np.mod(numerator, below) != 0):
        raise DeriveError(f"the index {expr} is not whole for every place",
                          do="Add a condition that keeps only the places where it is.")
    return numerator // below


def _size_or_index(symbol: sp.Symbol, sizes: Sizes) -> int:
    if symbol.name in sizes.data:
        return int(sizes.entries(symbol.name, ()))
    if not symbol.is_positive:
        raise DeriveError(f"index '{symbol}' has no value here",
                          do="It must be free, summed over, or counted by a loop around the equation.")
    return sizes.number(symbol.name)


@lru_cache(maxsize=4096)
def _over(expr: sp.Expr) -> tuple[sp.Expr, int]:
    """The expression as (numerator, whole denominator)."""
    if all(a.is_Integer for a in expr.atoms(sp.Rational)):
        return expr, 1
    above, below = sp.fraction(sp.together(expr))
    return sp.expand(above), int(below)


def _whole(expr: sp.Expr, at: Places, sizes: Sizes) -> Any:
    if isinstance(expr, sp.floor):
        above, below = sp.fraction(sp.together(expr.args[0]))
        return position(sp.expand(above), at, sizes) // position(below, at, sizes)
    if expr.func not in _OPERATIONS:
        raise DeriveError(f"{expr} is no index expression", do="Build it from indices and whole numbers.")
    result, *others = (position(a, at, sizes) for a in expr.args)
    for other in others:
        result = _OPERATIONS[expr.func](result, other)
    return result


_OPERATIONS: dict[Any, Any] = {
    sp.Add: lambda a, b: a + b, sp.Mul: lambda a, b: a * b, sp.Mod: np.mod, sp.Max: np.maximum, sp.Min: np.minimum,
    sp.Pow: lambda a, b: a ** b,
}


def holds(condition: sp.Basic, at: Places, sizes: Sizes) -> Any:
    """Whether a condition over indices is true, for each of the places."""
    if condition in (sp.true, sp.false):
        return condition == sp.true
    if condition.func in _CONNECTIVES:
        return _CONNECTIVES[condition.func]([holds(a, at, sizes) for a in condition.args])
    if condition.func not in _RELATIONS:
        raise DeriveError(f"{condition} is no condition over indices")
    (above, below), (over, under) = (_over(side) for side in condition.args)
    return _RELATIONS[condition.func](position(above, at, sizes) * under, position(over, at, sizes) * below)


_CONNECTIVES: dict[Any, Any] = {
    sp.And: lambda parts: np.logical_and.reduce(np.broadcast_arrays(*parts)),
    sp.Or: lambda parts: np.logical_or.reduce(np.broadcast_arrays(*parts)),
    sp.Not: lambda parts: np.logical_not(parts[0]),
}
_RELATIONS: dict[Any, Any] = {
    sp.Eq: np.equal, sp.Ne: np.not_equal, sp.Lt: np.less, sp.Le: np.less_equal, sp.Gt: np.greater,
    sp.Ge: np.greater_equal,
}
