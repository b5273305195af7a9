"""The true gradients at given numbers, and what they become where an equation of the backward pass is another.

In: the equations of a minibatch, an array for each parameter and data tensor. Out: every value, every adjoint.

    dC_dx[e] += dC_dlhs[I] * d(rhs)/d(x[e])        evaluated as it stands, or with one equation edited
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt

from derive.calculus.reverse import adjoints_of, reverse
from derive.evaluate import evaluate
from derive.ir import Derivation, Equation, Statement, equations_of, rewritten, tensor_of

Array = npt.NDArray[Any]
Edits = Mapping[int, tuple[Equation, ...]]
"""By the place of an equation of the backward pass: what stands there instead."""


@dataclass
class Backward:
    """The model with its backward pass, at one set of numbers."""

    model: Derivation
    given: Mapping[str, Any]
    wrt: Sequence[str]
    values: dict[str, Any] = field(init=False)
    statements: tuple[Statement, ...] = field(init=False)
    truth: dict[str, Array] = field(init=False)

    def __post_init__(self) -> None:
        full = reverse(self.model, self.wrt)
        self.bars = adjoints_of(self.model, self.wrt).of
        self.values = evaluate(self.model, self.given)
        self.statements = full.statements[len(self.model.statements):]
        self.tensors = tuple(replace(t, role="data") if t.role in ("value", "cost") else t for t in full.tensors)
        self.truth = self.run(self.statements, {})

    @property
    def equations(self) -> list[Equation]:
        """The equations of the backward pass, in order."""
        return [*equations_of(self.statements)]

    @property
    def work(self) -> int:
        """About how many numbers one evaluation computes: each parameter for each example."""
        arrays = [part for t in self.model.of_role("parameter") for part in _parts(self.given[t.name])]
        samples = [np.shape(self.given[t.name])[0] for t in self.model.of_role("data")
                   if t.axes and t.axes[0].kind == "sample"]
        return max(1, sum(np.size(part) for part in arrays) * max(samples, default=1))

    def edited(self, edits: Edits) -> Backward:
        """The same backward pass with some of its equations replaced: the ground for a second fault."""
        other = object.__new__(Backward)
        other.__dict__.update(self.__dict__)
        other.statements = _replaced(self.statements, edits)
        other.truth = self.run(other.statements, {})
        return other

    def touched(self, edits: Edits) -> set[str]:
        """The adjoints that the edits may change: those edited, and all that follow from them."""
        equations = self.equations
        gone, come = [equations[n] for n in edits], [e for several in edits.values() for e in several]
        touched = {e.target for e in gone if e not in come} | {e.target for e in come if e not in gone}
        for statement in _replaced(self.statements, edits):
            inside = [(e.target, {tensor_of(r) for r in e.reads()}) for e in equations_of((statement,))]
            for _ in inside:  # in a loop what stands above may follow from what stands below
                touched |= {target for target, reads in inside if touched & reads}
        return touched

    def mutated(self, edits: Edits) -> dict[str, Array]:
        """Every adjoint with the edits made; only what they touch is computed anew."""
        touched, statements = self.touched(edits), _replaced(self.statements, edits)
        written = [{e.target for e in equations_of((s,))} for s in statements]
        for _ in written:  # a loop is computed as a whole, with all else that writes what it writes
            touched |= set().union(*(targets for targets in written if touched & targets))
        kept = tuple(s for s, targets in zip(statements, written, strict=True) if touched & targets)
        still = {name: array for name, array in self.truth.items() if name not in touched}
        dead = {name: _zeros(self.truth[name]) for name in sorted(touched & set(self.truth))}
        return {**still, **dead, **self.run(kept, still)}

    def alone(self, equation: Equation, known: Mapping[str, Any]) -> Any:
        """What one equation adds to its target, where all that it reads is known."""
        reads = {tensor_of(r) for r in equation.reads()}
        tensors = tuple(replace(t, role="adjoint" if t.name == equation.target else "data") for t in self.tensors)
        numbers = {t.name: float(t.value) for t in tensors if t.value is not None} | dict(known)
        passed = {n: a for n, a in numbers.items() if n != equation.target and (n in reads or n in self.given)}
        return evaluate(Derivation(tensors, (equation,), self.model.cost), passed)[equation.target]

    def run(self, statements: tuple[Statement, ...], known: Mapping[str, Any]) -> dict[str, Array]:
        """The adjoints that the statements compute, where every value and the `known` adjoints are given."""
        computed = {e.target for e in equations_of(statements)}
        read = {tensor_of(r) for e in equations_of(statements) for r in e.reads()}
        empty = {bar: _zeros({**self.values, **self.given}[name]) for name, bar in self.bars.items()
                 if bar in read and bar not in computed and bar not in known}
        known = {**known, **empty}
        tensors = tuple(replace(t, role="data") if t.name in known else t for t in self.tensors)
        numbers = {**self.values, **self.given, **known}
        stated = {t.name: float(t.value) for t in tensors if t.value is not None and t.name not in numbers}
        passed = {name: array for name, array in {**stated, **numbers}.items() if name in read or name in self.given}
        result = evaluate(Derivation(tensors, statements, self.model.cost), passed)
        return {name: result[name] for name in sorted(computed)}


def _parts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _zeros(value: Any) -> Any:
    return [np.zeros(np.shape(part)) for part in value] if isinstance(value, list) else np.zeros(np.shape(value))


def _replaced(statements: Iterable[Statement], edits: Edits) -> tuple[Statement, ...]:
    counter = count()
    return rewritten(statements, lambda equation: edits.get(next(counter), (equation,)))
