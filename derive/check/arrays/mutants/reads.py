"""Another array where one belongs: z for a, the input of another layer, dC/da for delta, W for its transpose."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import sympy as sp

from derive.check.arrays.backward import Backward
from derive.check.arrays.fault import Fault, Kind, alike, fixed, shown, swapped
from derive.functions.record import Application
from derive.ir import Equation, indices_of, read, tensor_of


def faults(backward: Backward) -> Iterator[Fault]:
    for place, equation in enumerate(backward.equations):
        target = shown(backward, equation.target)
        for access in equation.reads():
            if not isinstance(access, sp.Indexed) or _inside_slopes(equation, access):
                continue
            for turned in _transposed(backward, access):
                yield fixed(place, swapped(equation, access, turned), "transposed",
                            f"{shown(backward, access)} is transposed the wrong way round in {target}")
            for now in _now(access):
                yield fixed(place, swapped(equation, access, now), "time_off_by_one",
                            f"{target} is made with {access} of the wrong step: {now} stands for it")
            for other in alike(backward, access):
                yield fixed(place, swapped(equation, access, read(other, *indices_of(access))), "wrong_variable",
                            f"{target} is made with {shown(backward, other)} where {shown(backward, access)} belongs")


def _inside_slopes(equation: Equation, access: sp.Expr) -> bool:
    """A read that is nothing but the argument of a slope; the mutants of slopes move those."""
    hidden = {a: sp.Dummy() for term in equation.terms for a in term.body.atoms(Application)}
    return not any(term.body.xreplace(hidden).has(access) for term in equation.terms)


def _transposed(backward: Backward, access: sp.Expr) -> Iterator[sp.Expr]:
    """With two indices of the same range exchanged: W[k,j] for W[j,k], P[r,t] for P[t,r]."""
    name, at = tensor_of(access), list(indices_of(access))
    shape = _extents(backward, name)
    for one, other in combinations(range(len(shape)), 2):
        if shape[one] == shape[other] > 1 and at[one] != at[other]:
            turned = [*at]
            turned[one], turned[other] = at[other], at[one]
            yield read(name, *turned)


def _now(access: sp.Expr) -> Iterator[sp.Expr]:
    """h[t] for h[t-1]."""
    at = indices_of(access)
    for n, one in enumerate(at):
        if isinstance(one, sp.Add) and one.args[0] == -1 and one.args[1].is_Symbol:
            yield read(tensor_of(access), *at[:n], one.args[1], *at[n + 1:])


def _extents(backward: Backward, name: str) -> tuple[int, ...]:
    """How many entries each axis has; nothing where they follow the layer."""
    found: Any = {**backward.values, **backward.given, **backward.truth}.get(name, [])
    return np.shape(found) if not isinstance(found, list) else ()


ENTRY = Kind("read", 3, faults)
