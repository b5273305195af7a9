r"""From one example to a minibatch of m: the sample index.

    C = c(x, y, w) + R(w)      becomes      C = 1/m sum_s c(x[s], y[s], w) + R(w)

The sample index s is an ordinary index. Data and all that depends on them carry it, parameters
do not; so the sum over the examples in dC/dw falls out of the one rule of reverse mode.
"""

from __future__ import annotations

from itertools import chain, count

import sympy as sp

from derive.errors import DeriveError
from derive.ir import Derivation, Index, size_symbol
from derive.model.repeated import from_data, repeated

LETTERS = ("s", "i", "e", "s_")


def over_samples(derivation: Derivation, mean: bool = True) -> Derivation:
    """The cost averaged (or summed) over m examples.

    A derivation that has samples already, or whose cost depends on no data, stays as it is.
    """
    if sample_index(derivation) is not None or derivation.cost not in from_data(derivation):
        return derivation
    sample = _new_index(derivation)
    return repeated(derivation, sample, 1 / sample.size if mean else sp.Integer(1))


def sample_index(derivation: Derivation) -> Index | None:
    """The sample index of a derivation, if it has one."""
    return next((a for t in derivation.tensors for a in t.axes if a.kind == "sample"), None)


def _new_index(derivation: Derivation) -> Index:
    taken = set(derivation.by_name) | {a.name for t in derivation.tensors for a in t.axes}
    taken |= {i.name for e in derivation.equations() for i in (*e.free, *(k for t in e.terms for k in t.summed))}
    sizes = {str(s) for t in derivation.tensors for a in t.axes for s in a.size.free_symbols}
    name = next(letter for letter in chain(LETTERS, (f"s{n}" for n in count(1))) if letter not in taken)
    if "m" in sizes | taken:
        raise DeriveError("'m' is the number of examples and cannot name a size or value as well",
                          do="Give the size another name.")
    return Index(name, size_symbol("m"), kind="sample")
