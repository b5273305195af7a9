"""A scalar expression as an elementwise array expression.

    (a2[s,j] - y[s,j])*a2[s,j]*(1 - a2[s,j])/m    becomes    (a2 - y) * a2 * (1 - a2) / m

Only Python numbers and arrays of the given dtype ever meet, so float32 stays float32.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import sympy as sp

from derive.codegen.factors import Divisor, as_quotient, number, product, ranked, split_factors
from derive.codegen.picked import one_hot
from derive.codegen.piece import ATOM, COMPARE, POWER, PRODUCT, SUM, Piece, applied, joined, spread, union
from derive.codegen.scope import Scope
from derive.codegen.stabilized import Vector
from derive.errors import DeriveError
from derive.functions.record import Application, absolute, choose, equal, maximum, minimum, mod, sign, step, stop
from derive.ir import reads_of, shown, tensor_of

Order = Sequence[sp.Symbol]

CALLS: dict[type, str] = {
    sp.exp: "np.exp", sp.log: "np.log", sp.sin: "np.sin", sp.cos: "np.cos", sp.tanh: "np.tanh", sp.sinh: "np.sinh",
    sp.cosh: "np.cosh", sp.tan: "np.tan", sp.atan: "np.arctan", absolute: "np.abs", sp.Abs: "np.abs",
    sign: "np.sign", maximum: "np.maximum", minimum: "np.minimum", sp.Max: "np.maximum", sp.Min: "np.minimum",
}
"""SymPy functions that NumPy has under one name."""

AS_NUMBERS = ".astype("
HELPERS: dict[str, str] = {"erf": "erf", "normal_cdf": "normal_cdf"}
"""Functions that NumPy has not: emitted as helpers of the module."""


def lower(expr: sp.Expr, scope: Scope, order: Order) -> Piece:
    """The expression as an array over those indices of `order` that it reads."""
    return as_quotient(lower_factor(expr, scope, order))


def lower_factor(expr: sp.Expr, scope: Scope, order: Order) -> Piece:
    """The same for a factor of a product: what stands below its line comes as a Divisor."""
    if expr.is_number:
        return number(expr)
    if not expr.is_Add and not reads_of(expr) and expr.is_integer:
        return counted(expr, scope)
    if isinstance(expr, sp.Indexed) or expr.is_Symbol:
        return scope.read(expr) if scope.tensors[tensor_of(expr)].among is None else _measured(scope.read(expr), scope)
    for kind, rule in RULES:
        if isinstance(expr, kind):
            return rule(expr, scope, order)
    return _call(expr, scope, order)


def _measured(whole: Piece, scope: Scope) -> Piece:
    """Whole numbers of the data in a formula, in the dtype of the rest."""
    return Piece(f"{whole.at_least(ATOM)}.astype({scope.dtype})", ATOM, whole.axes)


def counted(expr: sp.Expr, scope: Scope) -> Piece:
    """A whole number inside a formula: a size is a Python number, an index an array of the data's dtype."""
    if expr in scope.ranges and expr not in scope.counters:
        piece = scope.numbers(expr)
        return Piece(piece.text[:-1] + f", dtype={scope.dtype})", ATOM, piece.axes)
    if any(s in scope.ranges and s not in scope.counters for s in expr.free_symbols) and not expr.is_Indexed:
        return lower_args(expr, scope, tuple(scope.ranges))
    return scope.whole(expr)


def lower_args(expr: sp.Expr, scope: Scope, order: Order) -> Piece:
    rule = next((rule for kind, rule in RULES if isinstance(expr, kind)), None)
    if rule is None:
        raise DeriveError(f"{expr} cannot be emitted")
    return rule(expr, scope, order)


# -- sums, products, powers ------------------------------------------------------------------


def add(expr: sp.Expr, scope: Scope, order: Order) -> Piece:
    """What is added first, then what is subtracted."""
    parts = sorted(expr.args, key=lambda a: (a.could_extract_minus_sign(), *_sum_rank(a, scope)))
    axes = union([lower(part, scope, order) for part in parts], order)
    text, is_number = "", True
    for part in parts:
        minus = part.could_extract_minus_sign()
        piece = spread(lower(-part if minus else part, scope, order), axes)
        shown = piece.at_least(SUM + 1 if minus else SUM)
        if text:
            text += (" - " if minus else " + ") + shown
        else:
            text = f"-{piece.at_least(POWER)}" if minus else shown
        is_number &= piece.number
    return Piece(text, SUM, axes, is_number)


def _sum_rank(part: sp.Expr, scope: Scope) -> tuple[bool, int, str]:
    """Numbers, then values, then data: 1 - a, a - y."""
    roles = [scope.tensors[tensor_of(r)].role for r in reads_of(part)]
    return not part.is_number, int("data" in roles), shown(part)


