"""The fast module: the plain one, and a class whose calls run a plan.

In: an explanation over the samples. Out: a `Fast`, which the template only has to print.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sympy as sp

from derive.calculus.explain import Explanation
from derive.codegen.comments import equation_text
from derive.codegen.elementwise import lower
from derive.codegen.module import Builder, Module, _kept, is_layered
from derive.codegen.roles import needed
from derive.codegen.statements import written
from derive.errors import DeriveError
from derive.ir import Equation, Loop
from derive.plan.lower import SHARE, Lowering
from derive.plan.passes import PASSES, Pass
from derive.plan.record import Plan, Value
from derive.plan.text import Writer


@dataclass
class Fast:
    """What the template prints beside the plain module."""

    plain: Module
    header: list[str]
    data: list[str]
    gradients: list[tuple[str, str]]
    prepared: list[str]
    lines: list[str]
    buffers: list[str]
    cost: str


class FastBuilder(Builder):
    """Makes a plan of the statements that the plain functions are written from."""

    def __init__(self, explanation: Explanation, tags: Mapping[str, str], passes: Sequence[Pass] = PASSES) -> None:
        super().__init__(explanation, tags)
        self.passes = passes

    def sample(self) -> sp.Symbol | None:
        sizes = [a.size for t in self.forward.of_role("data") for a in t.axes if a.kind == "sample"]
        return next((s for s in sizes if s.is_Symbol), None)

    def plan(self) -> Plan:
        """The statements of the cost and of every gradient, one operation each."""
        grads = [c.tensor.name for c in self.explanation.chains
                 if self.tensors[c.tensor.of or ""].role in ("parameter", "data")]
        every = (*self.statements, *self.backward)
        kept = _kept(every, needed([*written(every)], {self.forward.cost, *grads}))
        if any(isinstance(s, Loop) for s in kept) or any(is_layered(t) for t in self.forward.tensors):
            raise DeriveError("fast code of a loop over layers or time cannot be written yet",
                              do="Name the number of layers, or take --style plain.")
        work = Lowering(self.tensors, self.names, self.scope, self.sample(), self._note)
        work._cost = self.forward.cost
        for tensor in self.forward.of_role("data", "parameter"):
            role = "data" if tensor.role == "data" else "parameter"
            name = self.names[tensor.name]
            work.values[name] = Value(name, tuple(work.size(a.size) for a in tensor.axes), role)  # type: ignore[arg-type]
        for statement in kept:
            assert isinstance(statement, Equation)
            work.equation(statement)
        return work.plan(self.names[self.forward.cost])

    def _note(self, equation: Equation) -> tuple[str, ...]:
        shown = " ".join(line.removeprefix("#").strip() for line in self._comment(equation))
        return (shown or equation_text(equation),)

    def passed(self) -> Plan:
        plan = self.plan()
        for one in self.passes:
            plan = one.run(plan)
        return plan

    def amount(self, expr: sp.Expr) -> str:
        return lower(expr, self.scope(), ()).text

    def fast(self) -> Fast:
        plan = self.passed()
        writer = Writer(plan, self.amount)
        step = writer.step()
        live = {self.forward.tensor(t.name).name for t in self.forward.of_role("parameter")}
        gradients = [(self.tensors[c.tensor.of or ""].name, self._gradient_shape(writer, plan, c.tensor.of or ""))
                     for c in self.explanation.chains if f"grad_{c.tensor.of}" in plan.values]
        unpacked = [f'grad_{name} = grads["{name}"]' for name, _ in gradients]
        buffers = writer.buffers()
        made = [f"{name} = {text}" for name, text in buffers.items()]
        views = [f"{name} = {text}" for name, text in writer.views.items()]
        return Fast(self.module(), [], [self.names[t.name] for t in self.forward.of_role("data")], gradients,
                    [*writer.constant_lines(), *unpacked, *made, *views], [*self._unpacked(live), *step],
                    list(buffers), plan.cost)

    def _gradient_shape(self, writer: Writer, plan: Plan, of: str) -> str:
        value = plan.values[f"grad_{of}"]
        return "()" if not value.sizes else writer.shape(value)
