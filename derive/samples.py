r"""From one example to a minibatch of m: the sample index.

    C = c(x, y, w) + R(w)      becomes      C = 1/m sum_s c(x[s], y[s], w) + R(w)

The sample index s is an ordinary index. Data and all that depends on them carry it, parameters
do not; so the sum over the examples in dC/dw falls out of the one rule of reverse mode.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sympy as sp

from derive.errors import DeriveError
from derive.ir import (
    Derivation,
    Fact,
    Index,
    Loop,
    Statement,
    Tensor,
    Term,
    indices_of,
    read,
    reads_of,
    size_symbol,
    tensor_of,
)

LETTERS = ("s", "i", "e", "s_")


def over_samples(derivation: Derivation, mean: bool = True) -> Derivation:
    """The cost averaged (or summed) over m examples.

    A derivation that has samples already, or whose cost depends on no data, stays as it is.
    """
    names = _dependent(derivation)
    if sample_index(derivation) is not None or derivation.cost not in names:
        return derivation
    sample = _new_index(derivation)
    carrying = names - {derivation.cost}
    tensors = tuple(_carrying(t, sample) if t.name in carrying else t for t in derivation.tensors)
    add = _adder(carrying, sample)
    weight = 1 / sample.size if mean else sp.Integer(1)
    statements = tuple(_statement(s, derivation.cost, carrying, sample, add, weight) for s in derivation.statements)
    facts = tuple(_fact(f, carrying, sample, add) for f in derivation.facts)
    return replace(derivation, tensors=tensors, statements=statements, facts=facts)


def sample_index(derivation: Derivation) -> Index | None:
    """The sample index of a derivation, if it has one."""
    return next((a for t in derivation.tensors for a in t.axes if a.kind == "sample"), None)


def _new_index(derivation: Derivation) -> Index:
    taken = set(derivation.by_name) | {a.name for t in derivation.tensors for a in t.axes}
    sizes = {str(s) for t in derivation.tensors for a in t.axes for s in a.size.free_symbols}
    name = next(letter for letter in LETTERS if letter not in taken)
    if "m" in sizes | taken:
        raise DeriveError("'m' is the number of examples and cannot name a size or value as well",
                          do="Give the size another name.")
    return Index(name, size_symbol("m"), kind="sample")


def _dependent(derivation: Derivation) -> set[str]:
    """The data and everything computed from them."""
    found = {t.name for t in derivation.of_role("data")}
    while True:
        more = {e.target for e in derivation.equations() if any(tensor_of(r) in found for r in e.reads())}
        if more <= found:
            return found
        found |= more


def _carrying(tensor: Tensor, sample: Index) -> Tensor:
    return replace(tensor, axes=(sample, *tensor.axes))


def _adder(names: set[str], sample: Index) -> Callable[[sp.Expr], sp.Expr]:
    def add(body: sp.Expr) -> sp.Expr:
        return body.xreplace({r: read(tensor_of(r), sample.symbol, *indices_of(r))
                              for r in reads_of(body) if tensor_of(r) in names})

    return add


def _statement(statement: Statement, cost: str, names: set[str], sample: Index,
               add: Callable[[sp.Expr], sp.Expr], weight: sp.Expr) -> Statement:
    if isinstance(statement, Loop):
        return replace(statement, body=tuple(_statement(s, cost, names, sample, add, weight) for s in statement.body))
    if statement.target in names:
        return replace(statement.map(add), at=(sample.symbol, *statement.at), free=(sample, *statement.free))
    if statement.target == cost:
        parts = [part for term in statement.terms for part in _parts(term, names)]
        return replace(statement, terms=tuple(_averaged(t, names, sample, add, weight) for t in parts))
    return statement


def _parts(term: Term, names: set[str]) -> list[Term]:
    """What depends on the data apart from what does not: C_0 + R is averaged over C_0 alone."""
    mixed = {tensor_of(r) in names for r in reads_of(term.body)} == {True, False}
    summands = sp.Add.make_args(sp.expand_mul(term.body) if mixed and term.body.is_Mul else term.body)
    groups: dict[bool, list[sp.Expr]] = {}
    for summand in summands:
        groups.setdefault(any(tensor_of(r) in names for r in reads_of(summand)), []).append(summand)
    return [replace(term, body=sp.Add(*group)) for group in groups.values()]


def _averaged(term: Term, names: set[str], sample: Index, add: Callable[[sp.Expr], sp.Expr], weight: sp.Expr) -> Term:
    if not any(tensor_of(r) in names for r in reads_of(term.body)):
        return term
    return Term(weight * add(term.body), (sample, *term.summed), term.where)


def _fact(fact: Fact, names: set[str], sample: Index, add: Callable[[sp.Expr], sp.Expr]) -> Fact:
    if not any(tensor_of(r) in names for r in reads_of(fact.left.body)):
        return fact
    return Fact(fact.left.map(add), add(fact.right), (sample, *fact.free))
