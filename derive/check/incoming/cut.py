"""A model cut behind some of its values, into which any gradient may come.

    C = sum over all entries of d[I]*a[I]        so that dC/da = d, whatever stood behind a

In: the equations of a minibatch, the values behind which it ends. Out: the equations up to there, with d as data.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import sympy as sp

from derive.check.called import BEFORE
from derive.errors import DeriveError
from derive.ir import (
    Derivation,
    Equation,
    Label,
    Loop,
    Statement,
    Tensor,
    Term,
    equations_of,
    indices_of,
    read,
    reread,
    tensor_of,
    ties_of,
)


def cut(model: Derivation, ends: Mapping[str, str]) -> Derivation:
    """The model up to the values `ends`, by name; to each the name of the gradient that comes in there."""
    statements = _needed(model.statements, ends)
    named = _named(statements)
    handed = [Tensor(ends[name], model.tensor(name).axes, "data") for name in ends]
    terms = tuple(Term(model.tensor(name).at() * d.at(), d.axes) for name, d in zip(ends, handed, strict=True))
    cost = Equation(model.cost, (), (), terms)
    tensors = [t for t in model.tensors if t.name in named | {model.cost}]
    return Derivation((*tensors, *handed), (*statements, cost), model.cost)


def _named(statements: tuple[Statement, ...]) -> set[str]:
    """The tensors that they write or read."""
    return {e.target for e in equations_of(statements)} | {name for e in equations_of(statements) for name in e.names}


def _needed(statements: tuple[Statement, ...], ends: Collection[str]) -> tuple[Statement, ...]:
    """The statements that compute the ends, in their order."""
    wanted, kept = set(ends), list[Statement]()
    for statement in reversed(statements):
        inside = [*equations_of((statement,))]
        ties = {ties_of(name) for name in wanted}
        if wanted & {e.target for e in inside} or ties & {e.target for e in inside}:
            wanted |= {name for e in inside for name in e.names}
            kept.append(statement)
    return tuple(reversed(kept))


def opened(model: Derivation, name: str) -> Derivation:
    """The model behind a value, which is its input then, and written x."""
    later = tuple(s for s in model.statements if name not in {e.target for e in equations_of((s,))})
    inside = replace(model.tensor(name), role="data", label=Label("x"))
    statements = _needed(later, {model.cost})
    tensors = [inside if t.name == name else t for t in model.tensors if t.name in _named(statements)]
    return Derivation(tuple(tensors), statements, model.cost)


def time_loop(model: Derivation) -> Loop | None:
    """The first loop over time."""
    return next((s for s in model.statements if isinstance(s, Loop) and s.index.kind == "time"), None)


def one_step(model: Derivation) -> Derivation | None:
    """One step of the first loop over time: the states of the step before, h_before, are data; None without a loop."""
    loop = time_loop(model)
    if loop is None or any(isinstance(s, Loop) for s in loop.body):
        return None
    stepper = _Stepper(model, loop)
    try:
        body = tuple(stepper.equation(e) for e in equations_of(loop.body))
    except DeriveError:
        return None
    named = _named(body)
    kept = [stepper.tensor(t) for t in model.tensors if t.name in named]
    before = [replace(stepper.tensor(model.tensor(n)), name=n + BEFORE, role="data") for n in stepper.states]
    cost = Equation(model.cost, (), (), (Term(sp.Integer(0)),))
    return Derivation((*kept, *before, model.tensor(model.cost)), (*body, cost), model.cost)


class _Stepper:
    """Reads at t lose their t, reads at t - 1 are of the state before."""

    def __init__(self, model: Derivation, loop: Loop) -> None:
        self.model, self.loop = model, loop
        self.states: dict[str, None] = {}

    def axis(self, tensor: Tensor) -> int | None:
        """The place of the axis that the loop runs along."""
        times = [n for n, axis in enumerate(tensor.axes) if axis.kind == "time"]
        return times[0] if len(times) == 1 else None

    def tensor(self, tensor: Tensor) -> Tensor:
        place = self.axis(tensor)
        return tensor if place is None else replace(tensor, axes=tensor.axes[:place] + tensor.axes[place + 1:])

    def equation(self, equation: Equation) -> Equation:
        return replace(equation, at=indices_of(self.moved(equation.lhs)),
                       terms=tuple(term.map(lambda body: reread(body, self.moved)) for term in equation.terms))

    def moved(self, access: sp.Expr) -> sp.Expr:
        name, at = tensor_of(access), indices_of(access)
        place = self.axis(self.model.tensor(name))
        if place is None:
            return access
        late = self.loop.index.symbol - at[place]
        if late not in (0, 1):
            raise DeriveError(f"{name} is read at {at[place]}")
        if late == 1:
            self.states[name] = None
        return read(name + BEFORE * int(late), *at[:place], *at[place + 1:])
