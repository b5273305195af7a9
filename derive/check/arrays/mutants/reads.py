"""Another array where one belongs: z for a, the input of another layer, dC/da for delta, W for its transpose."""

from __future__ import annotations

from collections.abc import Iterator
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
            if _square(backward, access):
                turned = read(tensor_of(access), *reversed(indices_of(access)))
                yield fixed(place, swapped(equation, access, turned), "transposed",
                            f"{shown(backward, access)} is transposed the wrong way round in {target}")
            for other in alike(backward, access):
                yield fixed(place, swapped(equation, access, read(other, *indices_of(access))), "wrong_variable",
                            f"{target} is made with {shown(backward, other)} where {shown(backward, access)} belongs")


def _inside_slopes(equation: Equation, access: sp.Expr) -> bool:
    """A read that is nothing but the argument of a slope; the mutants of slopes move those."""
    hidden = {a: sp.Dummy() for term in equation.terms for a in term.body.atoms(Application)}
    return not any(term.body.xreplace(hidden).has(access) for term in equation.terms)


def _square(backward: Backward, access: sp.Expr) -> bool:
    given: Any = backward.given.get(tensor_of(access))
    shape: tuple[int, ...] = np.shape(given) if not isinstance(given, list) else ()
    return len(shape) == 2 and len({*shape}) == 1


ENTRY = Kind("read", 3, faults)
