r"""The same equations for every value of one more index: each example, each step of a sequence.

    z[j] = sum_k w[j,k]*x[k]      becomes      z[s,j] = sum_k w[j,k]*x[s,k]

Data and all that depends on them carry the index, parameters do not; a cost is summed over it. So the sum
over it in dC/dw falls out of the one rule of reverse mode.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sympy as sp

from derive.ir import (
    Derivation,
    Equation,
    Fact,
    Index,
    Tensor,
    Term,
    dependent,
    indices_of,
    mapped,
    read,
    reads_of,
    reread,
    tensor_of,
)

ONE = sp.Integer(1)


def repeated(derivation: Derivation, index: Index, weight: sp.Expr = ONE) -> Derivation:
    """The equations for every value of the index; `weight` stands before the sum in the cost."""
    names = from_data(derivation)
    carry = _Carry(derivation.cost, names - {derivation.cost}, names, index, weight)
    return replace(derivation, tensors=tuple(carry.tensor(t) for t in derivation.tensors),
                   statements=mapped(derivation.statements, carry.equation),
                   facts=tuple(carry.fact(f) for f in derivation.facts))


def repeated_over(derivation: Derivation, axes: Sequence[Index], weight: sp.Expr = ONE) -> Derivation:
    """The equations for every entry along these axes, the first of them in front."""
    for axis in reversed(axes):
        derivation = repeated(derivation, _apart(axis, derivation), weight)
    return derivation


def _apart(axis: Index, block: Derivation) -> Index:
    """The axis under a letter that means nothing else in the block."""
    taken = {i.name for e in block.equations() for i in (*e.free, *(k for t in e.terms for k in t.summed))}
    taken |= {*block.by_name, *(a.name for t in block.tensors for a in t.axes)}
    return axis.named(next(n for n in (axis.name, *"tnrqpgh", *(f"t{k}" for k in range(2, 99))) if n not in taken))


def from_data(derivation: Derivation) -> set[str]:
    """The data and everything computed from them."""
    return dependent(derivation.equations(), [t.name for t in derivation.of_role("data")])


@dataclass(frozen=True)
class _Carry:
    cost: str
    names: set[str]
    """What carries the index."""
    dependent: set[str]
    """That, and the cost."""
    index: Index
    weight: sp.Expr

    def tensor(self, tensor: Tensor) -> Tensor:
        return replace(tensor, axes=(self.index, *tensor.axes)) if tensor.name in self.names else tensor

    def add(self, body: sp.Expr) -> sp.Expr:
        return reread(body, lambda r: read(tensor_of(r), self.index.symbol, *indices_of(r))
                      if tensor_of(r) in self.names else r)

    def equation(self, equation: Equation) -> Equation:
        if equation.target in self.names:
            return replace(equation.map(self.add), at=(self.index.symbol, *map(self.add, equation.at)),
                           free=(self.index, *equation.free))
        if equation.target == self.cost:
            parts = [part for term in equation.terms for part in _parts(term, self.dependent)]
            return replace(equation, terms=tuple(self.averaged(part) for part in parts))
        return equation

    def averaged(self, term: Term) -> Term:
        if not any(tensor_of(r) in self.dependent for r in reads_of(term.body)):
            return term
        return Term(self.weight * self.add(term.body), (self.index, *term.summed), term.where)

    def fact(self, fact: Fact) -> Fact:
        if not any(tensor_of(r) in self.names for r in reads_of(fact.left.body)):
            return fact
        return Fact(fact.left.map(self.add), self.add(fact.right), (self.index, *fact.free))


def _parts(term: Term, names: set[str]) -> list[Term]:
    """What depends on the data apart from what does not: C_0 + R is averaged over C_0 alone."""
    mixed = {tensor_of(r) in names for r in reads_of(term.body)} == {True, False}
    summands = sp.Add.make_args(sp.expand_mul(term.body) if mixed and term.body.is_Mul else term.body)
    groups: dict[bool, list[sp.Expr]] = {}
    for summand in summands:
        groups.setdefault(any(tensor_of(r) in names for r in reads_of(summand)), []).append(summand)
    return [replace(term, body=sp.Add(*group)) for group in groups.values()]
