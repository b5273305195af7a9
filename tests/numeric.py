"""NumPy evaluation for the tests: the functions' own NumPy texts, and nothing of derive's emitter."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from derive.functions.primitives import absolute, choose, maximum, minimum, sign, step
from derive.functions.record import A, Application, ScalarFunction, VectorFunction, Z
from derive.functions.special import MATH, SPECIAL, special_functions

SIMPLE: dict[Any, Callable[..., Any]] = {
    sp.exp: np.exp, sp.log: np.log, sp.tanh: np.tanh, sp.sin: np.sin, sp.cos: np.cos,
    absolute: np.abs, sign: np.sign, maximum: np.maximum, minimum: np.minimum,
    step: lambda u: np.where(u > 0, np.ones_like(u), np.zeros_like(u)),
    choose: lambda c, a, b: np.where(c > 0, a, b).astype(c.dtype),
}


def defined(text: str, name: str) -> Callable[..., Any]:
    """The function that a text defines, with numpy as np."""
    space: dict[str, Any] = {"np": np, **{function: getattr(math, function) for function in MATH.values()}}
    exec(compile(text, f"<{name}>", "exec"), space)
    return space[name]


@cache
def numpy_of(record: ScalarFunction | VectorFunction) -> Callable[[Any], Any]:
    """The function that a record's `numpy` is the body of."""
    body = "\n".join("    " + line for line in record.body.splitlines())
    return defined("\n".join([*special_functions(record.requires), f"def f(z):\n{body}"]), "f")


@cache
def special(name: str) -> Callable[[Any], Any]:
    assert name in SPECIAL
    return defined("\n".join(special_functions([name])), name)


def numeric(expr: sp.Expr, at: dict[sp.Symbol, Any]) -> Any:
    """The value of an expression, in the dtype of the arrays that its symbols stand for."""
    if expr in at:
        return at[expr]
    if expr.is_Integer:
        return int(expr)
    if expr.is_number:
        return float(expr)
    args = [numeric(argument, at) for argument in expr.args]
    if isinstance(expr, Application):
        if expr.order == 0:
            return numpy_of(expr.record)(args[0])
        return numeric(expr.record.definition(expr.order), {Z: args[0], A: numpy_of(expr.record)(args[0])})
    if expr.is_Add or expr.is_Mul:
        total = args[0]
        for argument in args[1:]:
            total = total + argument if expr.is_Add else total * argument
        return total
    if expr.is_Pow:
        return args[0] ** args[1]
    return special("erf")(args[0]) if isinstance(expr, sp.erf) else SIMPLE[expr.func](*args)
