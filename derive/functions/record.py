"""Scalar functions: what may stand in an equation, with value and slope.

A `ScalarFunction` states its value and, in terms of (z, a), its slope: `a*(1 - a)`. Every
higher derivative follows by SymPy from the slope: f'' = d slope/dz + d slope/da * slope.
In an expression f, f', f'' are the SymPy functions `f.derivative(0)`, `f.derivative(1)`, ...
A slope is never trusted: a test proves each one equal to SymPy's derivative of the value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from inspect import cleandoc
from typing import Any

import sympy as sp

from derive.functions.primitives import (
    PRIMITIVES,
    absolute,
    choose,
    equal,
    grad,
    maximum,
    minimum,
    mod,
    released,
    sign,
    step,
    stop,
)
from derive.registry import discover

__all__ = [
    "A", "PRIMITIVES", "Z", "Application", "ScalarFunction", "VectorFunction", "absolute", "activations", "choose",
    "equal", "function_names", "grad", "in_primitives", "lookup", "maximum", "minimum", "mod", "released", "sign",
    "step", "stop", "vector_activations",
]

Z, A = sp.symbols("z a", real=True)


@dataclass(frozen=True, eq=False)
class ScalarFunction:
    """f(z), elementwise.

    `value` and `slope` take SymPy expressions; `slope` gets z and a = f(z) and may use either,
    and other functions of z (softplus' = sigmoid(z)): as it stands it is safe to evaluate.
    `numpy` is the body of a NumPy function of z that is safe for every z (no overflow, no NaN)
    and keeps its dtype; without it `derive.formulas.stable.stable(value(z))` is emitted.
    `requires` names the functions of derive/functions/special.py that the body calls.
    `fast` is an equal value made of operations that NumPy has as single, safe calls, if there is one.
    `ties` states the slope where there is none.
    """

    name: str
    latex: str
    value: Callable[[sp.Expr], sp.Expr]
    slope: Callable[[sp.Expr, sp.Expr], sp.Expr]
    numpy: str = ""
    ties: str = ""
    source: str = ""
    aliases: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    fast: Callable[[sp.Expr], sp.Expr] | None = None
    typed: bool = False
    """Whether a user typed the formula (then it has no file and its slope is SymPy's own)."""

    def __call__(self, z: sp.Expr) -> sp.Expr:
        return self.derivative(0)(z)

    def derivative(self, order: int) -> type[sp.Function]:
        """The SymPy function f, f', f'', ... (order 0, 1, 2, ...)."""
        return _sympy_class(self, order)

    @property
    def body(self) -> str:
        """`numpy` without the indentation of the file that states it."""
        return cleandoc(self.numpy)

    def definition(self, order: int) -> sp.Expr:
        """f (order 0) in terms of Z; f', f'', ... in terms of Z and A = f(Z)."""
        if order == 0:
            return self.value(Z)
        if order == 1:
            return self.slope(Z, A)
        last = self.definition(order - 1)
        return sp.diff(last, Z) + sp.diff(last, A) * self.slope(Z, A)


@dataclass(frozen=True, eq=False)
class VectorFunction:
    """a = f(z) where each a[j] needs every z[k]: stated by forward equations, differentiated as they are.

    `equations` read `z[j]` and write `a[j]`, with inner values and facts that let the gradient fold.
    `numpy` is the body of a NumPy function of z, along the last axis, safe for every z.
    """

    name: str
    latex: str
    equations: str
    numpy: str
    source: str = ""
    aliases: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()

    @property
    def body(self) -> str:
        """`numpy` without the indentation of the file that states it."""
        return cleandoc(self.numpy)


class Application(sp.Function):
    """Base of the SymPy functions made here; `record` and `order` are set on each subclass."""

    record: ScalarFunction
    order: int

    @classmethod
    def eval(cls, *args: sp.Expr) -> None:
        return None

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return _sympy_class(self.record, self.order + 1)(*self.args)


@cache
def _sympy_class(record: ScalarFunction, order: int) -> type[sp.Function]:
    members = {"record": record, "order": order, "__module__": __name__, "nargs": 1}
    make: Any = type(Application)
    return make(record.name + "'" * order, (Application,), members)


@cache
def activations() -> dict[str, ScalarFunction]:
    """Every scalar activation in derive/activations/, by name and alias."""
    found = [r for r in discover("derive.activations") if isinstance(r, ScalarFunction)]
    return {name: record for record in found for name in (record.name, *record.aliases)}


@cache
def vector_activations() -> dict[str, VectorFunction]:
    """Every activation in derive/activations/ that mixes neurons, by name and alias."""
    found = [r for r in discover("derive.activations") if isinstance(r, VectorFunction)]
    return {name: record for record in found for name in (record.name, *record.aliases)}


def in_primitives(expr: sp.Expr) -> sp.Expr:
    """The expression with sigmoid(z), sigmoid'(z), ... written out by value and slope."""
    if not expr.args:
        return expr
    args = [in_primitives(argument) for argument in expr.args]
    if not isinstance(expr, Application):
        return expr.func(*args)
    (z,) = args
    value = in_primitives(expr.record.value(z))
    if expr.order == 0:
        return value
    return in_primitives(expr.record.definition(expr.order).xreplace({Z: z, A: value}))


def lookup(name: str) -> tuple[Callable[..., sp.Expr], int] | None:
    """The constructor of a function (or of f', f'') that may be called in an equation, and its arity."""
    if name in PRIMITIVES:
        return PRIMITIVES[name]
    record = activations().get(name.rstrip("'"))
    return (record.derivative(name.count("'")), 1) if record else None


def function_names() -> list[str]:
    return sorted({*PRIMITIVES, *activations()})
