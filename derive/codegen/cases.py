r"""Gradients over the layers, case by case: what holds at l = L, and what below.

    dC/dw[l,j,k] = sum_s a[s,L-1,k]*dC/dz[s,L,j]   where l = L
                 + sum_s a[s,l-1,k]*dC/dz[s,l,j]   where l <= L - 1      is one and the same term

An adjoint dC/da that only dC/dz reads at the same layer is put into it, so that a - y can come out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import sympy as sp

from derive.calculus.pull import fresh_names
from derive.calculus.rewrite import RULES, Known
from derive.ir import Equation, Index, Term, indices_of, reads_of, shown, tensor_of

Conditions = tuple[sp.Basic, ...]


def put_in(equation: Equation, definitions: dict[str, Equation]) -> Equation:
    """The equation with every read of a defined adjoint replaced, and only the cases that can hold."""
    terms = [replace(t, where=where) for t in equation.terms if (where := settled(t.where)) is not None]
    while True:
        at = next((n for n, t in enumerate(terms) if any(tensor_of(r) in definitions for r in reads_of(t.body))), None)
        if at is None:
            return replace(equation, terms=tuple(terms))
        access = min((r for r in reads_of(terms[at].body) if tensor_of(r) in definitions), key=shown)
        terms[at:at + 1] = _products(equation, terms[at], access, definitions[tensor_of(access)])


def _products(equation: Equation, term: Term, access: sp.Expr, definition: Equation) -> Iterable[Term]:
    names = {str(s) for s in term.body.free_symbols} | {k.name for k in (*term.summed, *equation.free)}
    for inner in definition.terms:
        fresh = fresh_names(inner.summed, names)
        put: dict[sp.Basic, sp.Basic] = dict(zip(definition.at, indices_of(access), strict=True))
        put |= {old.symbol: new.symbol for old, new in fresh.items()}
        where = settled((*term.where, *(_changed(c, put) for c in inner.where)))
        if where is not None:
            body = term.body.xreplace({access: inner.body.xreplace(put)})
            yield Term(body, (*term.summed, *(new.where(put) for new in fresh.values())), where)


def settled(conditions: Conditions) -> Conditions | None:
    """The conditions that say something; None where they contradict each other."""
    equations = [c for c in conditions if isinstance(c, sp.Equality)]
    equal = {c.lhs: c.rhs for c in equations if c.lhs.is_Symbol and not c.lhs.is_positive}
    kept: list[sp.Basic] = []
    for c in conditions:
        if isinstance(c, sp.Equality) and equal.get(c.lhs) == c.rhs:
            kept += [] if c in kept else [c]
            continue
        distance = sp.expand((c.lhs - c.rhs).xreplace(equal))
        if isinstance(c, sp.GreaterThan):
            distance = -distance
        if distance.is_number and (distance != 0 if isinstance(c, sp.Equality) else distance > 0):
            return None
        if not distance.is_number:
            kept.append(c)
    return _tightest(kept)


def _tightest(conditions: list[sp.Basic]) -> Conditions:
    """l <= L - 2 alone where l <= L - 1 stands beside it."""
    return tuple(c for c in conditions if not any(
        other is not c and type(other) is type(c) and isinstance(c, sp.LessThan) and other.lhs == c.lhs
        and sp.expand(c.rhs - other.rhs).is_positive for other in conditions))


def _changed(condition: sp.Basic, put: dict[sp.Basic, sp.Basic]) -> sp.Basic:
    return type(condition)(condition.lhs.xreplace(put), condition.rhs.xreplace(put), evaluate=False)


def joined_cases(equation: Equation, counter: Index) -> Equation:
    """Terms that say the same at l = c and below it, as one; no condition where it always holds."""
    terms = list(equation.terms)
    while (pair := _pair(terms, counter)) is not None:
        one, other = pair
        c = one.where[0].rhs
        always = sp.expand(c - counter.last) == 0
        where = () if always else (type(other.where[0])(counter.symbol, c, evaluate=False),)
        terms = [replace(other, where=where) if t is other else t for t in terms if t is not one]
    return replace(equation, terms=tuple(terms))


def _pair(terms: list[Term], counter: Index) -> tuple[Term, Term] | None:
    for one in terms:
        for other in terms:
            if _same_at_the_end(one, other, counter):
                return one, other
    return None


def _same_at_the_end(one: Term, other: Term, counter: Index) -> bool:
    if len(one.where) != 1 or len(other.where) != 1 or len(one.summed) != len(other.summed):
        return False
    at, below = one.where[0], other.where[0]
    if not isinstance(at, sp.Equality) or not isinstance(below, sp.LessThan) or at.lhs != counter.symbol:
        return False
    if at.lhs != below.lhs or sp.expand(at.rhs - below.rhs) != 1:
        return False
    put: dict[sp.Basic, sp.Basic] = {k.symbol: own.symbol for k, own in zip(other.summed, one.summed, strict=True)}
    return _flat(other.body.xreplace(put), {counter.symbol: at.rhs}) == _flat(one.body, {counter.symbol: at.rhs})


def _flat(body: sp.Expr, put: dict[sp.Basic, sp.Basic]) -> sp.Expr:
    """The body at one layer, its subscripts multiplied out."""
    moved = body.xreplace(put)
    return moved.xreplace({r: r.func(r.base, *(sp.expand(i) for i in r.indices)) for r in moved.atoms(sp.Indexed)})


def simplified_cases(context: Known, equation: Equation) -> Equation:
    """The named rewrites, applied to each case for itself."""
    cases: dict[Conditions, list[Term]] = {}
    for term in equation.terms:
        cases.setdefault(term.where, []).append(term)
    made: list[Term] = []
    for where, terms in cases.items():
        equal: dict[sp.Basic, sp.Basic] = {c.lhs: c.rhs for c in where if isinstance(c, sp.Equality)}
        alone = replace(equation, terms=tuple(replace(t, body=_flat(t.body, equal), where=()) for t in terms))
        for rule in RULES:
            found = rule.apply(context, alone)
            alone = alone if found is None else found[0]
        made += [replace(t, where=where) for t in alone.terms]
    return replace(equation, terms=tuple(made))
