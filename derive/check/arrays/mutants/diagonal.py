"""Only the diagonal of a Jacobian: of a sum over all entries each entry gets back its own term alone.

    dC/dz = a*(1 - a)*dC/da     for     a*(dC/da - sum(dC/da*a)),  a softmax of z
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

import sympy as sp

from derive.check.arrays.backward import Backward
from derive.check.arrays.fault import Fault, Kind, fixed, shown
from derive.ir import Equation, Index, Term, indices_of, tensor_of


def faults(backward: Backward) -> Iterator[Fault]:
    equations = backward.equations
    for place, equation in enumerate(equations):
        for sums in equations:
            bar = next((r for r in equation.reads() if tensor_of(r) == sums.target), None)
            if bar is not None and len(sums.terms) == len(equation.terms) == 1:
                for alone in _own_terms(equation, bar, sums):
                    yield fixed(place, alone, "diagonal", _said(backward, sums, equation))


def _own_terms(equation: Equation, bar: sp.Expr, sums: Equation) -> Iterator[Equation]:
    """The equation with the summand of its own entry in place of the sum."""
    inner, outer = sums.terms[0], equation.terms[0]
    free = [k for k in equation.free if not bar.has(k.symbol)]
    for own in permutations(free, len(inner.summed)):
        if inner.summed and all(map(_alike, inner.summed, own)):
            there = dict(zip(indices_of(sums.lhs), indices_of(bar), strict=True))
            there |= {k.symbol: o.symbol for k, o in zip(inner.summed, own, strict=True)}
            body = outer.body.xreplace({bar: inner.body.xreplace(there)})
            yield replace(equation, terms=(Term(body, outer.summed, outer.where),))


def _alike(one: Index, other: Index) -> bool:
    return (one.kind, one.size, one.start) == (other.kind, other.size, other.start)


def _said(backward: Backward, sums: Equation, equation: Equation) -> str:
    above = shown(backward, tensor_of(sums.via[0])) if sums.via else "what follows"
    names = {bar: name for name, bar in backward.bars.items()}
    through, of = names.get(sums.target, sums.target), names.get(equation.target, equation.target)
    return (f"only the diagonal of the Jacobian counts: every entry of {above} depends on every entry of {of}, through "
            f"{through}, so {shown(backward, equation.target)} needs the sum over all of them")


ENTRY = Kind("diagonal", 3, faults)
