r"""Applying a function by its name: to a number, a dual, or an array of them.

    apply(draw, "sigmoid", z)      slope(draw, "tanh", z, order=2)

Names are the kinks, the smooth functions, and every activation of derive/activations/: their records state
value and slope as SymPy expressions in z and a = f(z), and those expressions are evaluated as they stand,
typed formulas as well. On a dual, f gives f(u) with f'(u)*du.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from derive.errors import DeriveError, clip, nearest
from derive.functions.record import A, Application, ScalarFunction, Z, activations
from derive.points.draw import Draw
from derive.points.dual import Dual, elementwise, level_of
from derive.points.kinks import KINKS, Site
from derive.points.number import Rational
from derive.points.smooth import COMPOSED, PRIMITIVE, power, smooth

Meaning = Callable[[Draw, Any, Any, Site], Any]
"""What an expression in z and a comes to."""


def known_functions() -> list[str]:
    """The names that `apply` takes, in the order of the alphabet."""
    return sorted({*KINKS, *PRIMITIVE, *COMPOSED, *activations()})


def arity(name: str) -> int:
    return KINKS[name][1] if name in KINKS else 1


def apply(draw: Draw, name: str | ScalarFunction, *args: Any, site: Site = None) -> Any:
    """The function at these arguments; arrays are taken entry by entry."""
    if any(isinstance(x, np.ndarray) for x in args):
        return _broadcast(lambda *xs: apply(draw, name, *xs, site=site), args)
    args = tuple(draw.rational(x) if isinstance(x, Rational) else x for x in args)
    if isinstance(name, str) and name in KINKS:
        return KINKS[name][0](draw, *args, site=site)
    if isinstance(name, str) and (name in PRIMITIVE or name in COMPOSED):
        return smooth(draw, name, *args)
    return _record_at(draw, _record(name), 0, args[0], site)


def slope(draw: Draw, name: str | ScalarFunction, z: Any, order: int = 1, site: Site = None) -> Any:
    """f', f'', ... of the function of one argument, at z."""
    if isinstance(z, np.ndarray):
        return elementwise(lambda x: slope(draw, name, x, order, site), z)
    z = draw.rational(z) if isinstance(z, Rational) else z
    if order == 0:
        return apply(draw, name, z, site=site)
    if isinstance(name, ScalarFunction) or name not in KINKS and name not in PRIMITIVE and name not in COMPOSED:
        return _record_at(draw, _record(name), order, z, site)
    level = level_of(z) + 1
    found = slope(draw, name, Dual(level, z, {0: draw.rational(1)}), order - 1, site)
    return found.dots.get(0, draw.rational(0)) if level_of(found) == level else draw.rational(0)


def _record(name: str | ScalarFunction) -> ScalarFunction:
    if isinstance(name, ScalarFunction):
        return name
    if name not in activations():
        raise DeriveError(f"there is no function '{clip(name)}'", do=nearest(name, known_functions()))
    return activations()[name]


def _broadcast(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    boxed = []
    for x in args:
        box = x if isinstance(x, np.ndarray) else np.empty((), dtype=object)
        if box is not x:
            box[()] = x
        boxed.append(box)
    together = np.broadcast_arrays(*boxed)
    result = np.empty(together[0].shape, dtype=object)
    for at in np.ndindex(result.shape):
        result[at] = function(*(x[at] for x in together))
    return result


def _record_at(draw: Draw, record: ScalarFunction, order: int, z: Any, site: Site) -> Any:
    if isinstance(z, Dual):
        return z.chain(_record_at(draw, record, order, z.value, site),
                       _record_at(draw, record, order + 1, z.value, site))
    key = (record, order, z.residue, site)
    if key not in draw.memory:
        a = _record_at(draw, record, 0, z, site) if order else None
        draw.memory[key] = _definition(record, order)(draw, z, a, site)
    return draw.memory[key]


@cache
def _definition(record: ScalarFunction, order: int) -> Meaning:
    return _meaning(record.definition(order))


def _meaning(expr: sp.Expr) -> Meaning:
    """The expression as a function of the draw, z and a."""
    if expr == Z:
        return lambda draw, z, a, site: z
    if expr == A:
        return lambda draw, z, a, site: a
    if expr == sp.pi:
        return lambda draw, z, a, site: draw.pi
    if isinstance(expr, sp.Rational | sp.Float):
        exact = sp.Rational(expr)
        value = Fraction(int(exact.p), int(exact.q))
        return lambda draw, z, a, site: draw.rational(value)
    if expr == sp.E:
        return lambda draw, z, a, site: draw.exp(draw.rational(1))
    return _operation(expr, [_meaning(argument) for argument in expr.args])


def _operation(expr: sp.Expr, inner: list[Meaning]) -> Meaning:
    if isinstance(expr, sp.Add | sp.Mul):
        return _folded(inner, isinstance(expr, sp.Add))
    if isinstance(expr, sp.Pow):
        base, exponent = inner
        if expr.exp.is_Rational:
            known = Fraction(int(expr.exp.p), int(expr.exp.q))
            return lambda draw, z, a, site: base(draw, z, a, site) ** known
        return lambda draw, z, a, site: power(draw, base(draw, z, a, site), exponent(draw, z, a, site))
    if isinstance(expr, Application):
        record, order = expr.record, expr.order
        return lambda draw, z, a, site: _record_at(draw, record, order, inner[0](draw, z, a, site), site)
    name = expr.func.__name__
    if name not in KINKS and name not in PRIMITIVE and name not in COMPOSED:
        raise DeriveError(f"no values for the function '{clip(name)}'", do=nearest(name, known_functions()))
    return lambda draw, z, a, site: apply(draw, name, *(i(draw, z, a, site) for i in inner), site=site)


def _folded(inner: list[Meaning], adds: bool) -> Meaning:
    first, *rest = inner

    def fold(draw: Draw, z: Any, a: Any, site: Site) -> Any:
        total = first(draw, z, a, site)
        for one in rest:
            total = total + one(draw, z, a, site) if adds else total * one(draw, z, a, site)
        return total
    return fold


