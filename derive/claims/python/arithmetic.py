"""The operations of a Python claim, as numpy does them: broadcasting, in place, masks, exact division.

    (3, 1) * (4,) -> (3, 4)      1/m -> Fraction(1, m)      x ** -0.5 -> 1/sqrt(x)      x > 0 -> an array of bool

Functions of numbers (exp, log, ...) are methods of the Numbers themselves; here they are only spread over arrays.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from derive.claims.python.values import Budget, Entries, Fault, Misfit, Value, bounded, named, scalar, stacked

LARGEST_POWER = 64
SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod}
COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne}


class Arithmetic:
    """All operations, with a budget and the way to make Numbers."""

    def __init__(self, entries: Entries, budget: Budget) -> None:
        self.entries, self.budget = entries, budget

    def binary(self, sign: str, left: Value, right: Value) -> Value:
        if isinstance(left, (list, tuple, str)) and type(left) is type(right) and sign == "+":
            return bounded_length(operator.add(left, right))
        if sign == "*" and isinstance(left, list) and isinstance(right, int):
            if len(left) * right > 1000:
                raise Fault("a list gets longer than 1000")
            return left * right
        if sign == "@":
            return self.matmul(left, right)
        if sign == "**":
            return self.power(left, right)
        return self._spread(sign, SIGNS[sign], left, right)

    def _spread(self, sign: str, act: Callable[[Any, Any], Any], left: Value, right: Value) -> Value:
        if _plain(left) and _plain(right):
            return self._exact(sign, act, left, right)
        a, b = stacked(left), stacked(right)
        shape = self.together(sign, a.shape, b.shape)
        if sign in "//%" and sign != "/" and not (_whole(a) and _whole(b)):
            raise Fault(f"'{sign}' is read between integers only")
        if not (_whole(a) and _whole(b) and sign != "/"):
            a, b = self.entries.array(a), self.entries.array(b)
        else:
            a, b = a.astype(np.int64), b.astype(np.int64)
        self.budget.spend(int(np.prod(shape)))
        return bounded(scalar(act(a, b)))

    def _exact(self, sign: str, act: Callable[[Any, Any], Any], left: Value, right: Value) -> Value:
        if sign == "/":
            return bounded(Fraction(left) / Fraction(right))
        return bounded(act(left, right))

    def together(self, sign: str, left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
        try:
            shape = np.broadcast_shapes(left, right)
        except ValueError:
            raise Misfit(f"shapes {left} and {right} do not go together under '{sign}'") from None
        bounded(np.broadcast_to(np.int8(0), shape))
        return shape

    def negative(self, value: Value) -> Value:
        if _plain(value):
            return -value
        return self.binary("*", -1, value) if _whole(stacked(value)) else scalar(-self.entries.array(value))

    def matmul(self, left: Value, right: Value) -> Value:
        a, b = self.entries.array(left), self.entries.array(right)
        if not a.ndim or not b.ndim:
            raise Misfit(f"'@' needs arrays, not shapes {a.shape} and {b.shape}")
        self._inner("@", a, b)
        return bounded(scalar(np.matmul(a, b)))

    def dot(self, left: Value, right: Value) -> Value:
        """np.dot: a product with a scalar, else the last axis of one with the last but one of the other."""
        a, b = stacked(left), stacked(right)
        if not a.ndim or not b.ndim:
            return self.binary("*", left, right)
        a, b = self.entries.array(a), self.entries.array(b)
        self._inner("np.dot", a, b)
        return bounded(scalar(np.dot(a, b)))

    def _inner(self, sign: str, a: Any, b: Any) -> None:
        inner, other = a.shape[-1], b.shape[0 if b.ndim == 1 else -2]
        if inner != other:
            raise Misfit(f"shapes {a.shape} and {b.shape} do not go together under '{sign}': {inner} is not {other}")
        self.budget.spend(a.size * max(1, b.size // max(1, other)))

    def power(self, base: Value, exponent: Value) -> Value:
        if not _plain(exponent):
            if _plain(base) or not _whole(stacked(exponent)):
                raise Fault("a power whose exponent is not a fixed number is not read",
                            do="Write np.exp(exponent * np.log(base)).")
            return self.each(lambda b, e: self._raised(b, Fraction(int(e))), base, exponent)
        fixed = Fraction(exponent)
        if _plain(base) and fixed.denominator == 1:
            bits = max(Fraction(base).numerator.bit_length(), Fraction(base).denominator.bit_length())
            if bits * abs(fixed) > 2048:
                raise Fault("a power is too large to compute")
            exact = Fraction(base) ** int(fixed)
            return int(exact) if isinstance(base, int) and exact.denominator == 1 and fixed >= 0 else exact
        return self.each(lambda b: self._raised(b, fixed), base)

    def _raised(self, base: Any, exponent: Fraction) -> Any:
        if abs(exponent) > LARGEST_POWER or exponent.denominator > LARGEST_POWER:
            raise Fault(f"the power {exponent} is not read", do="Write np.exp(exponent * np.log(base)).")
        return base ** (int(exponent) if exponent.denominator == 1 else exponent)

    def each(self, act: Callable[..., Any], *values: Value) -> Value:
        """`act` on every entry, over broadcast arrays."""
        arrays = [self.entries.array(v) for v in values[:1]] + [stacked(v) for v in values[1:]]
        shape = arrays[0].shape
        for other in arrays[1:]:
            shape = self.together("**", shape, other.shape)
        self.budget.spend(int(np.prod(shape)))
        result = np.empty(shape, dtype=object)
        spread = [np.broadcast_to(a, shape) for a in arrays]
        for at in np.ndindex(shape):
            result[at] = act(*(s[at] for s in spread))
        return scalar(result)

    def compare(self, sign: str, left: Value, right: Value) -> Value:
        if any(isinstance(v, (str, tuple, dict, type(None))) for v in (left, right)):
            if sign not in ("==", "!="):
                raise Fault(f"'{sign}' does not compare {named(left)} with {named(right)}")
            return (left == right) is (sign == "==")
        if _plain(left) and _plain(right):
            return bool(COMPARED[sign](left, right))
        a, b = stacked(left), stacked(right)
        shape = self.together(sign, a.shape, b.shape)
        self.budget.spend(int(np.prod(shape)))
        if not (_whole(a) and _whole(b)):
            a, b = self.entries.array(a), self.entries.array(b)
        a, b = np.broadcast_to(a, shape), np.broadcast_to(b, shape)
        result = np.empty(shape, dtype=np.bool_)
        for at in np.ndindex(shape):
            result[at] = bool(COMPARED[sign](a[at], b[at]))
        return bool(result) if not shape else result


def bounded_length(value: Value) -> Value:
    if len(value) > 1000:
        raise Fault(f"{named(value)} gets longer than 1000")
    return value


def _plain(value: Value) -> bool:
    return isinstance(value, (int, Fraction))


def _whole(array: Any) -> bool:
    """Whether numpy's own integers hold it: labels, masks, counters; large ones count as Numbers."""
    return bool(array.dtype != object and (not array.size or np.abs(array.astype(np.int64)).max() < 2**30))


