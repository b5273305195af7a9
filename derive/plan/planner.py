"""The plan of a derivation: its statements, lowered in the way that says most of them, and passed.

In: an explanation over the samples. Out: a plan for each case, of which the module is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cached_property, partial

import sympy as sp

from derive.calculus.explain import Explanation
from derive.codegen.function import filled
from derive.codegen.memory import fills
from derive.codegen.module import Builder
from derive.codegen.naming import is_layered
from derive.codegen.piece import ATOM, Piece
from derive.codegen.pulled import pulled_statements
from derive.codegen.repeats import Numbered, numbered
from derive.codegen.scope import Scope
from derive.errors import DeriveError
from derive.ir import Equation, Loop, Statement, equations_of, needed, walk, writing
from derive.plan.lower import Lowering
from derive.plan.note import Note
from derive.plan.orders import Order, orders
from derive.plan.passes import PASSES, Pass
from derive.plan.places import is_whole, picks
from derive.plan.record import Plan
from derive.plan.spans import NotInSteps
from derive.plan.taken import set_apart
from derive.plan.timed import TimedLowering


class InStep(Scope):
    """A scope in which the examples are `rows` of the m of a minibatch."""

    def numbers(self, symbol: sp.Symbol) -> Piece:
        index = self.ranges.get(symbol)
        if index is None or symbol in self.counters or index.kind != "sample" or not index.size.is_Symbol:
            return super().numbers(symbol)
        return Piece("np.arange(rows)", ATOM, (symbol,))


class Planner(Builder):
    """Makes plans of the statements that the plain functions are written from."""

    def __init__(self, explanation: Explanation, tags: Mapping[str, str], passes: Sequence[Pass] = PASSES) -> None:
        super().__init__(explanation, tags)
        self.passes = passes

    def _names(self) -> dict[str, str]:
        return set_apart(super()._names())

    def sample(self) -> sp.Symbol | None:
        sizes = [a.size for t in self.forward.of_role("data") for a in t.axes if a.kind == "sample"]
        return next((s for s in sizes if s.is_Symbol), None)

    def in_step(self) -> Scope:
        """What lines of plain text know in a step: its dtype by name, even before parameters come."""
        known = self.scope()
        return InStep(**{f.name: getattr(known, f.name) for f in fields(known)} | {"dtype": "dtype"})

    @cached_property
    def plan(self) -> Plan:
        """The statements of the cost and of every gradient, one operation each."""
        if any(is_layered(t) for t in self.forward.tensors):
            raise DeriveError("fast code needs to know how many layers there are",
                              do="Write the widths out, as in 784-16-10, or take --style plain.")
        return self._in_steps() or self._in_order()

    def _in_order(self) -> Plan:
        """With axes in the order that products like, unless a line of plain text reads what lies so."""
        every = (*self.statements, *self.backward)
        ordered = orders(every, self.tensors, [self.roles.output.name] if self.roles.output else [])
        plan = self._lowered(Lowering, every, ordered)
        return self._lowered(Lowering, every) if plan.in_text & {self.names[name] for name in ordered} else plan

    def _in_steps(self) -> Plan | None:
        """With loops over time as loops of statements, where all that meets time can be said so."""
        if not any(isinstance(s, Loop) for s in self.forwards):
            return None
        backward = pulled_statements(self.explanation)
        try:
            return None if backward is None else self._lowered(
                partial(TimedLowering, outputs=frozenset([self.roles.output.name] if self.roles.output else [])),
                (*self.forwards, *self.safe.safely(backward)))
        except NotInSteps:
            return None

    def _lowered(self, lowering: Callable[..., Lowering], every: Sequence[Statement],
                 ordered: Mapping[str, Order] | None = None, also: Iterable[str] = ()) -> Plan:
        grads = {c.tensor.name for c in self.explanation.chains
                 if self.tensors[c.tensor.of or ""].role in ("parameter", "data")}
        live = writing(every, needed([*equations_of(every)], {self.forward.cost, *also} | grads))
        work = lowering(self.tensors, self.names, self.in_step, self.sample(), self.forward.cost, self._note,
                        self.families, orders=ordered or {})
        for tensor in self.forward.of_role("data", "parameter"):
            work.given(tensor, "data" if tensor.role == "data" else "parameter")
        work.looped |= {e.target for s in live if isinstance(s, Loop) for e in equations_of([s])}
        work.added.update(e.target for e in equations_of(live) if e.op == "+=")
        self._make_arrays(live, work)
        for statement in live:
            if isinstance(statement, Equation):
                work.equation(statement)
            else:
                work.loop(statement)
        return work.plan()

    def _make_arrays(self, live: Sequence[Statement], work: Lowering) -> None:
        """What is written part by part is an array before its first part."""
        part_by_part = {*work.added, *filled(live, self.tensors)}
        lines: dict[str, list[tuple[Equation, tuple[Loop, ...]]]] = {}
        for e, loops in walk(live):
            lines.setdefault(e.target, []).append((e, loops))
        for name, writers in lines.items():
            first, _ = writers[0]
            if name in part_by_part and (name in work.looped or not is_whole(first, self.tensors[name])) or \
                    picks(first, self.tensors) and name not in work.looped:
                work.array(name, fills(self.tensors[name], writers))

    @cached_property
    def families(self) -> dict[str, Numbered]:
        """Which tensors are one of several: by the layer of their label, or else by the number that ends their name."""
        found = {name: numbered(name, (t.written.of or t.written).layer) for name, t in self.tensors.items()}
        return {name: of for name, of in found.items() if of is not None}

    def _note(self, equation: Equation) -> tuple[Note, ...]:
        if self.tensors[equation.target].role != "adjoint":
            return (Note(equation, families=self.families),)
        tags = self.tags.get(equation.target, [])
        return (Note(equation, f"({', '.join(tags)}) " if tags else "", self.forward.cost, self.families),)

    def passed(self, plan: Plan, case: str) -> Plan:
        for one in self.passes:
            plan = one.run(plan, case)
        return plan
