"""An equation in other letters, all exchanged at once.

    g[o,i] = sum_r w[r,o]*d[r,i]     with o -> c, r -> o     becomes     g[c,i] = sum_o w[o,c]*d[o,i]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sympy as sp

from derive.calculus.explain import Line
from derive.calculus.rewrite import Reason
from derive.ir import Equation, Index, Term, condition_at, index_symbol, replaced


def relettered(equation: Equation, letters: Mapping[str, str]) -> Equation:
    """The equation with indices, free and summed, under other names."""
    put: dict[sp.Basic, sp.Basic] = {index_symbol(old): index_symbol(new) for old, new in letters.items()}

    def named(index: Index) -> Index:
        return index.where(put).named(letters.get(index.name, index.name))

    def term(one: Term) -> Term:
        return Term(replaced(one.body, put), tuple(map(named, one.summed)),
                    tuple(condition_at(c, put) for c in one.where), one.by)

    return replace(equation, at=tuple(e.xreplace(put) for e in equation.at), free=tuple(map(named, equation.free)),
                   terms=tuple(map(term, equation.terms)))


def line_in(line: Line, letters: Mapping[str, str]) -> Line:
    """A line of a chain, its equation and its reason in the same letters."""
    return replace(line, equation=relettered(line.equation, letters),
                   reason=Reason(line.reason.text, said(line.reason.about, letters)))


def said(about: tuple[sp.Expr, ...], letters: Mapping[str, str]) -> tuple[sp.Expr, ...]:
    """The formulas of a sentence in the same letters."""
    put: dict[sp.Basic, sp.Basic] = {index_symbol(old): index_symbol(new) for old, new in letters.items()}
    return tuple(replaced(one, put) for one in about)
