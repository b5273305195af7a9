r"""A number with two channels in lockstep: its residue modulo P, and its real value.

    Number(residue, real):    (a, x) * (b, y) = (a*b mod P, x*y)

Two numbers are equal when their residues are: that is exact, and what a claim is decided by. The real value
decides which of two numbers is greater, and is the second witness: a float (about 1e-12 of the value) for
speed, or an mpmath number of 40 digits, as the draw says.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from derive.points.field import Outside, P, Tie, Unlucky, inverse, is_square, power, residue_of

Rational = int | Fraction
CLOSE_FLOAT, CLOSE_MANY_DIGITS = 1e-9, 1e-25
"""Nearer than this (of the greater of 1 and the two sizes) is a tie that nothing decides."""


def real_like(value: Rational, real: Any) -> Any:
    """The rational as a real number of the kind of `real`."""
    try:
        if isinstance(real, float):
            return value.numerator / value.denominator
        return type(real)(value.numerator) / value.denominator
    except OverflowError:
        raise Unlucky("a number too large for this draw") from None


class Number:
    """Immutable: nothing assigns to it once it is made."""

    __slots__ = ("residue", "real")

    def __init__(self, residue: int, real: Any) -> None:
        self.residue = residue
        self.real = real

    def like(self, value: Rational) -> Number:
        """The rational number `value`, with a real channel of this kind."""
        return Number(residue_of(value), real_like(value, self.real))

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Number):
            return Number((self.residue + other.residue) % P, self.real + other.real)
        if other.__class__ is int:
            return Number((self.residue + other) % P, self.real + other) if other else self
        return self + self.like(other) if isinstance(other, Rational) else NotImplemented

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, Number):
            return Number((self.residue - other.residue) % P, self.real - other.real)
        return self - self.like(other) if isinstance(other, Rational) else NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return self.like(other) - self if isinstance(other, Rational) else NotImplemented

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Number):
            product = self.residue * other.residue % P
            if self.residue == other.residue:
                return Square(product, self.real * other.real, self)
            return Number(product, self.real * other.real)
        if other.__class__ is int:
            return Number(self.residue * other % P, self.real * other) if other != 1 else self
        return self * self.like(other) if isinstance(other, Rational) else NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, Number):
            if not other.real:
                raise Unlucky("a division by zero")
            return Number(self.residue * inverse(other.residue) % P, self.real / other.real)
        return self / self.like(other) if isinstance(other, Rational) else NotImplemented

    def __rtruediv__(self, other: Any) -> Any:
        return self.like(other) / self if isinstance(other, Rational) else NotImplemented

    def __neg__(self) -> Number:
        return Number(-self.residue % P, -self.real)

    def __pos__(self) -> Number:
        return self

    def __abs__(self) -> Number:
        return -self if self < 0 else self

    def __pow__(self, exponent: Any) -> Any:
        if not isinstance(exponent, Rational):
            return NotImplemented
        if exponent.denominator != 1 and self.residue and self.real <= 0:
            raise Outside("the root of a negative number")
        if exponent == 2:
            return self * self
        if exponent.denominator % 2 == 0:
            self.check_root()
        try:
            if self.residue == 0 or self.real == 0:
                return self.like(power(self.residue, exponent))
            real = self.real ** (int(exponent) if exponent.denominator == 1 else real_like(exponent, self.real))
        except OverflowError:
            raise Unlucky("a number too large for this draw") from None
        return Number(power(self.residue, exponent), real)

    def check_root(self) -> None:
        """Nothing is known of the root; a square knows more."""

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Number):
            return self.residue == other.residue
        return self.residue == residue_of(other) if isinstance(other, Rational) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.residue)

    def compare(self, other: Any) -> int:
        """-1, 0 or 1 as this is less than, equal to or greater than the other."""
        known = other if isinstance(other, Number) else self.like(other)
        if self.residue == known.residue:
            return 0
        gap = self.real - known.real
        close = CLOSE_FLOAT if isinstance(gap, float) else CLOSE_MANY_DIGITS
        if not abs(gap) > close * max(1, abs(self.real), abs(known.real)):
            raise Tie("two numbers too close to say which is greater")
        return 1 if gap > 0 else -1

    def __lt__(self, other: Any) -> bool:
        return self.compare(other) < 0

    def __le__(self, other: Any) -> bool:
        return self.compare(other) <= 0

    def __gt__(self, other: Any) -> bool:
        return self.compare(other) > 0

    def __ge__(self, other: Any) -> bool:
        return self.compare(other) >= 0

    def __repr__(self) -> str:
        return f"Number({self.residue}, {self.real})"


class Square(Number):
    """The square of a known number, so that its root is |x| and not merely x or -x."""

    __slots__ = ("root",)

    def __init__(self, residue: int, real: Any, root: Number) -> None:
        super().__init__(residue, real)
        self.root = root

    def check_root(self) -> None:
        size = abs(self.root)
        if not is_square(size.residue):
            raise Unlucky("the root of a square is the other one here")
