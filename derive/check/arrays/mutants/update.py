"""Weights changed too early: the error is sent back through W after its step, W - eta*dC/dW."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from derive.check.arrays.backward import Backward, Edits
from derive.check.arrays.fault import Fault, Kind, shown, swapped
from derive.ir import Equation, indices_of, read, tensor_of


def faults(backward: Backward) -> Iterator[Fault]:
    equations = backward.equations
    parameters = {t.name for t in backward.model.of_role("parameter")}
    for place, equation in enumerate(equations):
        for access in equation.reads():
            name = tensor_of(access)
            if name in parameters and equation.target not in (backward.bars.get(p) for p in sorted(parameters)):
                fault = _stepped(backward, place, equation, access)
                if fault is not None:
                    yield fault


def _stepped(backward: Backward, place: int, equation: Equation, access: sp.Expr) -> Fault | None:
    bar = backward.bars.get(tensor_of(access))
    written = [n for n, e in enumerate(backward.equations) if e.target == bar]
    if bar is None or not written:
        return None
    after, last = max(written[-1], place), backward.equations[written[-1]]

    def edit(eta: float) -> Edits:
        stepped = swapped(equation, access, access - sp.Float(eta, 17) * read(bar, *indices_of(access)))
        return {place: (stepped,)} if after == place else {place: (), after: (last, stepped)}

    name = tensor_of(access)
    return Fault(edit, lambda eta: ("updated_early", f"{shown(backward, equation.target)} is made with {name} after "
                                    f"its step ({name} - {eta:.4g}*{shown(backward, bar)}): all gradients come first, "
                                    "the steps after"), fitted=True)


ENTRY = Kind("update", 5, faults)
