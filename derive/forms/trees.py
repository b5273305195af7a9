r"""Trees of vectors and matrices: what a term is in matrix form.

    (w^T d) o f'(z)    ->    Hadamard(Product(Transpose(w), d), f'(z))

Each node knows the indices of its rows and columns, so a tree says by itself whether its shapes fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import sympy as sp

from derive.ir import Index

Axes = tuple[sp.Symbol, ...]


@dataclass(frozen=True)
class Node:
    """A vector (one axis: a column, or a row where vectors are rows) or matrix (two axes: rows, columns)."""

    axes: Axes


@dataclass(frozen=True)
class Elementwise(Node):
    """One factor: a read, or a function of arrays that all lie alike: f'(z), a - y."""

    expr: sp.Expr


@dataclass(frozen=True)
class Ones(Node):
    """The vector of ones."""


@dataclass(frozen=True)
class Transpose(Node):
    """`of` with rows and columns exchanged; a column becomes a row and a row a column."""

    of: Node


@dataclass(frozen=True)
class Product(Node):
    """The matrix product; a column times a row is an outer product."""

    left: Node
    right: Node


@dataclass(frozen=True)
class Hadamard(Node):
    """Entry by entry."""

    factors: tuple[Node, ...]


@dataclass(frozen=True)
class Scaled:
    """A scalar times a node: one term of the right-hand side; `over` steps or heads, whose sum stands in front."""

    scalars: tuple[sp.Expr, ...]
    node: Node
    over: tuple[Index, ...] = ()


@dataclass(frozen=True)
class Total(Node):
    """Terms over the same axes, added up in a bracket."""

    terms: tuple[Scaled, ...]


def leaves(node: Node) -> Iterator[sp.Expr]:
    """The expressions that a tree is made of."""
    match node:
        case Elementwise(_, expr):
            yield expr
        case Transpose(_, of):
            yield from leaves(of)
        case Product(_, left, right):
            yield from (*leaves(left), *leaves(right))
        case Hadamard(_, factors):
            yield from (expr for factor in factors for expr in leaves(factor))
        case Total(_, terms):
            yield from (expr for term in terms for expr in leaves(term.node))


def mirrored(node: Node) -> Node:
    """The transpose of a tree whose leaves stand for the transposes of theirs."""
    axes = node.axes[::-1]
    match node:
        case Product(_, left, right):
            return Product(axes, mirrored(right), mirrored(left))
        case Hadamard(_, factors):
            return Hadamard(axes, tuple(mirrored(f) for f in factors))
        case Transpose(_, of):
            return Transpose(axes, mirrored(of))
        case Total(_, terms):
            return Total(axes, tuple(Scaled(t.scalars, mirrored(t.node)) for t in terms))
        case _:
            return replace(node, axes=axes)
