r"""An equation without its indices and sums: one equation for each entry, each sum term by term.

    z[j] = sum_k w[j,k]*x[k]     becomes     z[0] = w[0,0]*x[0] + w[0,1]*x[1],   z[1] = ...
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import product

import sympy as sp

from derive.functions.record import maximum
from derive.ir import Equation, Index, Term, condition_at, reads_of

Places = Mapping[sp.Basic, sp.Basic]


def entries(equation: Equation) -> Iterator[Equation]:
    """Every entry in order; the sizes must be numbers."""
    for at in places(equation.free):
        yield written_out(equation, at)


def written_out(equation: Equation, at: Places) -> Equation:
    """The entry at these values of the free indices, with every sum written out."""
    terms = [one for term in equation.terms for one in summands(term, at)]
    return replace(equation, at=tuple(e.xreplace(dict(at)) for e in equation.at), free=(),
                   terms=tuple(terms) or (Term(sp.Integer(0)),))


def summands(term: Term, at: Places) -> Iterator[Term]:
    """The summands whose conditions hold, what data decide, x[t] = v, stays a condition; of a maximum the one term."""
    found = _each(term, at)
    yield from [Term(reduce(maximum, [one.body for one in found]))] if term.by == "max" else found


def _each(term: Term, at: Places) -> Iterator[Term]:
    """The term at every setting of the indices that it is summed over."""
    for inner in places(term.summed):
        put = {**at, **inner}
        open_ = tuple(condition_at(c, put) for c in term.where if reads_of(c))
        if all(c.xreplace(put) == sp.true for c in term.where if not reads_of(c)):
            yield Term(term.body.xreplace(put), where=open_)


def places(indices: Sequence[Index]) -> Iterator[Places]:
    """Every setting of the indices."""
    ranges = [range(int(k.start), int(k.start) + int(k.size)) for k in indices]
    for numbers in product(*ranges):
        yield {k.symbol: sp.Integer(n) for k, n in zip(indices, numbers, strict=True)}
