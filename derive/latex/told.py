"""What a page speaks of: all of a derivation, or some of its arrays and functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import sympy as sp

from derive.functions.record import Application, ScalarFunction
from derive.ir import Derivation, Equation, Tensor, indices_of, reads_of, tensor_of


@dataclass(frozen=True)
class Told:
    """Arrays and functions by name; a gradient is named beside the array that it belongs to."""

    derivation: Derivation
    arrays: frozenset[str]
    functions: tuple[ScalarFunction, ...]

    @property
    def tensors(self) -> list[Tensor]:
        return [t for t in self.derivation.tensors if t.name in self.arrays]

    @property
    def equations(self) -> list[Equation]:
        """The equations of the forward pass that stand on the page, or whose values do."""
        return [e for e in self.derivation.equations() if e.target in self.arrays]

    def as_read(self, tensor: Tensor) -> Tensor:
        """Data with the indices with which the first equation reads them: x_{tf}, where the layer counts with f."""
        for equation in self.equations if tensor.role == "data" else ():
            ranges = {k.symbol: k for k in (*equation.free, *(k for term in equation.terms for k in term.summed))}
            for access in sorted(equation.reads(), key=str):
                if tensor_of(access) == tensor.name:
                    pairs = list(zip(tensor.axes, indices_of(access), strict=True))
                    axes = [replace(axis, name=e.name) for axis, e in pairs if e == axis.symbol or e in ranges and
                            (ranges[e].size, ranges[e].start) == (axis.size, axis.start)]
                    if len(axes) == len(pairs) == len({axis.name for axis in axes}):
                        return replace(tensor, axes=tuple(axes))
        return tensor


def everything(derivation: Derivation) -> Told:
    """All that a derivation has."""
    bodies = [t.body for e in derivation.equations() if derivation.tensor(e.target).of is None for t in e.terms]
    return Told(derivation, frozenset(derivation.by_name), functions_in(bodies))


def spoken_of(derivation: Derivation, expressions: Iterable[tuple[Derivation, sp.Expr]]) -> Told:
    """What stands in expressions of derivations that share arrays with this one; no namesakes of another shape."""
    every = list(expressions)
    read = {within.by_name[name] for within, one in every for name in map(tensor_of, reads_of(one))
            if name in within.by_name}
    read |= {within.tensor(tensor.of) for within, _ in every for tensor in read
             if tensor.of is not None and tensor.of in within.by_name}
    known = {t.name: t.axes for t in derivation.tensors}
    return Told(derivation, frozenset(t.name for t in read if known.get(t.name) == t.axes) | {derivation.cost},
                functions_in(one for _, one in every))


def functions_in(bodies: Iterable[sp.Expr]) -> tuple[ScalarFunction, ...]:
    """Functions that act on one number, each once."""
    found: dict[ScalarFunction, None] = {}
    for body in bodies:
        found |= dict.fromkeys(node.record for node in sorted(body.atoms(Application), key=str))
    return tuple(found)
