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
from derive.plan.measured import SMALL
from derive.plan.passes import PASSES, Pass
from derive.plan.record import Plan, Value
from derive.plan.text import Writer


CASES = {"one": "one example", "few": "few examples", "many": "many examples"}


@dataclass(frozen=True)
class Step:
    """One function: what is made once, and what every call runs."""

    name: str
    doc: str
    prepared: list[str]
    lines: list[str]
    buffers: list[str]
    applied: tuple[str, ...]


@dataclass
class Fast:
    """What the template prints beside the plain module."""

    plain: Module
    header: list[str]
    data: list[str]
    gradients: list[tuple[str, str]]
    steps: list[Step]
    most: int
    """How many examples are few."""
    cost: str
    small: int = SMALL


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

    def passed(self, case: str) -> Plan:
        plan = self.plan()
        for one in self.passes:
            plan = one.run(plan, case)
        return plan

    def amount(self, expr: sp.Expr) -> str:
        return lower(expr, self.scope(), ()).text

    def fast(self) -> Fast:
        plain = self.module()
        steps = [self.step(case) for case in CASES]
        widest = max((int(a) * int(b) for a, b in self._matrices()), default=1)
        return Fast(plain, [], [self.names[t.name] for t in self.forward.of_role("data")], self._gradients_made(),
                    steps, max(1, SMALL // widest), self.names[self.forward.cost])

    def _matrices(self) -> list[tuple[sp.Expr, sp.Expr]]:
        return [(t.axes[0].size, t.axes[1].size) for t in self.forward.of_role("parameter") if len(t.axes) == 2]

    def _gradients_made(self) -> list[tuple[str, str]]:
        plan = self.plan()
        writer = Writer(plan, self.amount)
        return [(name.removeprefix("grad_"), writer.shape(value) if value.sizes else "()")
                for name, value in plan.values.items() if value.role == "gradient"]

    def step(self, case: str) -> Step:
        plan = self.passed(case)
        writer = Writer(plan, self.amount)
        lines = writer.step()
        gradients = [name for name, value in plan.values.items() if value.role == "gradient"
                     and name not in plan.views.values()]
        unpacked = [f'{name} = grads["{name.removeprefix("grad_")}"]' for name in gradients]
        buffers = writer.buffers()
        made = [f"{name} = {text}" for name, text in buffers.items()]
        views = [f"{name} = {text}" for name, text in writer.views.items()]
        live = {t.name for t in self.forward.of_role("parameter")}
        own = [name for name, text in buffers.items() if text.startswith("np.empty")]
        return Step(case, CASES[case], [*writer.constant_lines(), *unpacked, *made, *views],
                    [*self._unpacked(live), *lines], own, plan.applied)
