r"""An arbitrary differentiable function: a random polynomial with exact slopes of every order.

    f(x)       = c0 + c1 x + ... + c5 x^5
    f(x, y, .) = sum over r of f_r(w_r . (x, y, ...))        n + 2 random directions w_r for n arguments

At a random point the value, the slopes and the second derivatives of such a function are as generic as those
of any other, so a formula that holds for it uses nothing that a function in general does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import factorial
from typing import Any

from derive.points.dual import Dual
from derive.points.number import Number

DEGREE = 5


@dataclass(frozen=True)
class Polynomial:
    """f of one argument, by its coefficients from the lowest power on."""

    coefficients: tuple[Number, ...]

    def __call__(self, x: Any) -> Any:
        if isinstance(x, Dual):
            return x.chain(self(x.value), self.derivative()(x.value))
        value: Any = self.coefficients[-1]
        for coefficient in self.coefficients[-2::-1]:
            value = value * x + coefficient
        return value

    def derivative(self, order: int = 1) -> Polynomial:
        """f', f'', ... of the order asked for."""
        some = self.coefficients
        for _ in range(order):
            some = tuple(c * k for k, c in enumerate(some) if k) or (some[0].like(0),)
        return Polynomial(some)


@dataclass(frozen=True)
class Ridges:
    """f of several arguments: polynomials of one, each of a sum of the arguments with weights."""

    ridges: tuple[tuple[tuple[Number, ...], Polynomial], ...]

    def __call__(self, *xs: Any) -> Any:
        total: Any = 0
        for weights, polynomial in self.ridges:
            inside: Any = 0
            for weight, x in zip(weights, xs, strict=True):
                inside = inside + x * weight
            total = total + polynomial(inside)
        return total

    def derivative(self, orders: Sequence[int]) -> Ridges:
        """Differentiated orders[i] times by argument i."""
        return Ridges(tuple((weights, _scaled(weights, orders, polynomial)) for weights, polynomial in self.ridges))


def _scaled(weights: tuple[Number, ...], orders: Sequence[int], polynomial: Polynomial) -> Polynomial:
    scale: Any = 1
    for weight, order in zip(weights, orders, strict=True):
        scale = scale * weight ** order
    return Polynomial(tuple(c * scale for c in polynomial.derivative(sum(orders)).coefficients))


def arbitrary(number: Callable[[], Number], arity: int = 1, small: bool = False) -> Polynomial | Ridges:
    """A new random function with coefficients from `number`; a `small` one is short enough to follow by hand.

    The higher coefficients shrink like those of a Taylor series, so that compositions stay of modest size.
    """
    if arity == 1:
        return _univariate(number, small)
    directions = [tuple(number() for _ in range(arity)) for _ in range(arity if small else arity + 2)]
    return Ridges(tuple((weights, _univariate(number, small)) for weights in directions))


def _univariate(number: Callable[[], Number], small: bool) -> Polynomial:
    if small:
        return Polynomial(tuple(number() for _ in range(4)))
    return Polynomial(tuple(number() * Fraction(1, factorial(k)) for k in range(DEGREE + 1)))
