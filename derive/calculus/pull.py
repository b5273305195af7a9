r"""From push to pull: all that is added to one adjoint, as one equation.

    x_bar[2*i+k] += w[k]*z_bar[i]    becomes    x_bar[p] = sum_{i,k} w[k]*z_bar[i]   where p = 2*i+k
    a_bar[l-1,k] += w[l,j,k]*z_bar[l,j]         a_bar[l,j] = sum_q w[l+1,q,j]*z_bar[l+1,q]   where l < L

Books print the pull form. A subscript that is a plain index is renamed; one with a unit
coefficient is solved for; anything else stays as a condition, which is always right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

import sympy as sp

from derive.calculus.partials import Partial
from derive.ir import (
    Derivation,
    Equation,
    Index,
    Loop,
    Tensor,
    Term,
    condition_at,
    indices_of,
    read,
    replaced,
    tensor_of,
)

LETTERS = {"axis": "qrpihguv", "sample": "spe", "layer": "r", "time": "urn"}
SPARE = (*"qrpihguvnco", "xi", "zeta", "iota", "kappa")
"""Letters for an index whose own are all taken: before a letter with a number."""


def letters_for(index: Index) -> Iterator[str]:
    """Names for an index, in the order in which a reader expects them."""
    spare = () if index.kind == "sample" else SPARE  # p and e say patterns and examples; then s_1
    return chain(LETTERS[index.kind], spare, (f"{index.name[0]}{n}" for n in range(1, 99)))


def pull(tensor: Tensor, pushes: Iterable[tuple[Equation, tuple[Loop, ...]]]) -> Equation:
    """`tensor[...] = ...` with the terms of every push to it."""
    terms: list[Term] = []
    for push, loops in pushes:
        indices = (*(loop.index for loop in loops), *push.free)
        terms.extend(_pulled(tensor, push.at, indices, term) for term in push.terms)
    return Equation(tensor.name, tuple(a.symbol for a in tensor.axes), tensor.axes, tuple(terms))


def chain_rule(derivation: Derivation, tensor: Tensor, pushes: Iterable[tuple[Equation, tuple[Loop, ...]]]) -> Equation:
    """The same sum with every derivative left as a `Partial`: dC/dx = sum dC/dz * dz/dx."""
    found: dict[tuple[sp.Expr, ...], Term] = {}
    seen: dict[sp.Expr, set[sp.Expr]] = {}
    listed = list(pushes)
    if any(push.via is None for push, _ in listed):  # no path to the cost: dC/dx = 0
        return pull(tensor, listed)
    for push, _ in listed:
        assert push.via is not None
        seen.setdefault(push.via[0], set()).add(push.via[1])
    for push, loops in listed:
        assert push.via is not None
        left, access = push.via
        bar = next(r for r in push.terms[0].body.atoms(sp.Indexed, sp.Symbol) if _is_bar(derivation, r, left))
        running = (*(loop.index for loop in loops), *_running(push))
        outer = tuple(i for i in running if i.symbol in left.free_symbols | access.free_symbols)
        if len(seen[left]) > 1:
            term = _over_all(tensor, left, access, bar, running)
        else:
            term = _pulled(tensor, push.at, outer, Term(bar * Partial(left, access), (), push.terms[0].where))
        found.setdefault((term.body, *(k.symbol for k in term.summed)), term)
    return Equation(tensor.name, tuple(a.symbol for a in tensor.axes), tensor.axes, tuple(found.values()))


def _running(push: Equation) -> tuple[Index, ...]:
    summed = {k.symbol: k for term in push.terms for k in term.summed}
    return (*push.free, *summed.values())


def _is_bar(derivation: Derivation, access: sp.Expr, left: sp.Expr) -> bool:
    tensor = derivation.by_name.get(tensor_of(access))
    return tensor is not None and tensor.of == tensor_of(left) and indices_of(access) == indices_of(left)


def _over_all(tensor: Tensor, left: sp.Expr, access: sp.Expr, bar: sp.Expr, running: tuple[Index, ...]) -> Term:
    """When one equation reads x in several places, dz/dx counts them all: sum over every z."""
    fresh = fresh_names([i for i in running if i.symbol in left.free_symbols], {a.name for a in tensor.axes})
    renaming: dict[sp.Basic, sp.Basic] = {i.symbol: new.symbol for i, new in fresh.items()}
    here = tensor_of(access)
    whole = read(here, *(a.symbol for a in tensor.axes))
    return Term(replaced(bar, renaming) * Partial(replaced(left, renaming), whole), tuple(fresh.values()))


@dataclass
class _Solution:
    """Substitutions for the push's indices, the conditions that remain, what is still summed."""

    renaming: dict[sp.Basic, sp.Basic]
    where: list[sp.Basic]
    summed: list[Index]
    known: dict[sp.Basic, sp.Basic]
    """What a condition fixes: l -> L, so that n[l] there is n[L]."""


