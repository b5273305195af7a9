"""The reference interpreter: executes the statements in order, exactly as they read.

In: a derivation, arrays for what is given, sizes. Out: the array of every tensor.

    lhs[I] (= or +=) sum over terms of sum_K body(I, K), only where the conditions hold

Every index of an equation gets an axis of its own in an open grid; the body is broadcast over the whole
grid and summed over K. Nothing is contracted, reordered or simplified: this is the oracle.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np
import sympy as sp

from derive.errors import DeriveError, nearest
from derive.evaluate.body import State, places_in, value
from derive.evaluate.grid import Grid
from derive.evaluate.numbers import DIGITS, Number, number_kind
from derive.evaluate.sizes import Places, Sizes, position
from derive.evaluate.storage import constraints, dense, extents, outline_of, outside, starts, whole_numbers
from derive.ir import Derivation, Equation, Index, Statement, Tensor, Term, all_reads
from derive.ir.derivation import GIVEN


def evaluate(derivation: Derivation, given: Mapping[str, Any], sizes: Mapping[str, Any] | None = None,
             number: str = "float64") -> dict[str, Any]:
    """The array of every tensor; a ragged tensor (sizes that follow the layer) is a list of arrays.

    `sizes` gives what the arrays leave open: {"L": 3, "n": [4, 3, 3, 2]} (n[0] first). `number` is
    float64, complex128, exact (Fractions) or mpmath (50 digits).
    """
    return Interpreter(derivation, number).run(given, sizes)


class Interpreter:
    """One derivation in one kind of number, ready to run."""

    def __init__(self, derivation: Derivation, number: str | Number = "float64") -> None:
        self.derivation, self.number = derivation, number_kind(number)
        self.read = all_reads(derivation.statements)
        self.assigned = {e.target for e in derivation.equations() if e.op == "="}
        self.computed = {e.target for e in derivation.equations()}
        self.outline, self.shapes = "", dict[str, tuple[int, ...]]()
        self.state = State(derivation, self.number, Sizes({}))

    def run(self, given: Mapping[str, Any], sizes: Mapping[str, Any] | None = None) -> dict[str, Any]:
        with precision(self.number.name), np.errstate(all="ignore"):
            state = self.start(given, sizes)
            execute(self.derivation.statements, {}, state)
            tensors = (self.derivation.tensor(name) for name in state.arrays)
            return {tensor.name: outside(tensor, state.arrays[tensor.name], state.sizes) for tensor in tensors}

    def start(self, given: Mapping[str, Any], sizes: Mapping[str, Any] | None = None) -> State:
        """Sizes settled, given arrays in place, the others zero or not yet written."""
        known = self._given(given)
        state = self._laid_out(known, sizes)
        for name, array in known.items():
            _given_array(self.derivation.tensor(name), array, state)
        for name, shape in self.shapes.items():
            fill = self.number.unwritten if name in self.assigned else self.number.constant(sp.Integer(0))
            state.arrays[name] = np.full(shape, fill, dtype=self.number.dtype)
        return state

    def _laid_out(self, known: Mapping[str, Any], sizes: Mapping[str, Any] | None) -> State:
        """Sizes, shapes and starts: worked out again only when the shapes given are others than the last time."""
        outline = repr(([(name, outline_of(array)) for name, array in known.items()], sizes))
        if outline != self.outline:
            found = settled(self.derivation, known, sizes)
            tensors = [t for t in self.derivation.tensors if t.name in known or t.name in self.computed]
            self.shapes = {t.name: extents(t, found) for t in tensors if t.name not in known}
            self.state = State(self.derivation, self.number, found, starts={t.name: starts(t, found) for t in tensors})
            self.outline = outline
        return replace(self.state, arrays={})

    def _given(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The given arrays, and the constants that the derivation states; nothing missing, nothing unknown."""
        takes = self.derivation.of_role(*GIVEN)
        names = [t.name for t in takes]
        for name in given:
            if name not in names:
                raise DeriveError(f"'{name}' is not an input of this derivation", do=nearest(name, names))
        stated = {t.name: self.number.constant(t.value) for t in takes if t.value is not None}
        known = {**stated, **given}
        for tensor in takes:
            if tensor.name in self.read and tensor.name not in known:
                raise DeriveError(f"no array for '{tensor.name}'", do=f"Give one with {len(tensor.axes)} axes.")
        return known


