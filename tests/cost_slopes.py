r"""Derivatives of a cost from values alone, as an oracle: central differences, the complex step, 50-digit differences.

In: a derivation with given arrays. Out: the derivative of the cost with respect to one array, in its shape, or for
chosen entries only (a list of index tuples).

    (f(x+h) - f(x-h)) / 2h,     Im f(x + ih) / h

What stands in stop(...) keeps the value that it has where nothing is moved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import mpmath
import numpy as np

from derive.differences import Entries, central_at, moved
from derive.errors import DeriveError, nearest
from derive.evaluate.held import held
from derive.evaluate.interpreter import Interpreter, precision
from derive.ir import Derivation, Loop, Statement, all_reads

COMPLEX_STEP = 1e-20
MPMATH_STEP = "1e-15"
"""At 50 digits: truncation about 1e-30, rounding about 1e-35."""


def central(derivation: Derivation, given: Mapping[str, Any], wrt: str, entries: Entries | None = None,
            sizes: Mapping[str, Any] | None = None) -> Any:
    """dC/d(wrt) by extrapolated central differences in float64."""
    cost = _Cost(derivation, given, wrt, sizes, "float64")
    return cost.shaped(lambda flat: central_at(cost, cost.start, flat)[0], entries, float)


def complex_step(derivation: Derivation, given: Mapping[str, Any], wrt: str, entries: Entries | None = None,
                 sizes: Mapping[str, Any] | None = None) -> Any:
    """dC/d(wrt) by f'(x) = Im f(x + ih)/h with h = 1e-20: no subtraction, so full precision."""
    cost = _Cost(derivation, given, wrt, sizes, "complex128")
    h = 1j * COMPLEX_STEP
    return cost.shaped(lambda flat: cost(moved(cost.start, flat, h)).imag / COMPLEX_STEP, entries, float)


def mpmath_difference(derivation: Derivation, given: Mapping[str, Any], wrt: str, entries: Entries | None = None,
                      sizes: Mapping[str, Any] | None = None) -> Any:
    """dC/d(wrt) by central differences with 50 digits, right to about 1e-20: an array of mpf."""
    cost = _Cost(derivation, given, wrt, sizes, "mpmath")
    with precision("mpmath"):
        h = mpmath.mpf(MPMATH_STEP)

        def slope(flat: int) -> Any:
            return (cost(moved(cost.start, flat, h)) - cost(moved(cost.start, flat, -h))) / (2 * h)

        return cost.shaped(slope, entries, object)


@dataclass
class _Layout:
    """An array, or the list of arrays of a ragged tensor, as one vector and back."""

    shapes: list[tuple[int, ...]]
    ragged: bool

    @staticmethod
    def of(value: Any) -> _Layout:
        ragged = isinstance(value, list | tuple) and len({np.shape(v) for v in value}) > 1
        return _Layout([np.shape(v) for v in value] if ragged else [np.shape(value)], ragged)

    def vector(self, value: Any, dtype: Any) -> Any:
        parts = value if self.ragged else [value]
        return np.concatenate([np.asarray(p, dtype=dtype).reshape(-1) for p in parts])

    def value(self, vector: Any) -> Any:
        ends = np.cumsum([int(np.prod(s)) for s in self.shapes])
        parts = [part.reshape(s) for part, s in zip(np.split(vector, ends[:-1]), self.shapes, strict=True)]
        return parts if self.ragged else parts[0]

    def flat(self, entry: tuple[int, ...]) -> int:
        before = sum(int(np.prod(s)) for s in self.shapes[:entry[0]]) if self.ragged else 0
        shape, inner = (self.shapes[entry[0]], entry[1:]) if self.ragged else (self.shapes[0], entry)
        return before + (int(np.ravel_multi_index(inner, shape)) if inner else 0)


class _Cost:
    """The cost as a function of one array, as a vector; only what the cost needs is executed."""

    def __init__(self, derivation: Derivation, given: Mapping[str, Any], wrt: str, sizes: Mapping[str, Any] | None,
                 number: str) -> None:
        if wrt not in given:
            raise DeriveError(f"'{wrt}' is not among the given arrays", do=nearest(wrt, sorted(given)))
        derivation, fixed = held(_up_to(derivation), given, sizes)
        self.name, self.given, self.wrt, self.sizes = derivation.cost, {**given, **fixed}, wrt, sizes
        self.interpreter = Interpreter(derivation, number)
        self.layout = _Layout.of(given[wrt])
        with precision(number):
            self.start = self.layout.vector(given[wrt], None if number == "mpmath" else self.interpreter.number.dtype)
            if number == "mpmath":
                self.start = self.interpreter.number.convert(self.start)

    def __call__(self, vector: Any) -> Any:
        values = self.interpreter.run({**self.given, self.wrt: self.layout.value(vector)}, self.sizes)
        return values[self.name][()]

    def shaped(self, slope: Callable[[int], Any], entries: Entries | None, dtype: Any) -> Any:
        places = range(len(self.start)) if entries is None else [self.layout.flat(tuple(e)) for e in entries]
        found = np.array([slope(n) for n in places], dtype=dtype)
        return self.layout.value(found) if entries is None else found


def _up_to(derivation: Derivation) -> Derivation:
    """The derivation without what the cost does not need (its adjoints, other gradients)."""
    needed: set[str] = {derivation.cost}
    while True:
        more = needed | all_reads(_kept(derivation.statements, needed))
        if more == needed:
            return replace(derivation, statements=_kept(derivation.statements, needed))
        needed = more


def _kept(statements: tuple[Statement, ...], names: set[str]) -> tuple[Statement, ...]:
    found: list[Statement] = []
    for statement in statements:
        if isinstance(statement, Loop):
            body = _kept(statement.body, names)
            found += [replace(statement, body=body)] if body else []
        elif statement.target in names:
            found.append(statement)
    return tuple(found)
