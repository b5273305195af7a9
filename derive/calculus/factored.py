"""What all terms of a gradient share, in front of a bracket; fractions by a size are put over one line.

    g*d[s]/r - g/(m*r)*sum(d[q], q)     is     g/(m*r) * (m*d[s] - sum(d[q], q))

In: the terms of an equation. Out: the factor and the terms in the bracket: for whoever prints or emits them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sympy as sp

from derive.calculus.named import Factors, factors_of
from derive.calculus.partials import Partial
from derive.ir import Term, reads_of

ONE = sp.Integer(1)


@dataclass(frozen=True)
class Factored:
    """front * (the sum of the terms)"""

    front: sp.Expr
    terms: tuple[Term, ...]


def factored(terms: Sequence[Term]) -> Factored | None:
    """The terms with what they share in front.

    None where they share no tensor, where it is not a value beside sums, and where fractions would stay in the bracket.
    """
    if {bool(t.summed) for t in terms} != {True, False} or any(_apart(t) for t in terms):
        return None
    products = [_upright(factors_of(t.body)) for t in terms]
    bound = [{k.symbol for k in t.summed} for t in terms]
    front = ONE
    for base in sorted(products[0], key=str):
        powers = [p.get(base, sp.Integer(0)) for p in products]
        free = not any(base.free_symbols & b for b in bound)
        if free and reads_of(base) and all(p.is_Rational for p in powers):
            front *= base ** _shared(powers)
    if front == ONE:
        return None
    front *= _over_one_line(products)
    inside = [replace(t, body=_product(p) / front) for t, p in zip(terms, products, strict=True)]
    if any(reads_of(base) and power.is_negative for t in inside for base, power in factors_of(t.body).items()):
        return None
    if all(t.body.could_extract_minus_sign() for t in inside):
        front, inside = -front, [t.map(lambda body: -body) for t in inside]
    return Factored(front, tuple(sorted(inside, key=_reading_order)))


def _apart(term: Term) -> bool:
    """A case, a maximum, or a chain of derivatives that nobody has worked out: left as it stands."""
    return bool(term.where) or term.by != "sum" or term.body.has(Partial) or term.body == 0


def _upright(factors: Factors) -> Factors:
    """Differences in one of their two signs: a - 1 as -(1 - a)."""
    found: Factors = {}
    for base, power in factors.items():
        turned = base.is_Add and power.is_Integer and _turned(base)
        if turned and power % 2:
            found[sp.Integer(-1)] = found.get(sp.Integer(-1), sp.Integer(0)) + 1
        base = -base if turned else base
        found[base] = found.get(base, sp.Integer(0)) + power
    return found


def _turned(base: sp.Add) -> bool:
    number = base.as_coeff_Add()[0]
    return bool(number < 0) if number else bool(base.could_extract_minus_sign())


def _product(factors: Factors) -> sp.Expr:
    return sp.Mul(*(base**power for base, power in factors.items()))


def _shared(powers: Sequence[sp.Expr]) -> sp.Expr:
    """The power that all have: 1 of 1 and 2, -1 of -1 and -3, 0 of 1 and -1."""
    if all(p > 0 for p in powers):
        return min(powers)
    return max(powers) if all(p < 0 for p in powers) else sp.Integer(0)


def _over_one_line(products: Sequence[Factors]) -> sp.Expr:
    """1/m where two terms or more are divided by m, for sizes and whole numbers."""
    numbers = [sp.Mul(*(b**p for b, p in factors.items() if not reads_of(b))) for factors in products]
    below = [sp.fraction(number)[1] for number in numbers]
    divided = [d for d in below if d != 1]
    return 1 / sp.lcm_list(divided) if len(divided) > 1 else ONE


def _reading_order(term: Term) -> tuple[bool, bool, int, str]:
    """What is added first, single values before sums, short before long."""
    body = term.body
    return body.could_extract_minus_sign(), bool(term.summed), int(sp.count_ops(body)), str(body)
