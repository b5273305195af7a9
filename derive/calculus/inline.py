"""Putting one equation into another: a read is replaced by what it equals, indices kept apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sympy as sp

from derive.calculus.pull import fresh_names
from derive.ir import Equation, Term, condition_at, indices_of, reads_of, replaced, shown, tensor_of

ONE = sp.Integer(1)


def inline(equation: Equation, definitions: dict[str, Equation]) -> Equation:
    """`equation` with every read of a defined (adjoint) tensor replaced, until none is left.

    An adjoint is a factor of its term (every term is linear in one adjoint), so the terms of
    the definition multiply the rest of the term and sums move to the front.
    """
    terms = list(equation.terms)
    while True:
        at = next((n for n, t in enumerate(terms) if _read_of(t, definitions) is not None), None)
        if at is None:
            break
        access = _read_of(terms[at], definitions)
        assert access is not None
        terms[at:at + 1] = _replaced(equation, terms[at], access, definitions[tensor_of(access)])
    return replace(equation, terms=tuple(terms))


def _read_of(term: Term, definitions: dict[str, Equation]) -> sp.Expr | None:
    found = [r for r in reads_of(term.body) if tensor_of(r) in definitions]
    return min(found, key=shown) if found else None


def _replaced(equation: Equation, term: Term, access: sp.Expr, definition: Equation) -> list[Term]:
    rest = term.body.xreplace({access: ONE})
    names = {shown(s) for s in term.body.free_symbols} | {k.name for k in (*term.summed, *equation.free)}
    put = dict(zip(definition.at, indices_of(access), strict=True))
    return [_product(term, rest, inner, put, names) for inner in definition.terms]


def _product(term: Term, rest: sp.Expr, inner: Term, put: dict[sp.Basic, sp.Basic], names: set[str]) -> Term:
    fresh = fresh_names(inner.summed, names)
    renaming = put | {old.symbol: new.symbol for old, new in fresh.items()}
    moved = tuple(new.where(renaming) for new in fresh.values())
    where = tuple(condition_at(c, renaming) for c in inner.where)
    body = with_numbers_in_front(rest * replaced(inner.body, renaming))
    return Term(body, (*term.summed, *moved), _settled((*term.where, *where)))


def with_numbers_in_front(body: sp.Expr) -> sp.Expr:
    """(2*a - 2*y)*s/2 as (a - y)*s: numbers that all terms of a factor share are factors of the product."""
    number, factors = body.as_coeff_mul()
    shared = [factor.primitive() if factor.is_Add else (sp.Integer(1), factor) for factor in factors]
    return sp.Mul(number, *(c for c, _ in shared), *(rest for _, rest in shared))


def _settled(conditions: tuple[sp.Basic, ...]) -> tuple[sp.Basic, ...]:
    """Conditions each once, without those that are plainly true (L = L)."""
    kept: list[sp.Basic] = []
    for condition in conditions:
        if condition.lhs - condition.rhs == 0:  # every condition made by `pull` includes equality
            continue
        if condition not in kept:
            kept.append(condition)
    return tuple(kept)


def replace_reads(equation: Equation, change: Callable[[sp.Expr], sp.Expr | None]) -> Equation:
    """Every read of the right-hand side for which `change` gives something, replaced by it."""
    def in_body(body: sp.Expr) -> sp.Expr:
        found = {r: new for r in reads_of(body) if (new := change(r)) is not None}
        return body.xreplace(found) if found else body

    return equation.map(in_body)
