"""Indices and tensors: the nouns of an equation.

An `Index` runs over `start, ..., start + size - 1`. Its size may be a number, a symbol
(`n_1`) or depend on an outer index (`n[l]`: the width of layer l, so layers may be ragged).
Metadata lives here, in frozen dataclasses; inside SymPy an index is a plain integer Symbol
and a read of a tensor a plain `Indexed` (or a `Symbol` for a scalar).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal

import sympy as sp

Kind = Literal["axis", "layer", "time", "sample", "word"]
"""What an index counts: entries of an axis, layers, steps, examples; or what the whole numbers of data stand for."""
Role = Literal["data", "parameter", "constant", "value", "cost", "adjoint", "tangent"]


@cache
def index_symbol(name: str) -> sp.Symbol:
    """The integer Symbol that stands for an index inside an expression."""
    return sp.Symbol(name, integer=True)


@cache
def size_symbol(name: str) -> sp.Symbol:
    """A number of neurons, layers or examples that is not fixed: n_1, L, m."""
    return sp.Symbol(name, integer=True, positive=True)


@cache
def read(name: str, *at: sp.Expr) -> sp.Expr:
    """The expression that reads tensor `name` at the given index expressions."""
    return sp.Indexed(sp.IndexedBase(name), *at) if at else sp.Symbol(name)


@cache
def size_at(name: str, *at: sp.Expr) -> sp.Expr:
    """A size that depends on an index: n[l], the width of layer l. A whole number, so not a read."""
    return sp.IndexedBase(name, integer=True, positive=True)[at]


@dataclass(frozen=True)
class Index:
    """`name` runs over start..start+size-1; `kind` says what it counts."""

    name: str
    size: sp.Expr
    start: sp.Expr = sp.Integer(0)
    kind: Kind = "axis"

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", sp.Integer(self.size) if isinstance(self.size, int) else self.size)
        object.__setattr__(self, "start", sp.Integer(self.start) if isinstance(self.start, int) else self.start)

    @property
    def symbol(self) -> sp.Symbol:
        return index_symbol(self.name)

    @property
    def last(self) -> sp.Expr:
        return self.start + self.size - 1

    def named(self, name: str) -> Index:
        return self if name == self.name else replace(self, name=name)

    def where(self, renaming: dict[sp.Basic, sp.Basic]) -> Index:
        """The same index with its range (not its name) rewritten."""
        if self.size.is_Integer and self.start.is_Integer:
            return self
        return replace(self, size=self.size.xreplace(renaming), start=self.start.xreplace(renaming))


@dataclass(frozen=True)
class Label:
    """How a tensor is written: a letter and, for a layered one, its layer (3, l, L-1)."""

    letter: str
    layer: sp.Expr | None = None
    of: Label | None = None
    """For an adjoint dC/dx: the label of x (then `letter` is that of the cost)."""


@dataclass(frozen=True)
class Tensor:
    """A named array: its axes in order, its role, and how it is written.

    The size of an axis may use the symbol of an earlier axis (`w[l, j: n[l], k: n[l-1]]`).
    """

    name: str
    axes: tuple[Index, ...] = ()
    role: Role = "value"
    label: Label | None = None
    of: str | None = None
    """What an adjoint is the derivative of the cost by; what a tangent is the derivative of."""
    value: sp.Expr | None = field(default=None)
    """The number behind a constant such as lambda, if it was given."""
    by: str | None = None
    """What a tangent is the derivative by; None: along a direction."""
    among: Index | None = None
    """The whole numbers that the entries of data are, as an index has them: then they may stand in a subscript."""

    def at(self, *indices: sp.Expr) -> sp.Expr:
        """The read of this tensor; without arguments at its own axes' symbols."""
        return read(self.name, *(indices or tuple(axis.symbol for axis in self.axes)))

    def axes_at(self, indices: tuple[sp.Expr, ...]) -> tuple[Index, ...]:
        """The axes with sizes as they are when the tensor is read at `indices`."""
        renaming: dict[sp.Basic, sp.Basic] = {}
        seen = []
        for axis, expr in zip(self.axes, indices, strict=False):
            seen.append(axis.where(renaming))
            renaming[axis.symbol] = expr
        return tuple(seen)

    @property
    def written(self) -> Label:
        return self.label or Label(self.name)
