"""The slope of a formula, as short as it can be proven.

    f = 1/(1 + exp(-z))      f' = exp(-z)/(1 + exp(-z))^2 = a*(1 - a)   where a = f(z)

SymPy differentiates. Then candidates in terms of a = f(z) are made, each is proven equal to the
derivative or dropped, and the shortest one stays. Nothing is simplified by trying.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import sympy as sp

from derive.formulas.exponentials import T, greatest_common_divisor, in_one_exponential, vanishes
from derive.formulas.stable import branches_joined, stable
from derive.functions.record import A, Application, Z


def shortest_slope(value: sp.Expr) -> sp.Expr:
    """d value/dZ in terms of Z and A = value: the shortest form that is proven."""
    derivative = _without_primes(sp.diff(value, Z))
    safe = stable(value)
    stated = [stable(derivative), branches_joined(_without_primes(sp.diff(safe, Z)))]
    proven = [c for c in _candidates((value, safe), stated) if vanishes(c.xreplace({A: value}) - derivative)]
    return min([*stated, *proven], key=_length)


def _candidates(values: Iterable[sp.Expr], slopes: Sequence[sp.Expr]) -> Iterator[sp.Expr]:
    """The slopes with the value, as typed or in its stable form, taken for A; and as a polynomial in A."""
    for value in values:
        if value != Z:
            yield from (slope.subs(value, A) for slope in slopes)
        if (polynomial := _polynomial_in_value(value)) is not None:
            yield polynomial


def _polynomial_in_value(value: sp.Expr) -> sp.Expr | None:
    """u' * (c0 + c1*A + c2*A^2), if the value is a rational function p/q of t = exp(u).

    Then the slope is u' * t*(p'q - pq')/q^2, so that the c solve t*(p'q - pq') = c0*q^2 + c1*p*q + c2*p^2.
    """
    single = in_one_exponential(value)
    if single is None:
        return None
    p, q = single.numerator, single.denominator
    unknown = sp.symbols("c:3")
    right = sum((c * part.as_expr() for c, part in zip(unknown, (q**2, p * q, p**2), strict=True)), sp.Integer(0))
    left = sp.Poly(T, T) * (p.diff(T) * q - p * q.diff(T))
    solved = list(sp.linsolve(sp.Poly(left.as_expr() - right, T).all_coeffs(), *unknown))
    if not solved:
        return None
    coefficients = [c.xreplace({u: sp.Integer(0) for u in unknown}) for c in solved[0]]
    return sp.diff(single.unit, Z) * _factored(*coefficients)


def _factored(c0: sp.Rational, c1: sp.Rational, c2: sp.Rational) -> sp.Expr:
    """c0 + c1*A + c2*A^2 as people write it: 2*A*(1 - A), not 2*A - 2*A^2."""
    if c0 != 0:
        return c0 + c1 * A + c2 * A**2
    if c1 == 0:
        return c2 * A**2
    shared = greatest_common_divisor((c1, c2)) * sp.sign(c1)
    return sp.Mul(shared, A, c1 / shared + c2 / shared * A)


def _without_primes(expr: sp.Expr) -> sp.Expr:
    """f'(u) by its slope in terms of u and f(u): tanh'(u) is 1 - tanh(u)^2."""
    def written(e: sp.Expr) -> sp.Expr:
        (u,) = e.args
        return e.record.definition(e.order).xreplace({Z: u, A: e.record(u)})

    while any(e.order for e in expr.atoms(Application)):
        expr = expr.replace(lambda e: isinstance(e, Application) and e.order > 0, written)
    return expr


def _length(expr: sp.Expr) -> tuple[int, str]:
    """Operations; a function counts for ten, as it does in computing, an exponential for more, as it may overflow."""
    functions = [e for e in sp.preorder_traversal(expr) if e.is_Function]
    exponentials = [e for e in functions if isinstance(e, sp.exp)]
    return int(sp.count_ops(expr)) + 10 * len(functions) + 15 * len(exponentials), str(expr)
