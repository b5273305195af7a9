"""The fast module: the plain one, and classes whose calls run plans.

In: an explanation over the samples. Out: a `Fast`, which the template only has to print.
"""

from __future__ import annotations

import textwrap
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from math import prod

import sympy as sp

from derive.codegen.elementwise import lower
from derive.codegen.lines import WIDTH
from derive.codegen.module import Module
from derive.codegen.naming import by_layer
from derive.codegen.picked import refusals
from derive.codegen.repeats import Numbered
from derive.ir import Tensor
from derive.plan.buffers import Buffers
from derive.plan.count import coupled, few_of, numbers, operations, refusal, saved, space
from derive.plan.deep import SPARE
from derive.plan.fast import CASES, Fast, Step
from derive.plan.lower import Lowering
from derive.plan.measured import DEFAULT, Measured
from derive.plan.passes.folded import folded
from derive.plan.passes.hoisted import hoisted
from derive.plan.planner import Planner
from derive.plan.record import ROWS, Contract, Plan, Value
from derive.plan.rolled import entries, rolled
from derive.plan.scalars import Scalars
from derive.plan.text import Writer
from derive.plan.tiles import Tile, tile
from derive.plan.words import Line, Text, key, named, text, used

DOUBLE = 8
"""Bytes of a number in float64."""
START = Line(("rows / m",), ("share",)), Line(("_named(flat)",), ("grads",))
"""What any step may make use of."""


