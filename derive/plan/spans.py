"""A loop over time in parts, in each of which every condition of its equations holds or does not.

    for t = 1..20: [t <= 19] e[t+1] + [t = 20] d        is        for t = 1..19: e[t+1];    d at t = 20

In: a loop. Out: the ranges of its parts, one after the other; an equation at the only time of one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sympy as sp

from derive.codegen.ranged import holds
from derive.ir import Equation, Index, Loop, equations_of


class NotInSteps(Exception):
    """A loop that is no loop of whole statements: plain text would have to read what has its time in front."""


def spans(loop: Loop) -> Iterator[Index]:
    """The parts of a loop's range in each of which every condition holds or does not."""
    index = loop.index
    if not (index.start.is_Integer and index.size.is_Integer):
        raise NotInSteps("a loop of any length")
    times = range(int(index.start), int(index.last) + 1)
    where = [c for e in equations_of(loop.body) for t in e.terms for c in t.where]

    def said(t: int) -> list[bool | None]:
        return [holds(c, {index.symbol: replace(index, start=sp.Integer(t), size=sp.Integer(1))}) for c in where]

    begin = times.start
    for t in times:
        if t + 1 == times.stop or said(t) != said(t + 1):
            yield replace(index, start=sp.Integer(begin), size=sp.Integer(t + 1 - begin))
            begin = t + 1


def at_only_time(equation: Equation, span: Index) -> Equation:
    """The equation at the only time of a range."""
    put: dict[sp.Basic, sp.Basic] = {span.symbol: span.start}
    return replace(equation, at=tuple(e.xreplace(put) for e in equation.at),
                   terms=tuple(t.renamed(put) for t in equation.terms))
