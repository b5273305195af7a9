"""A factor that was forgotten, or that stands behind a sum where it belongs before it.

    dx = d     for     d*mask/keep             g*(d - mean(d))     for     g*d - mean(g*d)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod

import sympy as sp

from derive.check.arrays.backward import Backward, Edits
from derive.check.arrays.fault import Fault, Kind, fixed, scaled, several, shown
from derive.functions.record import Application
from derive.ir import Equation, Term, indices_of, reads_of, tensor_of


def faults(backward: Backward) -> Iterator[Fault]:
    bars = set(backward.bars.values())
    for place, equation in enumerate(backward.equations):
        for number, term in enumerate(equation.terms):
            for factor in sp.Mul.make_args(term.body):
                if _optional(term, factor, bars):
                    rest = replace(term, body=term.body / factor)
                    without = replace(equation, terms=(*equation.terms[:number], rest, *equation.terms[number + 1:]))
                    yield from _without(backward, place, without, factor)


def _optional(term: Term, factor: sp.Expr, bars: set[str]) -> bool:
    """No adjoint, no slope, and all that is summed over still stands in the others."""
    reads = reads_of(factor)
    summed = {k.symbol for k in term.summed}
    kept = {s for r in reads_of(term.body / factor) for s in r.free_symbols}
    slopes = any(a.order == 1 for a in factor.atoms(Application))
    return bool(reads) and not slopes and not bars & {tensor_of(r) for r in reads} \
        and not (summed & factor.free_symbols) - kept


def _without(backward: Backward, place: int, without: Equation, factor: sp.Expr) -> Iterator[Fault]:
    name, target = shown(backward, factor), shown(backward, without.target)
    yield fixed(place, without, "missing_factor", f"the factor {name} is missing in {target}")
    yield from _averaged(place, without, name, target)
    yield from _behind(backward, place, without, factor)


def _averaged(place: int, without: Equation, name: str, target: str) -> Iterator[Fault]:
    """An equal share for all places of a window, whichever of them is the greatest."""
    above = without.via[0] if without.via else sp.Integer(0)
    window = prod(k.size for k in without.free if not above.has(k.symbol))
    if isinstance(window, sp.Integer) and window > 1:
        said = f"in {target} all places get an equal share: the factor {name} says which of them it comes from"
        yield fixed(place, scaled(without, 1 / window), "missing_factor", said)


def _behind(backward: Backward, place: int, without: Equation, factor: sp.Expr) -> Iterator[Fault]:
    """The factor on all that some later gradient is made of."""
    later = backward.touched({place: (without,)}) - {without.target}
    needed = {s for r in reads_of(factor) for at in indices_of(r) for s in at.free_symbols}
    for bar in sorted(later):
        places = [n for n, e in enumerate(backward.equations) if e.target == bar]
        if all(needed <= set().union(*(at.free_symbols for at in indices_of(backward.equations[n].lhs)))
               for n in places):
            edits: Edits = {place: (without,), **{n: (scaled(backward.equations[n], factor),) for n in places}}
            said = (f"the factor {shown(backward, factor)} stands on the whole of {shown(backward, bar)}: it "
                    f"belongs to {shown(backward, without.target)}, before anything is added up")
            yield several(edits, "missing_factor", said)


ENTRY = Kind("lost", 4, faults)
