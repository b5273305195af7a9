r"""Where the numbers come from: one draw is one random point, and what exp, log, sin mean at it.

    number()  =  +t^2 or -t^2   with  t = k/2^58, k random      so positive numbers are squares modulo P

A claim that is wrong becomes a polynomial of some degree d in the t that is not zero; a draw misses it with
probability at most 2d/2^57 (Schwartz and Zippel, 2^57 values of k), two draws with less than 2^-60 while
d < 2^26. Values of exp, log, sin, cos are further unknowns of that polynomial, random modulo P.
"""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any

import mpmath

from derive.points.field import P, inverse
from derive.points.number import Number, real_like

BITS = 58
SMALL = (Fraction(1), Fraction(2), Fraction(-1), Fraction(1, 2), Fraction(3), Fraction(-2), Fraction(-1, 2))


@cache
def _context(digits: int) -> Any:
    """An mpmath context of our own: the one that everybody shares keeps its precision."""
    context = mpmath.ctx_mp.MPContext()
    context.dps = digits
    return context


class Draw:
    """A random point. The same seed gives the same numbers, in the order in which they are asked for.

    `digits` is 0 for floats as real values, or the digits of mpmath numbers. `sides` collects, for each site
    of a kink, the sides on which its argument was seen: -1, 0, 1.
    """

    def __init__(self, seed: int | str, digits: int = 0) -> None:
        self.random = Random(f"derive {seed}")
        self.context = _context(digits) if digits else mpmath.fp
        self.zero_real: Any = self.context.mpf(0) if digits else 0.0
        self.sides: dict[Hashable, set[int]] = {}

    def rational(self, value: int | Fraction | str) -> Number:
        """Exactly this number; a decimal text such as "0.1" is a tenth."""
        known = Fraction(value) if isinstance(value, str) else value
        return ZERO_LIKE.like(known) if self.zero_real.__class__ is float else Number(0, self.zero_real).like(known)

    def positive(self) -> Number:
        """Between 1/4 and 9/4."""
        k = self.random.randrange(1 << BITS - 1, 3 << BITS - 1)
        residue = k * _SCALE % P
        real = real_like(Fraction(k, 1 << BITS), self.zero_real)
        return Number(residue * residue % P, real * real)

    def number(self) -> Number:
        value = self.positive()
        return -value if self.random.getrandbits(1) else value

    def one_hot(self, n: int) -> list[Number]:
        place = self.random.randrange(n)
        return [self.rational(int(i == place)) for i in range(n)]

    def probabilities(self, n: int) -> list[Number]:
        """Positive numbers whose sum is exactly 1."""
        parts = [self.positive() for _ in range(n)]
        total = sum(parts[1:], parts[0])
        return [part / total for part in parts]


class Small(Draw):
    """A draw of numbers that a person can follow: 1, 2, -1, 1/2, 3."""

    def number(self) -> Number:
        return self.rational(self.random.choice(SMALL))

    def positive(self) -> Number:
        return self.rational(self.random.choice([value for value in SMALL if value > 0]))


_SCALE = inverse(1 << BITS)
ZERO_LIKE = Number(0, 0.0)
