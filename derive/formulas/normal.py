"""The normal distribution function where a formula has it: 1 + erf(u) cancels where Phi(sqrt(2)*u) is small.

    (1 + erf(u))/2 = Phi(sqrt(2)*u)

In: an expression. Out: an equal one with Phi, which is emitted as a function of its own.
"""

from __future__ import annotations

import sympy as sp


class normal_cdf(sp.Function):
    """Phi(z), which is written in no equation: erf is."""

    nargs = 1


def in_normal_cdf(expr: sp.Expr) -> sp.Expr:
    """The expression with Phi wherever a sum has erf and the same number."""
    return expr.replace(lambda e: e.is_Add and e.has(sp.erf), _joined) if expr.has(sp.erf) else expr


def _joined(total: sp.Expr) -> sp.Expr:
    """c + c*erf(u) is 2*c*Phi(sqrt(2)*u), and c - c*erf(u) is the same of -u."""
    number = total.as_coeff_Add()[0]
    for term in sp.Add.make_args(total):
        amount, erf = term.as_coeff_Mul()
        if isinstance(erf, sp.erf) and number != 0 and abs(amount) == abs(number):
            (u,) = erf.args
            return total - number - term + 2 * number * normal_cdf(sp.sqrt(2) * u * amount / number)
    return total
