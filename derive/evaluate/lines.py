"""One printed line: both sides of an equation as numbers, with local derivatives taken numerically.

In: a derivation, the arrays of all its tensors, one equation. Out: the value of its right side (or of
its left) over its free indices. `Partial(z[j], w[j,k])` in a line is the local derivative of the
equation that defines z, everything else held; here it is a complex step through that equation:

    d z[j] / d w[j,k] = Im z[j](w[j,k] + ih) / h
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from derive.errors import DeriveError
from derive.evaluate.body import State, array_of, places_in
from derive.evaluate.interpreter import place, precision, right_side, settled, write
from derive.evaluate.numbers import number_kind
from derive.evaluate.sizes import Places, position
from derive.ir import Derivation, Equation, Loop, index_symbol, indices_of, tensor_of

STEP = 1e-20


def evaluate_line(derivation: Derivation, values: Mapping[str, Any], equation: Equation, *,
                  at: Mapping[str, int] | None = None, sizes: Mapping[str, Any] | None = None,
                  number: str = "float64") -> Any:
    """The right side of the equation over its free indices; `at` sets indices of loops around it ({"l": 2})."""
    with precision(number), np.errstate(all="ignore"):
        state = filled(derivation, values, sizes, number)
        return right_side(equation, _places(at), state)


def evaluate_left(derivation: Derivation, values: Mapping[str, Any], equation: Equation, *,
                  at: Mapping[str, int] | None = None, sizes: Mapping[str, Any] | None = None,
                  number: str = "float64") -> Any:
    """What `values` hold for the left side of the equation, over its free indices."""
    left = replace(equation, terms=(replace(equation.terms[0], body=equation.lhs, summed=(), where=()),))
    return evaluate_line(derivation, values, left, at=at, sizes=sizes, number=number)


def filled(derivation: Derivation, values: Mapping[str, Any], sizes: Mapping[str, Any] | None, number: str) -> State:
    """The state in which every tensor has the value given, computed ones too."""
    known = {name: array for name, array in values.items() if name in derivation.by_name}
    kind = number_kind(number)
    state = State(derivation, kind, settled(derivation, known, sizes), nodes={"Partial": _Partials().at})
    for name, array in known.items():
        place(state, derivation.tensor(name), array)
    for tensor in derivation.tensors:
        if tensor.value is not None and tensor.name not in known:
            place(state, tensor, kind.constant(tensor.value))
    return state


def _places(at: Mapping[str, int] | None) -> Places:
    return {index_symbol(name): int(now) for name, now in (at or {}).items()}


class _Partials:
    """The columns of local Jacobians, each computed once: d(all of the target)/d(one entry)."""

    def __init__(self) -> None:
        self.columns: dict[tuple[str, str, tuple[int, ...]], Any] = {}
        self.base: State | None = None

    def at(self, node: sp.Expr, at: Places, state: State) -> Any:
        """Partial(target, read) at each of the places."""
        if self.base is None:
            self.base = _complex(state)
        target, access = (tensor_of(a) for a in node.args)
        above, below = (_entries(a, at, state) for a in node.args)
        shape = np.broadcast_shapes(*(np.shape(p) for p in (*above, *below)))
        result = np.zeros(shape)
        for spot in np.ndindex(shape):
            row, entry = (tuple(int(np.broadcast_to(p, shape)[spot]) for p in side) for side in (above, below))
            if (target, access, entry) not in self.columns:
                self.columns[target, access, entry] = local_column(target, access, entry, self.base)
            result[spot] = self.columns[target, access, entry][row]
        return state.number.convert(result)[()]


def _entries(access: sp.Expr, at: Places, state: State) -> tuple[Any, ...]:
    array_of(tensor_of(access), state)
    return places_in(tensor_of(access), indices_of(access), at, state)


def _complex(state: State) -> State:
    kind = number_kind("complex128")
    arrays = {name: kind.convert(array) for name, array in state.arrays.items()}
    return replace(state, number=kind, arrays=arrays, nodes={})


def local_column(target: str, name: str, entry: tuple[int, ...], base: State) -> Any:
    """The derivative of every entry of `target` by its own equations alone, for one entry of tensor `name`.

    All reads see the stored values, so that nothing but the one entry moves, also where a loop reads
    what it wrote (h[t-1] while h is written).
    """
    definitions = base.derivation.defining(target)
    if not definitions:
        raise DeriveError(f"'{target}' has no equation, so it has no partial derivatives")
    moved = base.arrays[name].copy()
    moved[entry] += 1j * STEP
    state = replace(base, arrays={**base.arrays, name: moved})
    result = np.zeros(base.arrays[target].shape, dtype=complex)
    for equation, loops in definitions:
        for at in _passes(loops, {}, state):
            write(equation, at, state, result)
    return result.imag / STEP


def _passes(loops: tuple[Loop, ...], at: Places, state: State) -> Iterator[Places]:
    """Every setting of the loop indices around an equation."""
    if not loops:
        yield at
        return
    index = loops[0].index
    first, size = position(index.start, at, state.sizes), position(index.size, at, state.sizes)
    for now in range(first, first + size):
        yield from _passes(loops[1:], {**at, index.symbol: now}, state)
