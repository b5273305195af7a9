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

import mpmath  # type: ignore[import-untyped]

from derive.points.field import Outside, P, Unlucky, inverse
from derive.points.number import Number, Rational, real_like
from derive.points.polynomial import Polynomial, Ridges, arbitrary
from derive.points.tables import Circle, Exponential, Odd

BITS = 58
DENOMINATORS, LARGEST_POWER = 12, 1000
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
        self.random, self.seed, self.digits = Random(f"derive {seed}"), seed, digits
        self.context = _context(digits) if digits else mpmath.fp
        self.zero_real: Any = self.context.mpf(0) if digits else 0.0
        self.zero = Number(0, self.zero_real)
        self.sides: dict[Hashable, set[int]] = {}
        self.memory: dict[Hashable, Number] = {}
        self.exponential = Exponential(Random(f"exp {seed}"))
        self.pi = Number(Random(f"pi {seed}").randrange(1, P) ** 2 % P, self.zero_real + self.context.pi)
        self.circle = Circle(Random(f"circle {seed}"), self.pi.residue, self.pi.real)
        self.odd_values: dict[str, Odd] = {}
        self.functions: dict[tuple[str, int], Polynomial | Ridges] = {}

    def rational(self, value: int | Fraction | str) -> Number:
        """Exactly this number; a decimal text such as "0.1" is a tenth."""
        known = Fraction(value) if isinstance(value, str) else value
        return self.zero.like(known)

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

    def function(self, name: str, arity: int = 1) -> Polynomial | Ridges:
        """An arbitrary differentiable function; the same one for the same name."""
        if (name, arity) not in self.functions:
            self.functions[name, arity] = self._arbitrary(name, arity)
        return self.functions[name, arity]

    def _arbitrary(self, name: str, arity: int) -> Polynomial | Ridges:
        return arbitrary(type(self)(f"{self.seed} {name} {arity}", self.digits).number, arity)

    def exp(self, z: Number) -> Number:
        real = self._real("exp", z)
        return Number(self.exponential.exp(z.residue, z.real), real)

    def log(self, z: Number) -> Number:
        if z.residue == 0 or not z.real > 0:
            raise Outside("the logarithm of a number that is not positive")
        real = self._real("log", z)
        return Number(self.exponential.log(z.residue, real), real)

    def cos(self, z: Number) -> Number:
        return Number(self.circle.turn(z.residue, z.real)[0], self._real("cos", z))

    def sin(self, z: Number) -> Number:
        return Number(self.circle.turn(z.residue, z.real)[1], self._real("sin", z))

    def odd(self, name: str, z: Number) -> Number:
        """erf or atan: a function of which only its slope and its symmetry are known."""
        known = self.odd_values.setdefault(name, Odd(Random(f"{name} {self.seed}")))
        return Number(known.value(z.residue), self._real(name, z))

    def _real(self, name: str, z: Number) -> Any:
        try:
            return getattr(self.context, name)(z.real)
        except (OverflowError, ValueError):
            raise Unlucky("a number too large for this draw") from None

    def as_rational(self, z: Number) -> Number | Rational:
        """The fraction of small denominator that this number is, else the number."""
        for below in range(1, DENOMINATORS + 1):
            above = round(float(z.real) * below) if abs(z.real) < LARGEST_POWER else 0
            if z == Fraction(above, below):
                return Fraction(above, below)
        return z


class Small(Draw):
    """A draw of numbers that a person can follow: 1, 2, -1, 1/2, 3."""

    def number(self) -> Number:
        return self.rational(self.random.choice(SMALL))

    def positive(self) -> Number:
        return self.rational(self.random.choice([value for value in SMALL if value > 0]))

    def _arbitrary(self, name: str, arity: int) -> Polynomial | Ridges:
        return arbitrary(type(self)(f"{self.seed} {name} {arity}", self.digits).number, arity, small=True)


_SCALE = inverse(1 << BITS)
