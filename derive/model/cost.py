"""Costs and regularizers: textbook fragments that end in one number.

    data a[j], y[j]
    constant factor = 1/2
    C = factor*sum((a[j] - y[j])^2, j)

A cost reads the outputs a (logits, where its name says so) and the targets y of one example and
writes C; the mean over examples is taken elsewhere. A regularizer reads a weight w and writes R.
`factor` goes in as a number; the other constants (delta, lam) keep their names.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import sympy as sp

from derive.errors import DeriveError, nearest
from derive.ir import Derivation, Equation, read, size_symbol
from derive.model.blocks import fragment
from derive.registry import discover

AXES = "jkpqrs"
M = size_symbol("m")
FACTORS: dict[str, sp.Expr] = {
    "lambda": sp.Integer(1), "lambda/2": sp.Rational(1, 2), "lambda/m": 1 / M, "lambda/2m": 1 / (2 * M),
}
"""What may stand before a regularizer, by how people write it; m is the number of examples."""


@dataclass(frozen=True, eq=False)
class Cost:
    """C of one example, from a[j] and y[j]."""

    name: str
    title: str
    """What a sentence calls it: "the quadratic cost"."""
    equations: str
    output: str = ""
    """The output activation that it is made for; empty where any will do."""
    conditions: tuple[str, ...] = ()
    """What must hold of y and a, in words; those that the derivation uses stand in `equations` as facts."""
    ties: str = ""
    source: str = ""
    aliases: tuple[str, ...] = ()
    typed: bool = False
    """Whether a user typed the formula (then it has no file)."""

    def block(self, **constants: sp.Expr | float) -> Derivation:
        """The fragment, with the constants given here in place of the stated ones."""
        return with_constants(fragment(self.equations, self.name), self.title, constants)


@dataclass(frozen=True, eq=False)
class Regularizer:
    """R of one weight array w, entry by entry. Biases are not regularized."""

    name: str
    title: str
    equations: str
    """Reads w in matrix form, so that it holds for weights of any number of axes."""
    ties: str = ""
    source: str = ""
    aliases: tuple[str, ...] = ()

    def block(self, axes: int = 2, **constants: sp.Expr | float) -> Derivation:
        """The fragment for a weight with so many axes; `factor` is one of FACTORS or any number."""
        declared = f"parameter w[{', '.join(AXES[:axes])}]\n"
        return with_constants(fragment(declared + _flush(self.equations), self.name), self.title, constants)


def with_constants(block: Derivation, title: str, constants: dict[str, sp.Expr | float]) -> Derivation:
    """`factor` replaced by its number; every other constant with its value set."""
    stated = {tensor.name: tensor.value for tensor in block.of_role("constant")}
    for name in constants:
        if name not in stated:
            raise DeriveError(f"{title} has no constant '{name}'",
                              do=nearest(name, sorted(stated)) if stated else "It has no constants at all.")
    values = stated | {name: _exact(value) for name, value in constants.items()}
    if (factor := values.pop("factor", None)) is not None:
        block = replace(block, statements=tuple(
            s.map(lambda body: body.xreplace({read("factor"): factor})) if isinstance(s, Equation) else s
            for s in block.statements), tensors=tuple(t for t in block.tensors if t.name != "factor"))
    return replace(block, tensors=tuple(replace(t, value=values.get(t.name, t.value)) for t in block.tensors))


def _exact(value: sp.Expr | float) -> sp.Expr:
    """A number of Python as people write it: 0.1 is 1/10."""
    return value if isinstance(value, sp.Expr) else sp.Rational(str(value))


def _flush(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


@cache
def costs() -> dict[str, Cost]:
    """Every cost in derive/costs/, by name and alias."""
    return {name: cost for cost in discover("derive.costs") for name in (cost.name, *cost.aliases)}


@cache
def regularizers() -> dict[str, Regularizer]:
    """Every regularizer in derive/regularizers/, by name and alias."""
    return {name: found for found in discover("derive.regularizers") for name in (found.name, *found.aliases)}
