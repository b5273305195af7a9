"""A kernel the wrong way round: w[K - 1 - u] for w[u], in the gradient of what the windows read.

    dx[i + u] += w[K - 1 - u]*d[i]     for     w[u]*d[i]
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from derive.check.arrays.backward import Backward
from derive.check.arrays.fault import Fault, Kind, fixed, shown, swapped
from derive.ir import Equation, Index, indices_of, read, tensor_of


def faults(backward: Backward) -> Iterator[Fault]:
    for place, equation in enumerate(backward.equations):
        offsets = _offsets(equation)
        for access in equation.reads():
            turning = {k.symbol: 2*k.start + k.size - 1 - k.symbol for k in offsets if k.symbol in indices_of(access)}
            if turning:
                turned = read(tensor_of(access), *(at.xreplace(turning) for at in indices_of(access)))
                yield fixed(place, swapped(equation, access, turned), "flipped_kernel",
                            f"{shown(backward, access)} is turned round in {shown(backward, equation.target)}: what an "
                            "entry multiplied on the way there goes back through the same entry")


def _offsets(equation: Equation) -> list[Index]:
    """The indices that run through a window: they stand in a subscript beside another."""
    sums = [at for access in (equation.lhs, *equation.reads()) for at in indices_of(access) if isinstance(at, sp.Add)]
    every = [*equation.free, *(k for term in equation.terms for k in term.summed)]
    return [k for k in dict.fromkeys(every) if any(at.coeff(k.symbol) == 1 for at in sums)]


ENTRY = Kind("flipped", 3, faults)
