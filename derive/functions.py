"""Scalar functions: what may stand in an equation, with value and slope.

A `ScalarFunction` states its value and, in terms of (z, a), its slope: `a*(1 - a)`. Every
higher derivative follows by SymPy from the slope: f'' = d slope/dz + d slope/da * slope.
In an expression f, f', f'' are the SymPy functions `f.sympy`, `f.derivative(1)`, ...
A slope is never trusted: a test proves each one equal to SymPy's derivative of the value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import sympy as sp

from derive.registry import discover

Z, A = sp.symbols("z a", real=True)


@dataclass(frozen=True, eq=False)
class ScalarFunction:
    """f(z), elementwise.

    `value` and `slope` take SymPy expressions; `slope` gets z and a = f(z) and may use either.
    `numpy` is the body of a NumPy function of z that is safe for every z (no overflow, no NaN);
    without it the value is emitted as it stands. `ties` states the slope where there is none.
    """

    name: str
    latex: str
    value: Callable[[sp.Expr], sp.Expr]
    slope: Callable[[sp.Expr, sp.Expr], sp.Expr]
    numpy: str = ""
    ties: str = ""
    source: str = ""
    aliases: tuple[str, ...] = field(default=())
    typed: bool = False
    """Whether a user typed the formula (then it has no file and its slope is SymPy's own)."""

    def __call__(self, z: sp.Expr) -> sp.Expr:
        return self.derivative(0)(z)

    def derivative(self, order: int) -> type[sp.Function]:
        """The SymPy function f, f', f'', ... (order 0, 1, 2, ...)."""
        return _sympy_class(self, order)

    def definition(self, order: int) -> sp.Expr:
        """f (order 0) in terms of Z; f', f'', ... in terms of Z and A = f(Z)."""
        if order == 0:
            return self.value(Z)
        if order == 1:
            return sp.sympify(self.slope(Z, A))
        last = self.definition(order - 1)
        return sp.diff(last, Z) + sp.diff(last, A) * self.slope(Z, A)


class Application(sp.Function):
    """Base of the SymPy functions made here; `record` and `order` are set on each subclass."""

    record: ScalarFunction
    order: int

    @classmethod
    def eval(cls, *args: sp.Expr) -> None:
        return None

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return _sympy_class(self.record, self.order + 1)(*self.args)


@lru_cache(maxsize=None)
def _sympy_class(record: ScalarFunction, order: int) -> type[sp.Function]:
    members = {"record": record, "order": order, "__module__": __name__, "nargs": 1}
    return type(Application)(record.name + "'" * order, (Application,), members)


class step(sp.Function):
    """1 where the argument is positive, else 0 (0 at 0): the indicator [z > 0]."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return sp.Integer(0)

    @classmethod
    def eval(cls, z: sp.Expr) -> sp.Expr | None:
        return sp.Integer(int(z > 0)) if z.is_Number else None


class sign(sp.Function):
    """-1, 0 or 1."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return sp.Integer(0)

    @classmethod
    def eval(cls, z: sp.Expr) -> sp.Expr | None:
        return sp.Integer((z > 0) - (z < 0)) if z.is_Number else None


class absolute(sp.Function):
    """|z|; its slope is sign(z), 0 at 0."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return sign(self.args[0])

    @classmethod
    def eval(cls, z: sp.Expr) -> sp.Expr | None:
        return abs(z) if z.is_Number else None


class maximum(sp.Function):
    """The greater of two; at a tie neither slope counts (both are 0)."""

    nargs = 2

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        one, other = self.args if argindex == 1 else self.args[::-1]
        return step(one - other)

    @classmethod
    def eval(cls, a: sp.Expr, b: sp.Expr) -> sp.Expr | None:
        return max(a, b) if a.is_Number and b.is_Number else None


class minimum(sp.Function):
    """The smaller of two; at a tie neither slope counts (both are 0)."""

    nargs = 2

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        one, other = self.args if argindex == 1 else self.args[::-1]
        return step(other - one)

    @classmethod
    def eval(cls, a: sp.Expr, b: sp.Expr) -> sp.Expr | None:
        return min(a, b) if a.is_Number and b.is_Number else None


class choose(sp.Function):
    """choose(c, a, b): a where c > 0, else b; differentiated branch by branch."""

    nargs = 3

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        inside = self.args[0]
        return (sp.Integer(0), choose(inside, 1, 0), choose(inside, 0, 1))[argindex - 1]

    @classmethod
    def eval(cls, c: sp.Expr, a: sp.Expr, b: sp.Expr) -> sp.Expr | None:
        if a == b:
            return a
        if c.is_Number:
            return a if c > 0 else b
        return step(c) if (a, b) == (1, 0) else None


PRIMITIVES: dict[str, tuple[Callable[..., sp.Expr], int]] = {
    "exp": (sp.exp, 1), "log": (sp.log, 1), "ln": (sp.log, 1), "sqrt": (sp.sqrt, 1),
    "sin": (sp.sin, 1), "cos": (sp.cos, 1), "erf": (sp.erf, 1),
    "abs": (absolute, 1), "sign": (sign, 1), "step": (step, 1),
    "max": (maximum, 2), "min": (minimum, 2), "choose": (choose, 3),
}
"""Functions without a file of their own: (constructor, number of arguments)."""


@lru_cache(maxsize=None)
def activations() -> dict[str, ScalarFunction]:
    """Every scalar activation in derive/activations/, by name and alias."""
    found = [r for r in discover("derive.activations") if isinstance(r, ScalarFunction)]
    return {name: record for record in found for name in (record.name, *record.aliases)}


def lookup(name: str) -> tuple[Callable[..., sp.Expr], int] | None:
    """The constructor of a function (or of f', f'') that may be called in an equation, and its arity."""
    if name in PRIMITIVES:
        return PRIMITIVES[name]
    record = activations().get(name.rstrip("'"))
    return (record.derivative(name.count("'")), 1) if record else None


def function_names() -> list[str]:
    return sorted({*PRIMITIVES, *activations()})
