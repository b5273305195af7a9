"""A fault: one thing done otherwise in a backward pass, as an edit of its equations, with a sentence.

    gradients(t) = gradients(identity) + (t - identity) * slope        for a fault with a number t in it

since the backward pass is linear in its adjoints, one evaluation at `probe` serves every t.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import sympy as sp

from derive.check.arrays.backward import Backward, Edits
from derive.ir import Equation, Tensor, indices_of, reads_of, tensor_of


@dataclass(frozen=True)
class Fault:
    """`edit(t)` makes it; `says(t)` is (the mistake's name, the sentence). `fitted`: t is found from the numbers."""

    edit: Callable[[float], Edits]
    says: Callable[[float], tuple[str, str]]
    identity: float = 0.0
    probe: float = 1.0
    fitted: bool = False


@dataclass(frozen=True)
class Kind:
    """One kind of mistake: `faults` finds every place in a backward pass where it can be made."""

    name: str
    order: int
    faults: Callable[[Backward], Iterator[Fault]]


def fixed(place: int, equation: Equation, mistake: str, sentence: str) -> Fault:
    """The equation at `place` is another one."""
    return Fault(lambda t: {place: (equation,)}, lambda t: (mistake, sentence))


def several(edits: Edits, mistake: str, sentence: str) -> Fault:
    """Several equations are others at once."""
    return Fault(lambda t: edits, lambda t: (mistake, sentence))


def swapped(equation: Equation, old: sp.Expr, new: sp.Expr) -> Equation:
    return equation.map(lambda body: body.xreplace({old: new}))


def scaled(equation: Equation, factor: sp.Expr) -> Equation:
    return replace(equation, terms=tuple(replace(t, body=t.body * factor) for t in equation.terms))


def shown(backward: Backward, expr: sp.Expr | str) -> str:
    """A tensor or an expression in plain words: dC/dz1, sigmoid'(z1)."""
    if isinstance(expr, str):
        named = next((name for name, bar in backward.bars.items() if bar == expr), "")
        return f"d{backward.model.cost}/d{named}" if named else expr
    names = {r: sp.Symbol(shown(backward, tensor_of(r))) for r in reads_of(expr)}
    return str(expr.xreplace(names))


def alike(backward: Backward, access: sp.Expr) -> list[str]:
    """The other tensors with as many entries along each axis as the one that is read."""
    shapes = {**{n: _shape(v) for n, v in {**backward.values, **backward.given}.items()},
              **{n: _shape(v) for n, v in backward.truth.items()}}
    name = tensor_of(access)
    kinds = [axis.kind for axis in _tensor(backward, name).axes]
    return [other.name for other in backward.tensors if other.name != name and other.name in shapes
            and shapes[other.name] == shapes[name] and [a.kind for a in other.axes] == kinds
            and len(other.axes) == len(indices_of(access))]


def _tensor(backward: Backward, name: str) -> Tensor:
    return next(t for t in backward.tensors if t.name == name)


def _shape(value: object) -> object:
    return [getattr(part, "shape", ()) for part in value] if isinstance(value, list) else getattr(value, "shape", ())
