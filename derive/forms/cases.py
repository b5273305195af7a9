r"""One gradient of a loop as the equations that a book prints: for l = L, and for l < L.

    dC/dz[l,j] = (a[L,j] - y[j]) f'(z[l,j])  where l = L   +   sum_q ... where l <= L - 1
        becomes   dC/dz[L,j] = (a[L,j] - y[j]) f'(z[L,j])   and   dC/dz[l,j] = sum_q ...
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import sympy as sp

from derive.explain import Chain, Line
from derive.ir import Equation, Term
from derive.rewrite import Reason

Conditions = tuple[sp.Basic, ...]


@dataclass(frozen=True)
class Case:
    """The lines of a chain that hold under the conditions, which are put into them."""

    chain: Chain
    where: Conditions = ()


def cases(chain: Chain) -> list[Case]:
    """The chain itself, or one case for each set of conditions on its layer."""
    counted = {axis.symbol for axis in chain.tensor.axes if axis.kind in ("layer", "time")}
    found: list[Conditions] = []
    for line in chain.lines:
        for term in line.equation.terms:
            where = _on(term, counted)
            if where and where not in found:
                found.append(where)
    if not found:
        return [Case(chain)]
    return [Case(replace(chain, lines=tuple(_lines(chain, where, counted))), where) for where in found]


def _on(term: Term, counted: set[sp.Symbol]) -> Conditions:
    return tuple(c for c in term.where if c.free_symbols & counted and not c.free_symbols & {k.symbol for k in term.summed})


def _lines(chain: Chain, where: Conditions, counted: set[sp.Symbol]) -> Iterator[Line]:
    """The lines in which something changes in this case."""
    put: dict[sp.Basic, sp.Basic] = {c.lhs: c.rhs for c in where if isinstance(c, sp.Eq)}
    last: Equation | None = None
    for line in chain.lines:
        kept = tuple(_settled(t, put, where) for t in line.equation.terms if _on(t, counted) in ((), where))
        equation = replace(line.equation, terms=kept, at=tuple(e.xreplace(put) for e in line.equation.at))
        if last is None or equation.terms != last.terms:
            about = tuple(e.xreplace(put) for e in line.reason.about)
            yield replace(line, equation=equation, reason=Reason(line.reason.text, about))
        last = equation


def _settled(term: Term, put: dict[sp.Basic, sp.Basic], where: Conditions) -> Term:
    rest = replace(term, where=tuple(c for c in term.where if c not in where))
    return rest.renamed(put) if put else rest
