r"""Rational numbers as LaTeX: 2, \tfrac12, or 4.5 where the source wrote decimals."""

from __future__ import annotations

import sympy as sp

MOST_PLACES = 12


def coefficient(value: sp.Rational, decimals: bool) -> str:
    """A positive number in front of a product."""
    for ten, sign in ((value.p, ""), (value.q, "-")):
        power = len(str(ten)) - 1
        if value in (ten, sp.Rational(1, ten)) and ten == 10**power and power >= (4 if sign else 6):
            return f"10^{{{sign}{power}}}"
    if value.q == 1:
        return str(value.p)
    if decimals and (digits := _decimal(value)):
        return digits
    small = value.p < 10 and value.q < 10
    return rf"\tfrac{value.p}{value.q}" if small else rf"\tfrac{{{value.p}}}{{{value.q}}}"


def _decimal(value: sp.Rational) -> str:
    """A terminating decimal, or nothing."""
    denominator = value.q
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    if denominator != 1:
        return ""
    places = next(n for n in range(1, 400) if (value * 10**n).q == 1)
    digits = str(abs((value * 10**places).p)).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places <= MOST_PLACES else ""
