"""The functions that need no file of their own: step, sign, |z|, max, min, choose, stop, mod, and SymPy's.

Each knows its slope, with the tie stated: 0 at a kink, so that no Heaviside or Dirac appears.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp


class step(sp.Function):
    """1 where the argument is positive, else 0 (0 at 0): the indicator [z > 0]."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return sp.Integer(0)

    @classmethod
    def eval(cls, z: sp.Expr) -> sp.Expr | None:
        if z.is_Number:
            return sp.Integer(bool(z > 0))
        scale, rest = z.as_coeff_Mul(rational=True)
        return cls(rest if scale > 0 else -rest) if abs(scale) != 1 else None  # only the sign matters


class sign(sp.Function):
    """-1, 0 or 1."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return sp.Integer(0)

    @classmethod
    def eval(cls, z: sp.Expr) -> sp.Expr | None:
        return sp.sign(z) if z.is_Number else None


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


class equal(sp.Function):
    """[a = b]: 1 where both are the same number, else 0."""

    nargs = 2

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return sp.Integer(0)

    @classmethod
    def eval(cls, a: sp.Expr, b: sp.Expr) -> sp.Expr | None:
        return sp.Integer(1) if a == b else sp.Integer(bool(a == b)) if a.is_Number and b.is_Number else None


class stop(sp.Function):
    """stop(z): z as a value that nothing is passed back through, as if it were data. Its slope is 0 by definition."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return sp.Integer(0)

    @classmethod
    def eval(cls, z: sp.Expr) -> sp.Expr | None:
        return z if z.is_number or isinstance(z, stop) else None


def released(expr: sp.Expr) -> sp.Expr:
    """The expression as a value, without its stops: choose(c, z, stop(z)) is z."""
    if not expr.has(stop):
        return expr
    args = [released(argument) for argument in expr.args]
    return args[0] if isinstance(expr, stop) else expr.func(*args)


class mod(sp.Function):
    """What is left of a after taking away b as often as it goes: mod(7, 3) is 1."""

    nargs = 2

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        a, b = self.args
        return sp.Integer(1) if argindex == 1 else (self - a) / b

    @classmethod
    def eval(cls, a: sp.Expr, b: sp.Expr) -> sp.Expr | None:
        return a - b * sp.floor(a / b) if a.is_Number and b.is_Number and b != 0 else None


class grad(sp.Function):
    """grad(D, x[k]): the derivative of one value of a model by another, until its equations are written out."""

    nargs = 2


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
    "max": (maximum, 2), "min": (minimum, 2), "choose": (choose, 3), "equal": (equal, 2),
    "stop": (stop, 1), "mod": (mod, 2),
}
"""Functions without a file of their own: (constructor, number of arguments)."""
