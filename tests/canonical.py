"""Equality of derivations and of equations up to the names of indices."""

from __future__ import annotations

from itertools import permutations

import sympy as sp

from derive.ir import Derivation, Equation, Index, Loop, Statement, Tensor, Term, index_symbol


def same(one: Derivation, other: Derivation) -> bool:
    """Whether two derivations say the same, whatever their indices are called."""
    return canonical(one) == canonical(other)


def canonical(derivation: Derivation) -> tuple[str, ...]:
    """The derivation as text in which every index has a name given by its place."""
    tensors = sorted(_tensor(tensor) for tensor in derivation.tensors)
    return (*tensors, *(_statement(s, {}) for s in derivation.statements), derivation.cost)


def _tensor(tensor: Tensor) -> str:
    among = () if tensor.among is None else (tensor.among,)
    axes = (*tensor.axes, *among)
    return f"{tensor.role} {tensor.name}" + str([_range(axis, _numbered(tensor.axes, "x")) for axis in axes])


def _statement(statement: Statement, outer: dict[sp.Basic, sp.Basic]) -> str:
    if isinstance(statement, Loop):
        renaming = outer | {statement.index.symbol: index_symbol(f"loop{len(outer)}")}
        inner = "; ".join(_statement(s, renaming) for s in statement.body)
        return f"for {_range(statement.index, renaming)} by {statement.step} {statement.descending}: [{inner}]"
    return canonical_equation(statement, outer)


def canonical_equation(equation: Equation, outer: dict[sp.Basic, sp.Basic] | None = None) -> str:
    renaming = (outer or {}) | _numbered(equation.free, "f")
    lhs = equation.lhs.xreplace(renaming)
    free = [_range(i, renaming) for i in equation.free]
    terms = sorted(_term(term, renaming) for term in _gathered(equation.terms))
    return f"{lhs} {equation.op} {' + '.join(terms)} over {free}"


def _gathered(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """The terms, those without a sum as one."""
    plain = [term for term in terms if not (term.summed or term.where)]
    rest = tuple(term for term in terms if term.summed or term.where)
    return (*rest, Term(sp.Add(*(term.body for term in plain)))) if plain else rest


def _term(term: Term, outer: dict[sp.Basic, sp.Basic]) -> str:
    """The least text over all ways to number the summed indices."""
    def text(order: tuple[Index, ...]) -> str:
        renaming = outer | _numbered(order, "s")
        where = sorted(str(c.xreplace(renaming)) for c in term.where)
        return f"{term.by}{[_range(k, renaming) for k in order]} {sp.srepr(term.body.xreplace(renaming))} {where}"

    return min(text(order) for order in permutations(term.summed))


def _numbered(indices: tuple[Index, ...], letter: str) -> dict[sp.Basic, sp.Basic]:
    return {index.symbol: index_symbol(f"{letter}{n}") for n, index in enumerate(indices)}


def _range(index: Index, renaming: dict[sp.Basic, sp.Basic]) -> str:
    return f"{index.kind} {index.start.xreplace(renaming)}..+{index.size.xreplace(renaming)}"
