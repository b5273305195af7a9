r"""A loop over time written out: each step has arrays of its own, h_1, h_2, h_3 for h[t].

    for t: h[t,j] = tanh(sum(w[j,q]*h[t-1,q], q))     becomes     h_1[j] = tanh(sum(w[j,q]*h_0[q], q)),  h_2[j] = ...

In: equations, and numbers for them. Out: the same without a loop over time and without an axis of time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from derive.errors import DeriveError
from derive.forms.written_out import Places, places
from derive.ir import (
    Derivation,
    Equation,
    Label,
    Loop,
    Statement,
    Tensor,
    Term,
    condition_at,
    indices_of,
    read,
    reads_of,
    reread,
    tensor_of,
)


def runs_over_time(forward: Derivation) -> bool:
    return any(isinstance(one, Loop) and one.index.kind == "time" for one in forward.statements)


def unrolled(forward: Derivation) -> Derivation:
    """The equations step by step; those without a loop over time as they are."""
    return Unrolling(forward).derivation() if runs_over_time(forward) else forward


def unrolled_values(forward: Derivation, values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Numbers for arrays with an axis of time as numbers for each step."""
    if values is None or not runs_over_time(forward):
        return None if values is None else dict(values)
    found: dict[str, Any] = {}
    for name, value in values.items():
        tensor = forward.by_name.get(name)
        at = next((n for n, axis in enumerate(tensor.axes) if axis.kind == "time"), None) if tensor else None
        if tensor is None or at is None or np.ndim(value) <= at or np.shape(value)[at] != tensor.axes[at].size:
            found[name] = value
            continue
        first = int(tensor.axes[at].start)
        found |= {f"{name}_{first + n}": one for n, one in enumerate(np.moveaxis(np.asarray(value), at, 0))}
    return found


class Unrolling:
    """The tensors and statements of each step."""

    def __init__(self, forward: Derivation) -> None:
        self.forward = forward

    def derivation(self) -> Derivation:
        timed = {t.name for t in self.forward.tensors if any(axis.kind == "time" for axis in t.axes)}
        facts = tuple(f for f in self.forward.facts if not timed & {tensor_of(r) for r in reads_of(f.left.body)})
        return replace(self.forward, facts=facts, tensors=tuple(one for t in self.forward.tensors for one in _steps(t)),
                       statements=tuple(self.statements(self.forward.statements, {})))

    def statements(self, statements: Sequence[Statement], put: Places) -> Iterator[Statement]:
        for one in statements:
            if isinstance(one, Equation):
                for inner in places([i for i in one.free if i.kind == "time"]):
                    yield self.equation(one, {**put, **inner})
            elif one.index.kind == "time":
                steps = list(places([one.index]))
                for inner in reversed(steps) if one.descending else steps:
                    yield from self.statements(one.body, {**put, **inner})
            else:
                yield replace(one, body=tuple(self.statements(one.body, put)))

    def equation(self, equation: Equation, put: Places) -> Equation:
        if equation.is_max and any(k.kind == "time" for k in equation.terms[0].summed):
            raise DeriveError("a maximum over the steps is not written out", do="Take the form index.")
        left = self.moved(equation.lhs, put)
        terms = tuple(one for term in equation.terms for one in self.terms(term, put))
        return replace(equation, target=tensor_of(left), at=indices_of(left), terms=terms or (Term(sp.Integer(0)),),
                       free=tuple(i for i in equation.free if i.kind != "time"))

    def terms(self, term: Term, put: Places) -> Iterator[Term]:
        """A sum over the steps as a term for each; only those for which the conditions on the step hold."""
        for inner in places([k for k in term.summed if k.kind == "time"]):
            at = {**put, **inner}
            where = [c.xreplace(at) for c in term.where]
            if not any(c == sp.false for c in where):
                rest = tuple(condition_at(c, dict(at)) for c, now in zip(term.where, where, strict=True)
                             if now != sp.true)
                summed = tuple(k for k in term.summed if k.kind != "time")
                yield Term(self.moved(term.body, at), summed, rest, term.by)

    def moved(self, expr: sp.Expr, put: Places) -> sp.Expr:
        """The reads of this step; t as a number."""
        return reread(expr.xreplace(dict(put)), self.of_step)

    def of_step(self, access: sp.Expr) -> sp.Expr:
        tensor = self.forward.by_name.get(tensor_of(access))
        pairs = list(zip(tensor.axes, indices_of(access), strict=True)) if tensor is not None else []
        times = [e for axis, e in pairs if axis.kind == "time"]
        if not times:
            return access
        return read(_called(tensor_of(access), times), *(e for axis, e in pairs if axis.kind != "time"))


def _called(name: str, times: Sequence[sp.Expr]) -> str:
    return "_".join([name, *map(str, times)])


def _steps(tensor: Tensor) -> Iterator[Tensor]:
    """h_0, h_1, ... for h[t: 0..T]."""
    times = [axis for axis in tensor.axes if axis.kind == "time"]
    rest = tuple(axis for axis in tensor.axes if axis.kind != "time")
    for at in places(times):
        numbers = [at[axis.symbol] for axis in times]
        label = Label(_called(tensor.written.letter, numbers), tensor.written.layer)
        yield replace(tensor, name=_called(tensor.name, numbers), axes=rest, label=label) if times else tensor
