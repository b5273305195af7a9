"""Conditions that the range of a loop settles: in a loop over t = 1, ..., T nothing asks whether t >= 1.

In: the statements of a derivation. Out: the same, less the conditions that always hold and the terms that never do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import sympy as sp

from derive.ir import Equation, Index, Statement, Term


def ranged(statements: Iterable[Statement], around: tuple[Index, ...] = ()) -> Iterator[Statement]:
    for statement in statements:
        if isinstance(statement, Equation):
            yield settled_within(statement, around)
        else:
            yield replace(statement, body=tuple(ranged(statement.body, (*around, statement.index))))


def settled_within(equation: Equation, indices: Iterable[Index]) -> Equation:
    """The equation where these indices run over their ranges."""
    within = {i.symbol: i for i in indices}
    terms = [t for term in equation.terms if (t := _settled(term, within)) is not None]
    return replace(equation, terms=tuple(terms) or (Term(sp.Integer(0)),))


def _settled(term: Term, within: dict[sp.Symbol, Index]) -> Term | None:
    """The term without what always holds; None where it never counts."""
    verdicts = [(c, holds(c, within)) for c in term.where]
    if any(verdict is False for _, verdict in verdicts):
        return None
    return replace(term, where=tuple(c for c, verdict in verdicts if verdict is None))


def holds(condition: sp.Basic, within: dict[sp.Symbol, Index]) -> bool | None:
    """Whether t <= c, t >= c or t = c holds for every t of a range, or for none; None where it depends."""
    distance = sp.expand(condition.lhs - condition.rhs)
    counted = [s for s in distance.free_symbols if s in within]
    if len(counted) != 1 or abs(distance.coeff(counted[0])) != 1:
        return None
    index = within[counted[0]]
    ends = [sp.expand(distance.xreplace({index.symbol: end})) for end in (index.start, index.last)]
    if isinstance(condition, sp.Equality):
        away = all(e.is_positive for e in ends) or all(e.is_negative for e in ends)
        return True if ends == [0, 0] else False if away else None
    if isinstance(condition, sp.GreaterThan):
        ends = [-e for e in ends]
    elif not isinstance(condition, sp.LessThan):
        return None
    return True if all(e.is_nonpositive for e in ends) else False if all(e.is_positive for e in ends) else None
