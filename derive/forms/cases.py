r"""One gradient of a loop as the equations that a book prints: for l = L, and for l < L.

    dC/dz[l,j] = (a[L,j] - y[j]) f'(z[l,j])  where l = L   +   sum_q ... where l <= L - 1
        becomes   dC/dz[L,j] = (a[L,j] - y[j]) f'(z[L,j])   and   dC/dz[l,j] = sum_q ...
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import sympy as sp

from derive.calculus.explain import Chain, Line
from derive.calculus.reasons import along
from derive.calculus.rewrite import Reason
from derive.forms.parted import parted
from derive.ir import Equation, Index, Term, condition_at, read

Conditions = tuple[sp.Basic, ...]


@dataclass(frozen=True)
class Case:
    """The lines of a chain that hold under the conditions, which are put into them."""

    chain: Chain
    where: Conditions = ()


def cases(chain: Chain) -> list[Case]:
    """The chain itself, or one case for each set of conditions on its layer."""
    chain = parted(chain)
    counted = {axis.symbol for axis in chain.tensor.axes if axis.kind in ("layer", "time")}
    every = list(dict.fromkeys(_on(t, counted) for line in chain.lines for t in line.equation.terms))
    found = [where for where in every if where]
    if not found:
        return [Case(replace(chain, lines=tuple(replace(line, reason=_reason(chain, line, line.equation, {}))
                                                for line in chain.lines)))]
    parts = (regions(chain.result.free, every) if () in every else None) or [(where, [where, ()]) for where in found]
    return [Case(replace(chain, lines=tuple(_lines(chain, where, holds, counted))), where) for where, holds in parts]


def regions(free: tuple[Index, ...], every: list[Conditions]) -> list[tuple[Conditions, list[Conditions]]] | None:
    """The parts of an index's range, last to first, each with the conditions that hold all over it.

    Terms with t <= T - 1 and terms without a condition:  t = T with the latter,  t <= T - 1 with both.
    """
    found = {c.lhs for where in every for c in where}
    index = next((i for i in free if {i.symbol} == found), None)
    if index is None:
        return None
    spans = {where: _span(index, where) for where in every}
    begins = list(dict.fromkeys(sp.expand(b) for low, high in spans.values() for b in (low, high + 1)))
    inner = [b for b in begins if not _below(index.last, b)]
    if any(not (a == b or _below(a, b) or _below(b, a)) for a in inner for b in inner):
        return None
    ordered = sorted(inner, key=lambda b: sum(_below(a, b) for a in inner))
    parts: list[tuple[Conditions, list[Conditions]]] = []
    for low, after in zip(ordered, [*ordered[1:], index.last + 1], strict=True):
        high = sp.expand(after - 1)
        holds = [w for w, (first, last) in spans.items() if not _below(low, first) and not _below(last, high)]
        parts.insert(0, (_said(index, low, high), holds))
    return parts


def _span(index: Index, where: Conditions) -> tuple[sp.Expr, sp.Expr]:
    """The first and last value of the index for which the conditions hold."""
    low = next((c.rhs for c in where if isinstance(c, sp.Eq | sp.Ge)), index.start)
    return sp.expand(low), sp.expand(next((c.rhs for c in where if isinstance(c, sp.Eq | sp.Le)), index.last))


def _below(one: sp.Expr, other: sp.Expr) -> bool:
    return bool(sp.expand(other - one).is_positive)


def _said(index: Index, low: sp.Expr, high: sp.Expr) -> Conditions:
    if low == high:
        return (sp.Eq(index.symbol, low, evaluate=False),)
    lower = () if low == index.start else (sp.Ge(index.symbol, low, evaluate=False),)
    return lower if high == sp.expand(index.last) else (*lower, sp.Le(index.symbol, high, evaluate=False))


def renumbered(case: Case, shift: int) -> Case:
    """The same case told of layer l where the notation calls layer l - shift so: l - shift in place of l."""
    layer = next((axis.symbol for axis in case.chain.tensor.axes if axis.kind == "layer"), None)
    if layer is None or not shift:
        return case
    put: dict[sp.Basic, sp.Basic] = {layer: layer - shift}

    def moved(line: Line) -> Line:
        equation = replace(line.equation, terms=tuple(t.renamed(put) for t in line.equation.terms),
                           at=tuple(e.xreplace(put) for e in line.equation.at))
        return replace(line, equation=equation,
                       reason=Reason(line.reason.text, tuple(e.xreplace(put) for e in line.reason.about)))

    chain = replace(case.chain, lines=tuple(moved(line) for line in case.chain.lines))
    return Case(chain, tuple(condition_at(c, put) for c in case.where))


def _on(term: Term, counted: set[sp.Symbol]) -> Conditions:
    bound = {k.symbol for k in term.summed}
    return tuple(c for c in term.where if c.free_symbols & counted and not c.free_symbols & bound)


def _lines(chain: Chain, where: Conditions, holds: list[Conditions], counted: set[sp.Symbol]) -> Iterator[Line]:
    """The lines in which something changes in this case."""
    put: dict[sp.Basic, sp.Basic] = {c.lhs: c.rhs for c in where if isinstance(c, sp.Eq)}
    last: Equation | None = None
    for line in chain.lines:
        kept = tuple(_settled(t, put, on) for t in line.equation.terms if (on := _on(t, counted)) in holds)
        equation = replace(line.equation, terms=kept, at=tuple(e.xreplace(put) for e in line.equation.at))
        if last is None or equation.terms != last.terms:
            yield replace(line, equation=equation, reason=_reason(chain, line, equation, put))
        last = equation


def _reason(chain: Chain, line: Line, equation: Equation, put: dict[sp.Basic, sp.Basic]) -> Reason:
    """The reason as it is in this case: of several paths there may be only one left."""
    if line.rule == "chain rule" and len(equation.terms) == 1:
        said = along(read(chain.tensor.of or "", *equation.at), equation.terms[0])
        if said is not None:
            return said
    return Reason(line.reason.text, tuple(e.xreplace(put) for e in line.reason.about))


def _settled(term: Term, put: dict[sp.Basic, sp.Basic], where: Conditions) -> Term:
    rest = replace(term, where=tuple(c for c in term.where if c not in where))
    return rest.renamed(put) if put else rest