def _pulled(tensor: Tensor, at: tuple[sp.Expr, ...], indices: tuple[Index, ...], term: Term) -> Term:
    """One pushed term as a term of the pull: subscripts `at` solved for the axes of `tensor`."""
    every = (*indices, *term.summed)
    fresh = fresh_names(every, {a.name for a in tensor.axes})
    away: dict[sp.Basic, sp.Basic] = {i.symbol: new.symbol for i, new in fresh.items() if new is not i}
    moved = [new.where(away) for new in fresh.values()]
    solution = _Solution({}, [], moved, {})
    for axis, expr in zip(tensor.axes, at, strict=True):
        _solve(axis, expr.xreplace(away), solution)

    both = {**solution.renaming, **{old: new.xreplace(solution.renaming) for old, new in away.items()}}
    where = [condition_at(condition_at(c, away), solution.renaming) for c in term.where] + solution.where
    summed = tuple(_ranged(i, lambda e: e.xreplace(away).xreplace(solution.renaming)) for i in solution.summed)
    return Term(replaced(term.body, both), summed, tuple(where))


def solved(axes: tuple[Index, ...], at: tuple[sp.Expr, ...], term: Term) -> Term:
    """The term where its subscripts `at` equal the indices `axes`: its sums lose what that fixes."""
    return _pulled(Tensor("", axes), at, (), term)


def settled(equation: Equation) -> Equation:
    """Sums over an index that a condition k = q fixes are gone: q stands in its place."""
    return replace(equation, terms=tuple(_settled(t, equation.free) for t in equation.terms))


def _settled(term: Term, free: tuple[Index, ...]) -> Term:
    ranges = {i.symbol: i for i in (*free, *term.summed)}
    for condition in term.where:
        for own, other in (condition.args, condition.args[::-1]):
            index = next((k for k in term.summed if k.symbol == own), None)
            if isinstance(condition, sp.Eq) and index is not None and other in ranges and other != own \
                    and _alike(index, ranges[other]):
                rest = replace(term, summed=tuple(k for k in term.summed if k is not index),
                               where=tuple(c for c in term.where if c is not condition))
                return _settled(rest.renamed({own: other}), free)
    return term


def _alike(one: Index, other: Index) -> bool:
    return sp.expand(one.size - other.size) == 0 and sp.expand(one.start - other.start) == 0


def _ranged(index: Index, change: Callable[[sp.Expr], sp.Expr]) -> Index:
    if index.size.is_Integer and index.start.is_Integer:
        return index
    return replace(index, size=sp.expand(change(index.size)), start=sp.expand(change(index.start)))


def _solve(axis: Index, expr: sp.Expr, solution: _Solution) -> None:
    """Use `axis = expr` to get rid of one index, or keep it as a condition."""
    expr = expr.xreplace(solution.renaming)
    for index in solution.summed:
        value = _solved(expr, index.symbol, axis.symbol)
        if value is not None:
            solution.summed = [i for i in solution.summed if i is not index]
            ranged = _ranged(index, lambda e: e.xreplace(solution.renaming))
            solution.where.extend(_inside(ranged, value, axis.where(solution.known)))
            solution.renaming = {k: v.xreplace({index.symbol: value}) for k, v in solution.renaming.items()}
            solution.renaming[index.symbol] = value
            return
    if expr != axis.symbol and not (axis.size == 1 and expr == axis.start):
        solution.where.append(sp.Eq(axis.symbol, expr, evaluate=False))
        solution.known[axis.symbol] = expr


def _solved(expr: sp.Expr, symbol: sp.Symbol, value: sp.Symbol) -> sp.Expr | None:
    """The symbol from `expr = value`, where its coefficient is 1 or -1."""
    if expr == symbol:
        return value
    step = expr.coeff(symbol)
    return sp.expand((value - (expr - step * symbol)) / step) if step in (1, -1) else None


def _inside(index: Index, value: sp.Expr, axis: Index) -> list[sp.Basic]:
    """The conditions start <= value <= last of the index, less those that the axis implies."""
    conditions: list[sp.Basic] = []
    if value.is_Symbol and index.size == axis.size and index.start == axis.start:
        return conditions
    others = value.free_symbols - {axis.symbol}
    shift = sp.expand(value - axis.symbol)
    known = not (others - shift.free_symbols) and not shift.has(axis.symbol)
    if not (known and _surely_nonnegative(axis.start + shift - index.start)):
        conditions.append(sp.Ge(axis.symbol, sp.expand(index.start - shift), evaluate=False))
    if not (known and _surely_nonnegative(index.last - axis.last - shift)):
        conditions.append(sp.Le(axis.symbol, sp.expand(index.last - shift), evaluate=False))
    return conditions


def _surely_nonnegative(expr: sp.Expr) -> bool:
    expr = sp.expand(expr)
    return bool(expr.is_Integer and expr >= 0)


def fresh_names(indices: Iterable[Index], taken: set[str]) -> dict[Index, Index]:
    """The indices under names that are not taken, in letters that a reader expects."""
    every = list(indices)
    own = {index.name: index for index in reversed(every) if index.name not in taken}
    taken, named = set(taken) | set(own), {}
    for index in every:
        name = index.name if own.get(index.name) is index else next(c for c in letters_for(index) if c not in taken)
        taken.add(name)
        named[index] = index.named(name)
    return named
