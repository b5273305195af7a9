"""The numbers of a formula, apart from what they multiply: an array is multiplied by one number, once.

In: sums and factors. Out: their numbers, and the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sympy as sp


def parted(factors: Sequence[sp.Expr], varies: Callable[[sp.Expr], bool]) -> tuple[list[sp.Expr], list[sp.Expr]]:
    """The factors without their numbers, and the numbers."""
    kept, amounts = list[sp.Expr](), list[sp.Expr]()
    for factor in factors:
        amount, rest = factor.as_coeff_Mul() if not factor.is_Add else common(factor)
        amounts.append(amount)
        (kept if varies(rest) else amounts).append(rest)
    return kept, amounts


def common(total: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """What the terms of a sum share: 2*a - 2*y is 2*(a - y), and a - y is there already; p + a/2 is not (2*p + a)/2."""
    amount, rest = total.primitive()
    return (amount, rest) if _alone(rest) > _alone(total) else (sp.Integer(1), total)


def _alone(total: sp.Expr) -> int:
    """How many terms have no number to be multiplied by."""
    return sum(abs(term.as_coeff_Mul()[0]) == 1 for term in total.args)
