"""One scalar expression as text, in an order of our own: 2*w[j, k]*a[k], a[j] - y[j], 1 - a[j]."""

from __future__ import annotations

import sympy as sp

from derive.functions.record import absolute, maximum, minimum
from derive.ir import reads_of, shown, tensor_of

NAMES = {absolute: "abs", maximum: "max", minimum: "min"}
SUM, PRODUCT, UNARY, POWER, ATOM = range(5)


def write_expression(expr: sp.Expr, level: int = SUM) -> str:
    """An expression with as few brackets as its place allows."""
    text, own = _write(expr)
    return f"({text})" if own < level else text


def _write(expr: sp.Expr) -> tuple[str, int]:
    if isinstance(expr, sp.Indexed):
        return f"{tensor_of(expr)}[{', '.join(_subscript(i) for i in expr.indices)}]", ATOM
    if expr.is_Integer:
        return str(expr), ATOM if expr >= 0 else UNARY
    if expr.is_Rational:
        return f"{expr.p}/{expr.q}", UNARY if expr.p < 0 else PRODUCT
    if expr.is_Add:
        return _sum(expr)
    if expr.is_Mul:
        return _product(expr)
    if expr.is_Pow:
        return _power(expr)
    if isinstance(expr, sp.Function):
        name = NAMES.get(type(expr), type(expr).__name__)
        return f"{name}({', '.join(write_expression(a) for a in expr.args)})", ATOM
    if expr is sp.E:
        return "exp(1)", ATOM
    return shown(expr), ATOM


def _subscript(expr: sp.Expr) -> str:
    return _sum(expr, True)[0] if expr.is_Add else write_expression(expr)


def _sum(expr: sp.Expr, subscript: bool = False) -> tuple[str, int]:
    """What is added before what is subtracted; a number first, among indices last: 1 - a, a - y, l + 1."""
    whole = subscript or not reads_of(expr) and bool(expr.is_integer)  # SymPy takes long to find that a - y need not be
    parts = [(write_expression(term, PRODUCT), bool(term.is_number) == whole) for term in expr.args]
    ordered = [text for text, _ in sorted(parts, key=lambda p: (p[0].startswith("-"), p[1], p[0].lstrip("-")))]
    return " + ".join(ordered).replace("+ -", "- "), SUM


def _product(expr: sp.Expr) -> tuple[str, int]:
    """The number, scalars, then factors with many indices before those with few, functions, sums."""
    number, factors = expr.as_coeff_mul()
    if number.is_negative:
        return "-" + write_expression(sp.Mul(-number, *factors), PRODUCT), UNARY
    below = [1 / f for f in factors if f.is_Pow and _is_negative(f.exp)]
    above = [f for f in factors if not (f.is_Pow and _is_negative(f.exp))]
    numbers = [str(number.p)] if number.is_Rational and number.p != 1 else []
    numbers += [] if number.is_Rational else [write_expression(number, POWER)]
    divisors = [str(number.q)] if number.is_Rational and number.q != 1 else []
    top = "*".join([*numbers, *_factors(above)]) or "1"
    bottom = [*divisors, *_factors(below)]
    if not bottom:
        return top, PRODUCT
    return f"{top}/{bottom[0]}" if len(bottom) == 1 else f"{top}/({'*'.join(bottom)})", PRODUCT


def _factors(factors: list[sp.Expr]) -> list[str]:
    return [write_expression(f, POWER) for f in sorted(factors, key=_factor_key)]


def _factor_key(factor: sp.Expr) -> tuple[int, int, str]:
    base = factor.base if factor.is_Pow else factor
    kinds = (base.is_Symbol or base.is_number, isinstance(base, sp.Indexed), not base.is_Add, True)
    indices = len(base.indices) if isinstance(base, sp.Indexed) else 0
    return kinds.index(True), -indices, shown(factor)


def _power(expr: sp.Expr) -> tuple[str, int]:
    if _is_negative(expr.exp):
        return f"1/{write_expression(1 / expr, POWER)}", PRODUCT
    if expr.exp == sp.Rational(1, 2):
        return f"sqrt({write_expression(expr.base)})", ATOM
    return f"{write_expression(expr.base, ATOM)}^{write_expression(expr.exp, POWER)}", POWER


def _is_negative(exponent: sp.Expr) -> bool:
    return bool(exponent.is_number and exponent.is_negative)
