"""Exact algebra of formulas with exponentials: exp(z), exp(-2*z), ... become powers of one symbol t.

In: a SymPy expression. Out: a rational function of symbols t = exp(g), so that "is it zero?" is a
question about polynomials, answered by expanding:

    exp(-z)/(1 + exp(-z))^2 - f*(1 - f) == 0   where   f = 1/(1 + exp(-z)),   t = exp(z)

Everything here is bounded: beyond the limits below the answer is "not found".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import gcd, lcm

import sympy as sp

from derive.functions.primitives import absolute, choose, maximum, minimum, sign, step
from derive.functions.record import in_primitives

MAX_SIZE = 400
MAX_DEGREE = 24
MAX_SYMBOLS = 6

T = sp.Symbol("t", positive=True)


@dataclass(frozen=True)
class InOneExponential:
    """numerator(t)/denominator(t), polynomials with rational coefficients, t = exp(unit)."""

    numerator: sp.Poly
    denominator: sp.Poly
    unit: sp.Expr


def in_one_exponential(expr: sp.Expr) -> InOneExponential | None:
    """The expression as a rational function of a single exponential and of nothing else, if it is one."""
    expr = _without_tanh(in_primitives(expr))
    exponentials = sorted(expr.atoms(sp.exp), key=sp.default_sort_key)
    if not exponentials or sp.count_ops(expr) > MAX_SIZE:
        return None
    first = exponentials[0].exp
    ratios = {e: sp.cancel(e.exp / first) for e in exponentials}
    if not all(ratio.is_Rational for ratio in ratios.values()):
        return None
    shared = greatest_common_divisor(ratios.values())
    rational = expr.xreplace({e: T ** (ratio / shared) for e, ratio in ratios.items()})
    if rational.free_symbols != {T} or not rational.is_rational_function(T) or _degree(rational) > MAX_DEGREE:
        return None
    above, below = (sp.Poly(part, T) for part in sp.fraction(sp.cancel(rational)))
    rational_numbers = all(c.is_Rational for part in (above, below) for c in part.all_coeffs())
    return InOneExponential(above, below, first * shared) if rational_numbers else None


def vanishes(expr: sp.Expr) -> bool:
    """Whether the expression is proven to be 0 for every value of its variables (but at ties of max and step).

    False says only that this bounded method found no proof.
    """
    expr = _without_tanh(in_primitives(expr).replace(lambda e: isinstance(e, _PIECES), _by_step))
    if sp.count_ops(expr) > MAX_SIZE:
        return False
    rational = _by_exponentials(expr)
    if len(rational.free_symbols) > MAX_SYMBOLS or _degree(rational) > MAX_DEGREE:
        return False
    numerator = sp.expand(sp.fraction(sp.cancel(sp.together(rational)))[0])
    return numerator.replace(lambda e: e.is_Pow and isinstance(e.base, step), lambda e: e.base) == 0


def _by_exponentials(expr: sp.Expr) -> sp.Expr:
    """exp(2*u - v) + exp(v/3) as t/s^3 + s, where t = exp(2*u) and s = exp(v/3)."""
    exponentials = sorted(expr.atoms(sp.exp), key=sp.default_sort_key)
    parts = {e: [term.as_coeff_Mul(rational=True) for term in sp.Add.make_args(sp.expand(e.exp))] for e in exponentials}
    coefficients: dict[sp.Expr, list[sp.Rational]] = {}
    for coefficient, rest in (pair for pairs in parts.values() for pair in pairs):
        coefficients.setdefault(rest, []).append(coefficient)
    shared = {rest: greatest_common_divisor(listed) for rest, listed in coefficients.items()}
    symbols = {rest: sp.Dummy(f"t{n}", positive=True) for n, rest in enumerate(shared)}
    return expr.xreplace({
        e: sp.Mul(*(symbols[rest] ** (c / shared[rest]) for c, rest in pairs)) for e, pairs in parts.items()})


def greatest_common_divisor(numbers: Iterable[sp.Rational]) -> sp.Rational:
    """The greatest rational that goes into each a whole number of times."""
    listed = list(numbers)
    return sp.Rational(gcd(*(int(n.p) for n in listed)), lcm(*(int(n.q) for n in listed)))


def _without_tanh(expr: sp.Expr) -> sp.Expr:
    return expr.replace(sp.tanh, lambda u: (sp.exp(2 * u) - 1) / (sp.exp(2 * u) + 1))


_PIECES = (maximum, minimum, absolute, sign, choose)


def _by_step(expr: sp.Expr) -> sp.Expr:
    """max, min, |u|, sign and choose through one indicator: step(u) = [u > 0]."""
    if isinstance(expr, absolute | sign):
        (u,) = expr.args
        unit = step(u) - step(-u)
        return unit * u if isinstance(expr, absolute) else unit
    if isinstance(expr, choose):
        inside, one, other = expr.args
    else:
        one, other = expr.args
        inside = one - other if isinstance(expr, maximum) else other - one
    return other + step(inside) * (one - other)


def _degree(expr: sp.Expr) -> int:
    """A bound of the degree of the polynomials that expanding would make (0 for a number)."""
    if expr.is_number:
        return 0
    if expr.is_Pow and expr.exp.is_Integer:
        return abs(int(expr.exp)) * _degree(expr.base)
    if expr.is_Add:  # a common denominator multiplies those of all terms
        below = sum(_degree(sp.fraction(a)[1]) for a in expr.args)
        return below + max(_degree(a) for a in expr.args)
    return sum(_degree(a) for a in expr.args) if expr.is_Mul else 1