def precision(number: str) -> Any:
    return mpmath.workdps(DIGITS) if number == "mpmath" else nullcontext()


def settled(derivation: Derivation, known: Mapping[str, Any], sizes: Mapping[str, Any] | None) -> Sizes:
    """All sizes that the arrays and `sizes` determine."""
    result = Sizes(sizes or {})
    result.settle([c for name, array in known.items() for c in constraints(derivation.tensor(name), array, result)])
    return result


def place(state: State, tensor: Tensor, array: Any) -> None:
    state.starts[tensor.name] = starts(tensor, state.sizes)
    _given_array(tensor, array, state)


def _given_array(tensor: Tensor, array: Any, state: State) -> None:
    state.arrays[tensor.name] = dense(tensor, array, state.sizes, state.number)
    if tensor.among is not None:
        state.sizes.data[tensor.name] = whole_numbers(tensor, array, state.sizes), state.starts[tensor.name]


def execute(statements: tuple[Statement, ...], at: Places, state: State) -> None:
    for statement in statements:
        if isinstance(statement, Equation):
            write(statement, at, state, state.arrays[statement.target])
            continue
        first = position(statement.index.start, at, state.sizes)
        steps = range(first, first + position(statement.index.size, at, state.sizes), statement.step)
        for now in reversed(steps) if statement.descending else steps:
            execute(statement.body, {**at, statement.index.symbol: now}, state)


def write(equation: Equation, at: Places, state: State, target: Any) -> None:
    """One equation, into the array `target`."""
    try:
        found = right_side(equation, at, state)
        grid = Grid.over(equation.free, at, state.sizes)
        chosen = grid.selected(grid.mask)
        places = places_in(equation.target, equation.at, {**at, **chosen.at}, state)
    except DeriveError as error:
        where = error.where or equation.origin or f"equation of '{equation.target}'"
        raise DeriveError(error.what, where=where, do=error.do) from None
    if equation.op == "=":
        target[places] = found[chosen.entries]
    else:
        flat = np.ravel_multi_index(np.broadcast_arrays(*places), target.shape) if places else 0
        np.add.at(target.reshape(-1), np.broadcast_to(flat, chosen.shape), found[chosen.entries])


def right_side(equation: Equation, at: Places, state: State) -> Any:
    """The terms added up, over the free indices."""
    if equation.is_max:
        return _greatest(equation, at, state)
    result = state.number.zeros(Grid.over(equation.free, at, state.sizes).shape)
    for term in equation.terms:
        _add_term(term, equation.free, at, state, result)
    return result


def _greatest(equation: Equation, at: Places, state: State) -> Any:
    """The greatest value over the indices of its one term; of complex numbers that with the greatest real part."""
    term, = equation.terms
    grid = Grid.over((*equation.free, *term.summed), at, state.sizes, term.where)
    if not np.all(grid.mask):
        raise DeriveError("a maximum over an open or limited range", where=equation.place)
    found = np.broadcast_to(state.number.array(value(term.body, {**at, **grid.at}, state)), grid.shape)
    rows = found.reshape((*found.shape[:len(equation.free)], -1))
    real = rows.real if rows.dtype.kind == "c" else rows
    return np.take_along_axis(rows, real.argmax(axis=-1)[..., None], axis=-1)[..., 0]


def _add_term(term: Term, free: tuple[Index, ...], at: Places, state: State, result: Any) -> None:
    """The body over the whole grid, summed; where it has holes, over the list of entries that exist."""
    grid = Grid.over((*free, *term.summed), at, state.sizes, term.where)
    chosen = grid.selected(grid.mask)
    if 0 in chosen.shape:
        return
    found = np.broadcast_to(state.number.array(value(term.body, {**at, **chosen.at}, state)), chosen.shape)
    if chosen.entries is ...:
        result += found.sum(axis=tuple(range(len(free), len(grid.shape)))) if term.summed else found
    elif free:
        np.add.at(result, chosen.entries[:len(free)], found)
    else:
        result += found.sum()
