r"""The field in which a claim is decided: whole numbers modulo one prime P.

    a/b  becomes  a * b^(-1) mod P        x^(p/q)  becomes  x^(p * q^(-1) mod (P-1)/2), one root and no choice

P = 1098 * (8 * 3*5*7*...*41) - 1, a prime of 61 bits, because that gives for every odd q up to 41 exactly one
q-th root, makes -1 no square, and makes every whole number whose prime factors are below 83 a square. So of the
two square roots of a square the one that is a square itself is *the* root, and sqrt(u) sqrt(v) = sqrt(u v) holds.
"""

from __future__ import annotations

from fractions import Fraction

P = 1336267157411506319
SQUARES = (P - 1) // 2
"""How many squares there are; odd, and prime to every prime up to 41."""


class Unlucky(ArithmeticError):
    """This draw cannot decide: a division by zero, a root that does not exist here. Draw again."""


class Tie(Unlucky):
    """Two numbers too close to say which is greater, and not known to be equal."""


class Outside(Unlucky):
    """No real value at this point: the logarithm or the root of a negative number."""


def inverse(residue: int) -> int:
    if not residue % P:
        raise Unlucky("a division by zero")
    return pow(residue, -1, P)


def residue_of(value: int | Fraction) -> int:
    if isinstance(value, int):
        return value % P
    return value.numerator * inverse(value.denominator) % P


def is_square(residue: int) -> bool:
    return pow(residue, SQUARES, P) <= 1


def power(residue: int, exponent: int | Fraction) -> int:
    """residue^exponent; an even root only of a square, an odd one of everything."""
    if not residue:
        if exponent < 0:
            raise Unlucky("a division by zero")
        return 0 if exponent else 1
    if exponent.denominator == 1:
        return pow(residue, int(exponent), P)
    try:
        inverted = pow(exponent.denominator, -1, SQUARES)
    except ValueError:
        raise Unlucky(f"the root of order {exponent.denominator} is not unique here") from None
    if is_square(residue):
        return pow(residue, exponent.numerator * inverted % SQUARES, P)
    if exponent.denominator % 2 == 0:
        raise Unlucky("the root of a number that is no square here")
    root = -pow(-residue % P, exponent.numerator * inverted % SQUARES, P)
    return (root if exponent.numerator % 2 else -root) % P
