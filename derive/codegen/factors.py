"""The factors of a product as a person writes them: in which order, which below the line, and numbers as Python's.

    3/2 * dC_dz[j] * a[k] / m      becomes      1.5 * dC_dz * a / m

In: a product, or its factors as pieces of text. Out: its coefficient and factors in order; one piece.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from derive.codegen.piece import ATOM, POWER, PRODUCT, UNARY, Piece, joined, spread, union
from derive.codegen.scope import Scope
from derive.errors import DeriveError
from derive.ir import reads_of, shown, tensor_of


class Divisor(Piece):
    """A factor below the line."""


def number(expr: sp.Expr) -> Piece:
    """A number as Python writes it."""
    if expr.is_Integer:
        return Piece(str(expr), ATOM if expr >= 0 else UNARY, (), True)
    if expr.is_Rational:
        power_of_two_and_five = _without(_without(int(expr.q), 2), 5) == 1
        if power_of_two_and_five:
            return Piece(repr(float(expr)), ATOM if expr >= 0 else UNARY, (), True)
        return Piece(f"{expr.p} / {expr.q}", PRODUCT, (), True)
    if expr.is_Pow and expr.exp.is_Rational and expr.base.is_Integer and not expr.exp.is_Integer:
        return Piece(f"{expr.base}**{float(expr.exp)}", POWER, (), True)
    value = sp.N(expr, 17)
    if not value.is_Float:
        raise DeriveError(f"{expr} is not a real number")
    return Piece(repr(float(value)), ATOM if value >= 0 else UNARY, (), True)


def _without(whole: int, prime: int) -> int:
    while whole % prime == 0:
        whole //= prime
    return whole


def split_factors(expr: sp.Expr) -> tuple[sp.Rational, list[sp.Expr]]:
    """The rational coefficient and the other factors; a number common to a sum counts as a factor."""
    coefficient, irrational, factors = sp.Integer(1), sp.Integer(1), []
    for factor in sp.Mul.make_args(expr):
        if factor.is_Add:
            common, rest = factor.primitive()
            coefficient *= common
            factors.append(rest)
        elif factor.is_Rational:
            coefficient *= factor
        elif factor.is_number:
            irrational *= factor
        else:
            factors.append(factor)
    return coefficient, factors if irrational == 1 else [irrational, *factors]


def ranked(factors: list[sp.Expr], scope: Scope) -> list[sp.Expr]:
    """Backpropagated error, then weights, then activations, then what is made of them."""
    return sorted(factors, key=lambda f: (*_rank(f, scope), shown(f)))


def _rank(factor: sp.Expr, scope: Scope) -> tuple[int, int]:
    roles = {scope.tensors[tensor_of(r)].role for r in reads_of(factor)}
    if factor.is_number or not roles:
        return 0, 0
    plain = isinstance(factor, sp.Indexed) or factor.is_Symbol
    if "adjoint" in roles:
        return 1, 0
    if factor.is_Add and "data" in roles:
        return 2, 0
    position = list(scope.tensors).index(tensor_of(min(reads_of(factor), key=shown)))
    if plain:
        return (0 if roles == {"constant"} else 3), position
    return 4, position


def product(pieces: list[Piece], coefficient: sp.Rational, order: Sequence[sp.Symbol]) -> Piece:
    """coefficient * pieces, numbers and divisors where a person would put them."""
    below = [p for p in pieces if isinstance(p, Divisor)]
    above = [p for p in pieces if not isinstance(p, Divisor)]
    scale, divisor = _scale(coefficient)
    if scale not in ("", "-"):
        above.insert(0, Piece(scale, ATOM if scale[0] != "-" else UNARY, (), True))
    if divisor:
        below.insert(0, Divisor(divisor, ATOM, (), True))
    axes = union(pieces, order)
    if not above:
        above = [Piece("1", ATOM, (), True)]
    whole = spread(joined("*", PRODUCT, above, axes), axes)
    laid = [spread(Piece(p.text, p.level, p.axes, p.number), axes) for p in below]
    if not laid and scale != "-":
        return Piece(whole.text, whole.level, axes, whole.number)
    text = ("-" if scale == "-" else "") + whole.at_least(PRODUCT)
    if laid and all(p.number for p in laid):
        text += f" / {joined('*', PRODUCT, laid, axes).at_least(POWER)}"
    else:
        text += "".join(f" / {p.at_least(POWER)}" for p in laid)
    return Piece(text, PRODUCT, axes, all(p.number for p in [*above, *laid]))


def as_quotient(piece: Piece) -> Piece:
    """A divisor on its own is 1 over it."""
    return Piece(f"1 / {piece.at_least(POWER)}", PRODUCT, piece.axes) if isinstance(piece, Divisor) else piece


def _scale(coefficient: sp.Rational) -> tuple[str, str]:
    """The factor in front and the divisor of a rational coefficient: 3/2 is 1.5, 1/2 a division by 2."""
    if coefficient == 1:
        return "", ""
    if coefficient == -1:
        return "-", ""
    if abs(coefficient.p) == 1:
        return ("-" if coefficient < 0 else ""), str(coefficient.q)
    if coefficient.is_Integer:
        return str(coefficient), ""
    exact = number(coefficient)
    return (exact.text, "") if exact.level != PRODUCT else (str(coefficient.p), str(coefficient.q))
