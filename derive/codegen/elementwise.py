"""A scalar expression as an elementwise array expression.

    (a2[s,j] - y[s,j])*a2[s,j]*(1 - a2[s,j])/m    becomes    (a2 - y) * a2 * (1 - a2) / m

Only Python numbers and arrays of the given dtype ever meet, so float32 stays float32.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import sympy as sp

from derive.codegen.picked import one_hot
from derive.codegen.piece import ATOM, COMPARE, POWER, PRODUCT, SUM, UNARY, Piece, applied, joined, spread, union
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
    return product([lower_factor(f, scope, order) for f in ranked(factors, scope)], coefficient, scope, order)


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


def product(pieces: list[Piece], coefficient: sp.Rational, scope: Scope, order: Order) -> Piece:
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


class Divisor(Piece):
    """A factor below the line."""


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
