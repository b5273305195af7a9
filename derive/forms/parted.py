r"""A gradient told by the parts that an axis is made of, where windows or groups lie side by side.

    dC/dw[o,c] = sum_n x[2*n + c] dC/df[n, o - 3*n]   where 3*n <= o <= 3*n + 2
        becomes   dC/dw[3*n + e,c] = x[2*n + c] dC/df[n,e]

Each o has one n and one e, so nothing is summed over n any more; df[n,e] says how far e runs.

In: a chain of lines. Out: the same, or one with such subscripts on its left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import sympy as sp

from derive.calculus.explain import Chain, Line
from derive.calculus.reasons import along
from derive.calculus.rewrite import Reason
from derive.ir import Index, Term, indices_of, read, reads_of

LETTERS = "uvegrph"


@dataclass(frozen=True)
class Parts:
    """axis = size(inner)*outer + first + inner"""

    axis: Index
    outer: Index
    inner: Index
    first: sp.Expr

    @property
    def put(self) -> dict[sp.Basic, sp.Basic]:
        return {self.axis.symbol: self.inner.size * self.outer.symbol + self.first + self.inner.symbol}


def parted(chain: Chain) -> Chain:
    """The chain with every such axis told by its parts."""
    for axis in chain.tensor.axes:
        found = _parts(chain, axis)
        if found is not None:
            chain = replace(chain, lines=tuple(_line(chain, line, found) for line in chain.lines))
    return chain


def _parts(chain: Chain, axis: Index) -> Parts | None:
    """What the axis is made of, if every term of every line says the same."""
    terms = [term for line in chain.lines for term in line.equation.terms if term.body != 0]
    found = {_of_term(term, axis) for term in terms}
    if len(found) != 1 or (only := found.pop()) is None:
        return None
    outer, size, first = only
    if not any(_told(term, sp.expand(axis.symbol - size * outer.symbol - first)) for term in terms):
        return None
    taken = {s.name for line in chain.lines for i in line.equation.free for s in [i.symbol]}
    taken |= {s.name for t in terms for s in t.body.free_symbols if s.is_Symbol}
    taken |= {k.name for t in terms for k in t.summed}
    inner = Index(next(one for one in LETTERS if one not in taken), size)
    return Parts(axis, outer, inner, first)


def _of_term(term: Term, axis: Index) -> tuple[Index, sp.Expr, sp.Expr] | None:
    """The outer index, the size of a part and where the first begins: bounds of the axis that are linear in one sum."""
    low = [c.rhs for c in term.where if isinstance(c, sp.Ge) and c.lhs == axis.symbol]
    high = [c.rhs for c in term.where if isinstance(c, sp.Le) and c.lhs == axis.symbol]
    if len(low) != 1 or len(high) != 1:
        return None
    size = sp.expand(high[0] - low[0] + 1)
    for outer in term.summed:
        first = sp.expand(low[0] - size * outer.symbol)
        start = sp.expand(first + size * outer.start - axis.start)
        whole = start == 0 and sp.expand(size * outer.size - axis.size) == 0
        if whole and outer.symbol not in first.free_symbols:
            return outer, size, first
    return None


def _told(term: Term, inner: sp.Expr) -> bool:
    """Whether some array has the place within its part as a subscript, so that its range is known."""
    return any(sp.expand(e - inner) == 0 for r in reads_of(term.body) for e in indices_of(r))


def _line(chain: Chain, line: Line, parts: Parts) -> Line:
    """A line with the parts put in: its terms lose the sum over the outer index and its bounds."""
    equation = line.equation
    free = tuple(i for old in equation.free for i in ((parts.outer, parts.inner) if old == parts.axis else (old,)))
    at = tuple(sp.expand(e.xreplace(parts.put)) for e in equation.at)
    terms = tuple(term if term.body == 0 else _term(term, parts) for term in equation.terms)
    reason = Reason(line.reason.text, tuple(e.xreplace(parts.put) for e in line.reason.about))
    if line.rule == "chain rule" and len(terms) == 1:
        reason = along(read(chain.tensor.of or "", *at), terms[0]) or reason
    return replace(line, equation=replace(equation, at=at, free=free, terms=terms), reason=reason)


def _term(term: Term, parts: Parts) -> Term:
    summed = tuple(k for k in term.summed if k != parts.outer)
    where = tuple(c for c in term.where if c.lhs != parts.axis.symbol)
    return replace(term, summed=summed, where=where).renamed(parts.put)