class FastBuilder(Planner):
    """Writes the classes that run plans."""

    @cached_property
    def plain(self) -> Module:
        return self.module()

    def amount(self, expr: sp.Expr) -> str:
        return lower(expr, self.scope(), ()).text

    def fast(self, measured: Measured = DEFAULT) -> Fast:
        plain = self.plain  # first: the functions that it calls come first
        plan = self.plan.changed(measured=measured)
        few = self._few(plan)
        passed = {case: self.passed(plan, case) for case in CASES if case not in measured.idle(few)}
        data = self.forward.of_role("data")
        order = [f"grad_{t.name}" for t in self.forward.of_role("parameter", "data")]
        made = sorted((v for v in plan.values.values() if v.role == "gradient"), key=lambda v: order.index(v.name))
        weights = sum(prod(int(n) for n in v.sizes) for v in made)
        per_row = numbers([plan.values[self.names[t.name]] for t in data]).each
        reason = refusal(plan)
        predicting = self._predicting(measured)
        outputs = self._outputs(predicting, measured.idle(few)) if predicting else []
        scalars = self._scalars(plan, made)
        steps = self._steps(passed, "one" if scalars else "")
        each = max(numbers([*step.held]).each for step in steps)
        fixed = self._fixed(plan)
        named = [self._name(t) for t in data]
        return Fast(
            plain=replace(plain, helpers=self.functions()), header=self._header(passed, steps), data=named,
            whole=[self._name(t) for t in data if t.among is not None],
            sampled=[name for name in named if ROWS in plan.values[name].sizes],
            gradients=self._named(made), steps=steps, size=weights, few=few, cost=self.names[self.forward.cost],
            coupled=reason, tile=Tile() if reason else tile(plan, weights, each, per_row), each=max(each, 1),
            outputs=outputs, predict_of_all=predicting is not None and coupled(predicting) is not None,
            fed=[self._name(t) for t in self._fed()] if self.roles.output else [],
            scalars=scalars, fixed=fixed, shapes={name: self._shape(plan.values[name]) for name in named},
            listed=textwrap.wrap(", ".join(f'*params["{t.name}"]{self._list(plan, t)}' for t in
                                           self.forward.of_role("parameter")) + ",", WIDTH - 12),
            examples="".join(f", {self._name(t)}{self._list(plan, t)}" for t in data), measured=measured,
            refused=refusals(data, self.equations, self.scope()),
            refused_fed=refusals(self._fed(), self.equations, self.scope()))

    def _steps(self, plans: Mapping[str, Plan], less: str = "") -> list[Step]:
        """One function a case."""
        return _merged([self.step(plan, case) for case, plan in plans.items() if case != less])

    def _fixed(self, plan: Plan) -> list[Step]:
        """Steps of data that are the same at every call, where it pays to have them."""
        still = plan.changed(fixed=True)
        anyway = {s.out for s in hoisted(plan).once}
        pays = saved(plan, [s for s in hoisted(still).once if s.out not in anyway])
        if not pays and not folded(still).folded:
            return []
        cases = {"few", "many"} - plan.measured.idle(self._few(plan))
        return self._steps({f"fixed_{case}": self.passed(still, case) for case in CASES if case in cases})

    def _name(self, tensor: Tensor) -> str:
        return self.names[tensor.name]

    def _shape(self, value: Value) -> str:
        return f"({''.join(f'{size}, ' for size in value.sizes).strip().removesuffix(',' * (len(value.sizes) > 1))})"

    def _list(self, plan: Plan, tensor: Tensor) -> str:
        """What makes a list of numbers of this array."""
        return ".tolist()" if len(plan.values[self._name(tensor)].sizes) == 1 else ".ravel().tolist()"

    def _scalars(self, plan: Plan, made: Sequence[Value]) -> list[str]:
        """One example of a handful of neurons: the plan before any pass that is about arrays."""
        if sum(prod(int(n) for n in v.sizes) for v in made) > plan.measured.scalar_operations:  # one each, at least
            return []
        plan = plan.changed(measured=replace(plan.measured, without=(), also=()))  # arrays alone were tuned
        for one in self.passes:
            plan = one.run(plan, "one") if one.scalar else plan
        parameters = [self.names[t.name] for t in self.forward.of_role("parameter")]
        data = [self.names[t.name] for t in self.forward.of_role("data")]
        work = Scalars(plan, self.amount)
        whole = [f"grad_{name}" for name in parameters] == [v.name for v in made]
        return work.function(parameters, data) if work.possible() and whole else []

    def _few(self, plan: Plan) -> int:
        """Up to how many examples are few in every product."""
        found, measured = min((few_of(plan, s) for s in plan.statements), default=1), plan.measured
        return max(1, found if found > measured.most_few else min(found, measured.few_rows))

    def _named(self, made: Sequence[Value]) -> list[str]:
        """Each gradient as a part of the flat array of all."""
        found, start = dict[Text, Text](), 0
        for value in made:
            size = prod(int(n) for n in value.sizes)
            shape = f".reshape({', '.join(map(str, value.sizes))})" if len(value.sizes) != 1 else ""
            shape = ".reshape(())" if not value.sizes else shape
            name = value.name.removeprefix("grad_")
            found[key(name, self.families.get(name))] = text("flat[{}:{}]{}", start, start + size, shape)
            start += size
        return entries("named", found)

    def _header(self, passed: Mapping[str, Plan], steps: Sequence[Step]) -> list[str]:
        """Which passes ran, how many operations that takes, and how much memory."""
        lines = []
        for one in self.passes:
            cases = [case for case, plan in passed.items() if one.name in plan.applied]
            if cases:
                said = "" if len(cases) == len(passed) else f" ({' and '.join(cases)})"
                lines.append(f"{one.name + said}: {one.reason}")
        count, room = operations([*passed.values()][-1]), space(steps[-1].held, DOUBLE)
        return [*lines, f"{count.each:,} operations an example and {count.once:,} more a call",
                f"workspace {room.each:,} bytes an example and {room.once:,} for any number of them, in float64"]

    def step(self, plan: Plan, case: str, given: Sequence[Line] = ()) -> Step:
        """What every call runs, and what is made before the first one, as far as anything makes use of it."""
        writer, buffers = Writer(plan, self.amount), Buffers(plan)
        once = writer.once()
        early = dict(writer.views)
        lines = writer.step()
        own = [*(named(plan, name) for name in buffers.own()), *((name,) for name in writer.filled)]
        if (SPARE,) in writer.views:
            own.append((f"*{SPARE}",))
        said = [*lines, *map(Line, own)]
        filled_once, filled = buffers.lines()
        late = used([*filled, *_lines({name: made for name, made in writer.views.items() if name not in early})], said)
        prepared = used([*given, *START, *writer.constant_lines(), *buffers.gradients(), *filled_once, *_lines(early)],
                        [*once, *late, *said])
        found = rolled([*prepared, *writer.functions.lines(), *once, *late], self._unpacked(plan), lines,
                       self._in_families(plan), plan.fixed)
        held = (*(plan.values[name] for name in buffers.own()), *writer.filled.values())
        return Step(case, CASES.get(case.split("_")[-1], ""), found.prepared, found.lines,
                    found.families.listed(own, found.bound), found.families, held, frozenset(writer.helpers),
                    frozenset(r.name for s in plan.statements if isinstance(s, Contract) and s.gemm for r in s.of
                              if plan.value(r).role in ("data", "parameter")))

    def _in_families(self, plan: Plan) -> list[Numbered]:
        """The data of which each layer has its own."""
        return [of for t in self.forward.of_role("data") if (of := plan.family(self._name(t))) is not None]

    def _unpacked(self, plan: Plan) -> list[Line]:
        """w1, b1 = params["w1"], params["b1"]: one line a layer."""
        read = {name for _, name in plan.reads()}
        live = {t.name for t in self.forward.of_role("parameter") if self.names[t.name] in read}
        lines = []
        for part in by_layer(self.naming(), live):
            form = ", ".join("{}" for _ in part)
            keys = [text("params[{}]", key(t.name, self.families.get(t.name))) for t in part]
            lines.append(Line(text(form, *keys), text(form, *(named(plan, self._name(t)) for t in part))))
        return lines

    def _predicting(self, measured: Measured) -> Plan | None:
        """What computes the output alone, without anything that only the gradients need."""
        if self.roles.output is None:
            return None
        name, plan = self.names[self.roles.output.name], self.plan
        if name not in plan.values:  # the cost and its gradients need it not, as in log(exp(z))
            plan = self._lowered(Lowering, (*self.statements, *self.backward), also=[self.roles.output.name])
        return plan.only(name).changed(measured=measured)

    def _outputs(self, plan: Plan, idle: Container[str]) -> list[Step]:
        """The functions that run it."""
        assert self.roles.output is not None
        name = self.names[self.roles.output.name]
        return _merged([self._output(self.passed(plan, case), name, case)
                        for case in ("few", "many") if case not in idle])

    def _output(self, plan: Plan, name: str, case: str) -> Step:
        """One function that computes it, and what that returns."""
        step = self.step(plan, f"output_{case}", [Line(("rows",), ("m",))])
        value = plan.values[name]
        said = step.families.text(named(plan, plan.place(value.name)))
        turned = ".T" if plan.place(value.name) in plan.flipped else \
            ".swapaxes(0, 1)" if ROWS in value.sizes[1:] else ""  # its time is in front
        return replace(step, result=said + turned)


def _merged(steps: list[Step]) -> list[Step]:
    """One for all, where they do the same. One alone keeps its name, by which tuning goes."""
    if len(steps) == 1:
        return [replace(steps[0], doc="all examples")]
    return steps if any(s.does() != steps[0].does() for s in steps) else [
        replace(steps[0], name=steps[0].name.replace("few", "all").replace("one", "all"), doc="all examples")]


def _lines(made: Mapping[Text, Text]) -> list[Line]:
    """Views under their names."""
    return [Line(how, name) for name, how in made.items()]