def mul(expr: sp.Expr, scope: Scope, order: Order) -> Piece:
    """Above the line arrays, then below it: (a - y) * a / (2 * m)."""
    coefficient, factors = split_factors(expr)
    return product([lower_factor(f, scope, order) for f in ranked(factors, scope)], coefficient, order)


def power(expr: sp.Expr, scope: Scope, order: Order) -> Piece:
    """Squares, roots and reciprocals by their own names."""
    base, exponent = expr.args
    if exponent.is_number and exponent.is_negative:
        piece = lower(1 / expr, scope, order)
        return Divisor(piece.text, piece.level, piece.axes, piece.number)
    if exponent == sp.Rational(1, 2):
        inside = lower(base, scope, order)
        if not inside.number:  # np.sqrt of a Python number would be float64
            return applied("np.sqrt", [inside], order)
    under, over = lower(base, scope, order), lower(exponent, scope, order)
    axes = union([under, over], order)
    space = " " if under.at_least(ATOM).startswith("(") or over.axes else ""
    text = f"{spread(under, axes).at_least(ATOM)}{space}**{space}{spread(over, axes).at_least(POWER)}"
    return Piece(text, POWER, axes, under.number and over.number)


# -- functions ---------------------------------------------------------------------------------


def _step(expr: sp.Expr, scope: Scope, order: Order) -> Piece:
    inside = lower(expr.args[0], scope, order)
    return Piece(f"np.heaviside({inside.text}, 0)", ATOM, inside.axes)


def as_mask(piece: Piece) -> Piece:
    """step(z) as a factor of an array is the comparison itself: it keeps the dtype of the array."""
    if piece.text.startswith("(") and AS_NUMBERS in piece.text and piece.text.endswith("dtype)"):
        return Piece(piece.text[1:piece.text.rindex(AS_NUMBERS) - 1], COMPARE, piece.axes)
    if not piece.text.startswith("np.heaviside(") or not piece.text.endswith(", 0)"):
        return piece
    return Piece(f"{piece.text[13:-4]} > 0", COMPARE, piece.axes)


def _equal(expr: sp.Expr, scope: Scope, order: Order) -> Piece:
    """[a = b] as numbers; among other factors the comparison itself."""
    if (found := one_hot(expr, scope)) is not None:
        return found
    pieces = [lower(a, scope, order) for a in expr.args]
    axes = union(pieces, order)
    one, other = (spread(p, axes).at_least(SUM) for p in pieces)
    return Piece(f"({one} == {other}){AS_NUMBERS}{scope.dtype})", ATOM, axes)


def _choose(expr: sp.Expr, scope: Scope, order: Order) -> Piece:
    """np.where, unless both branches are numbers: it would make them float64."""
    condition, yes, no = expr.args
    if not reads_of(yes) and not reads_of(no):
        return lower(no + (yes - no) * step(condition), scope, order)
    pieces = [lower(a, scope, order) for a in expr.args]
    axes = union(pieces, order)
    first, *others = [spread(p, axes) for p in pieces]
    return Piece(f"np.where({first.at_least(SUM)} > 0, {others[0].text}, {others[1].text})", ATOM, axes)


def _application(expr: sp.Expr, scope: Scope, order: Order) -> Piece:
    plain = re.fullmatch(r"return (np\.\w+)\(z\)", expr.record.body.strip()) if expr.order == 0 else None
    name = plain[1] if plain else scope.call(expr.record.name + "_slope" * expr.order)
    return applied(name, [lower(expr.args[0], scope, order)], order)


def _vector(expr: sp.Expr, scope: Scope, order: Order) -> Piece:
    """A function of the whole last axis: its argument keeps its own layout."""
    inside = scope.read(expr.args[0])
    return Piece(f"{scope.call(expr.record.name)}({inside.text})", ATOM, inside.axes)


def _call(expr: sp.Expr, scope: Scope, order: Order) -> Piece:
    name = CALLS.get(type(expr))
    if name is None and type(expr).__name__ in HELPERS:
        name = scope.call(HELPERS[type(expr).__name__])
    if name is None:
        raise DeriveError(f"{type(expr).__name__}(...) cannot be emitted as NumPy")
    return applied(name, [lower(a, scope, order) for a in expr.args], order)


Rule = Callable[[sp.Expr, Scope, Order], Piece]
RULES: tuple[tuple[type, Rule], ...] = (
    (sp.Add, add), (sp.Mul, mul), (sp.Pow, power), (step, _step), (choose, _choose), (equal, _equal),
    (mod, lambda expr, scope, order: joined("%", PRODUCT, [lower(a, scope, order) for a in expr.args], order)),
    (stop, lambda expr, scope, order: lower(expr.args[0], scope, order)),
    (Application, _application), (Vector, _vector),
)
