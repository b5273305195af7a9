r"""One gradient of a loop as the equations that a book prints: for l = L, and for l < L.

    dC/dz[l,j] = (a[L,j] - y[j]) f'(z[l,j])  where l = L   +   sum_q ... where l <= L - 1
        becomes   dC/dz[L,j] = (a[L,j] - y[j]) f'(z[L,j])   and   dC/dz[l,j] = sum_q ...
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import sympy as sp

from derive.calculus.explain import Chain, Line
from derive.calculus.partials import Partial
from derive.calculus.rewrite import Reason
from derive.ir import Equation, Term, condition_at, read

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


def _lines(chain: Chain, where: Conditions, counted: set[sp.Symbol]) -> Iterator[Line]:
    """The lines in which something changes in this case."""
    put: dict[sp.Basic, sp.Basic] = {c.lhs: c.rhs for c in where if isinstance(c, sp.Eq)}
    last: Equation | None = None
    for line in chain.lines:
        kept = tuple(_settled(t, put, where) for t in line.equation.terms if _on(t, counted) in ((), where))
        equation = replace(line.equation, terms=kept, at=tuple(e.xreplace(put) for e in line.equation.at))
        if last is None or equation.terms != last.terms:
            yield replace(line, equation=equation, reason=_reason(chain, line, equation, put))
        last = equation


def _reason(chain: Chain, line: Line, equation: Equation, put: dict[sp.Basic, sp.Basic]) -> Reason:
    """The reason as it is in this case: of several paths there may be only one left."""
    here = read(chain.tensor.of or "", *equation.at)
    through = [p.args[0] for t in equation.terms for p in sorted(t.body.atoms(Partial), key=str) if p.args[1] == here]
    if line.rule == "chain rule" and len(equation.terms) == 1 and len(through) == 1:
        return why(here, through[0], equation.terms[0])
    return Reason(line.reason.text, tuple(e.xreplace(put) for e in line.reason.about))


def why(here: sp.Expr, through: sp.Expr, term: Term) -> Reason:
    """The chain rule in words, for one path."""
    if isinstance(through, sp.Symbol):
        return Reason("the cost reads {0} itself", (here,))
    own = through.free_symbols - here.free_symbols
    if any(k.symbol in own for k in term.summed):
        return Reason("{0} feeds every {1}: sum over all of them", (here, through))
    return Reason("{0} reaches the cost only through {1}", (here, through))


def _settled(term: Term, put: dict[sp.Basic, sp.Basic], where: Conditions) -> Term:
    rest = replace(term, where=tuple(c for c in term.where if c not in where))
    return rest.renamed(put) if put else rest
