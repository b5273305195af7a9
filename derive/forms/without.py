"""A derivation without some of its axes: those of one entry, or those over the neurons of each layer.

    z[j] = sum_k w[j,k]*x[k] + b[j], j = 1      becomes      z = sum_k w[k]*x[k] + b

In: a derivation and which axes go. Out: the same equations; where an index that goes counts, it is its first value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import sympy as sp

from derive.ir import (
    Derivation,
    Equation,
    Fact,
    Index,
    Term,
    condition_at,
    indices_of,
    mapped,
    read,
    reads_of,
    tensor_of,
)

Gone = Callable[[Index], bool]
Values = dict[sp.Basic, sp.Basic]


def of_one_entry(axis: Index) -> bool:
    return axis.kind == "axis" and axis.size == 1


def without(derivation: Derivation, gone: Gone) -> Derivation:
    """The same without the axes that are gone; a fact that is a sum over one of them says nothing any more."""
    made = _Without(derivation, gone)
    return replace(
        derivation, tensors=tuple(replace(t, axes=made.kept(t.axes)) for t in derivation.tensors),
        statements=mapped(derivation.statements, made.equation),
        facts=tuple(map(made.fact, (f for f in derivation.facts if not any(map(gone, f.left.summed))))))


@dataclass(frozen=True)
class _Without:
    derivation: Derivation
    gone: Gone

    def kept(self, axes: tuple[Index, ...]) -> tuple[Index, ...]:
        return tuple(axis for axis in axes if not self.gone(axis))

    def equation(self, equation: Equation) -> Equation:
        firsts = self.firsts(equation.free)
        return replace(equation, at=indices_of(self.access(equation.lhs, firsts)), free=self.kept(equation.free),
                       terms=tuple(self.term(term, firsts) for term in equation.terms))

    def term(self, term: Term, outer: Values) -> Term:
        firsts = outer | self.firsts(term.summed)
        summed = self.kept(term.summed)
        return replace(term, body=self.body(term.body, firsts), summed=summed, by=term.by if summed else "sum",
                       where=tuple(condition_at(c, firsts) for c in term.where))

    def fact(self, fact: Fact) -> Fact:
        firsts = self.firsts(fact.free)
        return Fact(self.term(fact.left, firsts), self.body(fact.right, firsts), self.kept(fact.free))

    def firsts(self, indices: tuple[Index, ...]) -> Values:
        return {index.symbol: index.start for index in indices if self.gone(index)}

    def body(self, body: sp.Expr, firsts: Values) -> sp.Expr:
        return body.xreplace({one: self.access(one, firsts) for one in reads_of(body)}).xreplace(firsts)

    def access(self, access: sp.Expr, firsts: Values) -> sp.Expr:
        axes = self.derivation.tensor(tensor_of(access)).axes
        at = zip(axes, indices_of(access), strict=True)
        return read(tensor_of(access), *(self.body(e, firsts) for axis, e in at if not self.gone(axis)))
