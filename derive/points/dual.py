r"""Derivatives by dual numbers: a value with its tangents, one for each variable that is watched.

    (u, du) * (v, dv) = (u*v, u*dv + v*du)          (f(u)) = (f(u), f'(u)*du)

A dual of level n has values and tangents of lower levels, so that a derivative of a derivative does not mix
the two. Only the tangents that are not zero are kept: {which variable: tangent}.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.points.number import Number, Rational

Array = NDArray[Any]


class Dual:
    """A value and its tangents; operators and comparisons are those of Number."""

    __slots__ = ("level", "value", "dots")

    def __init__(self, level: int, value: Any, dots: dict[int, Any]) -> None:
        self.level, self.value, self.dots = level, value, dots

    def chain(self, value: Any, slope: Any) -> Dual:
        """f(self), of which value and slope are known."""
        return Dual(self.level, value, {k: dot * slope for k, dot in self.dots.items()})

    def __add__(self, other: Any) -> Any:
        if other.__class__ is Dual and other.level >= self.level:
            if other.level > self.level:
                return Dual(other.level, other.value + self, other.dots)
            return Dual(self.level, self.value + other.value, _sum(self.dots, other.dots))
        return Dual(self.level, self.value + other, self.dots) if isinstance(other, SCALARS) else NotImplemented

    __radd__ = __add__

    def __neg__(self) -> Dual:
        return Dual(self.level, -self.value, {k: -dot for k, dot in self.dots.items()})

    def __pos__(self) -> Dual:
        return self

    def __sub__(self, other: Any) -> Any:
        return self + -other if isinstance(other, SCALARS) else NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return -self + other if isinstance(other, SCALARS) else NotImplemented

    def __mul__(self, other: Any) -> Any:
        if other.__class__ is Dual and other.level >= self.level:
            if other.level > self.level:
                return other.chain(other.value * self, self)
            mine, its = self.value, other.value
            return Dual(self.level, mine * its, _sum({k: dot * its for k, dot in self.dots.items()},
                                                     {k: dot * mine for k, dot in other.dots.items()}))
        return self.chain(self.value * other, other) if isinstance(other, SCALARS) else NotImplemented

    __rmul__ = __mul__

    def reciprocal(self) -> Dual:
        one_over = 1 / self.value
        return self.chain(one_over, -one_over * one_over)

    def __truediv__(self, other: Any) -> Any:
        if other.__class__ is Dual:
            return self * other.reciprocal()
        return self.chain(self.value / other, 1 / number(self).like(1) / other) \
            if isinstance(other, SCALARS) else NotImplemented

    def __rtruediv__(self, other: Any) -> Any:
        return self.reciprocal() * other if isinstance(other, SCALARS) else NotImplemented

    def __pow__(self, exponent: Any) -> Any:
        if not isinstance(exponent, Rational):
            return NotImplemented
        if exponent == 0:
            return self.value ** 0
        return self.chain(self.value ** exponent, self.value ** (exponent - 1) * exponent)

    def __abs__(self) -> Dual:
        side = self.compare(0)
        return self if side > 0 else self * side

    def compare(self, other: Any) -> int:
        return number(self).compare(number(other))

    def __lt__(self, other: Any) -> bool:
        return self.compare(other) < 0

    def __le__(self, other: Any) -> bool:
        return self.compare(other) <= 0

    def __gt__(self, other: Any) -> bool:
        return self.compare(other) > 0

    def __ge__(self, other: Any) -> bool:
        return self.compare(other) >= 0

    def __eq__(self, other: object) -> bool:
        """The same number with the same tangents."""
        difference = self - other if isinstance(other, SCALARS) else None
        return difference is not None and _vanishes(difference)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Dual({self.level}, {self.value}, {self.dots})"


SCALARS = (Number, Dual, *Rational.__args__)


def _vanishes(value: Any) -> bool:
    if isinstance(value, Dual):
        return _vanishes(value.value) and all(_vanishes(dot) for dot in value.dots.values())
    return bool(value == 0)


def _sum(one: dict[int, Any], other: dict[int, Any]) -> dict[int, Any]:
    if not one or not other:
        return one or other
    total = dict(one)
    for k, dot in other.items():
        total[k] = total[k] + dot if k in total else dot
    return total


def number(value: Any) -> Any:
    """The number below all levels."""
    while value.__class__ is Dual:
        value = value.value
    return value


def level_of(value: Any) -> int:
    return value.level if isinstance(value, Dual) else 0


def elementwise(function: Callable[[Any], Any], array: Array) -> Array:
    result = np.empty(array.shape, dtype=object)
    result.ravel()[:] = [function(x) for x in array.ravel()] if array.size else []
    return result


def seed(array: Array, level: int) -> Array:
    """The entries as variables: entry k (in C order) has the tangent 1 for variable k."""
    result = np.empty(array.shape, dtype=object)
    flat = result.ravel()
    for k, value in enumerate(array.ravel()):
        flat[k] = Dual(level, value, {k: number(value).like(1)})
    return result


def tangents(array: Array, level: int, count: int) -> Array:
    """The tangents of every entry for the variables 0 to count - 1, along a new last axis."""
    result = np.empty((*array.shape, count), dtype=object)
    for at in np.ndindex(array.shape):
        zero = number(array[at]).like(0)
        for k in range(count):
            result[(*at, k)] = _tangent(array[at], level, k, zero)
    return result


def _tangent(value: Any, level: int, k: int, zero: Any) -> Any:
    if level_of(value) < level:
        return zero
    if value.level == level:
        return value.dots.get(k, zero)
    return Dual(value.level, _tangent(value.value, level, k, zero),
                {j: _tangent(dot, level, k, zero) for j, dot in value.dots.items()})
