"""A loop over time as Python: the entries that each round works on are made once, as views.

    steps_1 = [*zip(v1, h1[1:21], h1[0:20])]                 made once
    for v1_t, h1_t, h1_before in steps_1:                    every call
        h1_before.dot(w1_T, p);  add(v1_t, p, v1_t);  tanh(v1_t, h1_t)

In: the statements within one loop. Out: its lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from derive.codegen.repeats import Numbered
from derive.plan.record import Part, Plan, Ref, Statement, Steps, Value
from derive.plan.words import Line, Name, Text, listed, named, text

if TYPE_CHECKING:
    from derive.plan.text import Writer

LONG = 90
"""Characters of the names of a round that need lines of their own, and so brackets."""
BESIDE = {0: "{}_now", -1: "{}_before", 1: "{}_after"}


@dataclass
class _Round:
    """`names` says what the loop calls the entries of each value."""

    writer: Writer
    steps: Steps
    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        return self.writer.plan

    def entry(self, ref: Ref) -> Ref:
        """The entry of a value that a round sees."""
        if self.steps.letter not in ref.axes:
            return ref
        if ref.name not in self.names:
            shown, value = self.called(ref.name), self.plan.values[ref.name]
            self.names[ref.name] = shown
            self.values[shown] = Value(shown, value.sizes[1:], "round", value.truth)
        return Ref(self.names[ref.name], ref.axes[1:])

    def called(self, name: str) -> str:
        """h1_t, h1_before"""
        part = self.plan.parts.get(name)
        known = part is not None and name == _range(part)
        own = self.writer.number(self.plan.values[name]) if self.plan.values[name].role == "constant" else name
        base, away = (part.of, part.start - self.steps.start) if part is not None and known else (own, 0)
        base = self.of_every_layer(name, base)
        shown = BESIDE.get(away, f"{{}}_{abs(away)}_{'after' if away > 0 else 'before'}").format(
            base)
        while shown in self.plan.values or shown in self.values:
            shown += "_"
        return shown

    def moved(self, name: str) -> Numbered | None:
        """The layer of a value, if a loop over layers counts it."""
        family = self.plan.family(self.plan.called(name))
        return family if family in self.writer.moving else None

    def of_every_layer(self, name: str, base: str) -> str:
        """h for h1, h2, ..., where a loop over layers goes around this one."""
        family = self.plan.family(base) if base in self.plan.values else None
        return family.family if family is not None and self.moved(name) is not None else base

    def steps_name(self) -> Text:
        """What holds the views of all rounds: one for each layer, where a loop counts them."""
        layer = next((of for name in self.names if (of := self.moved(name)) is not None), None)
        if layer is None:
            return (f"steps_{self.steps.number}",)
        template = "steps{}" + "_back" * self.steps.descending
        while (Name(Numbered(template, layer.number), layer),) in self.writer.views:
            template += "_"
        return (Name(Numbered(template, layer.number), layer),)

    def statement(self, s: Statement) -> Statement:
        return s.changed(out=self.entry(s.out), of=tuple(map(self.entry, s.of)), within=None)


def _range(part: Part) -> str:
    return f"{part.of}_{part.start}_to_{part.start + (part.size or 0) - 1}"


def stepped(writer: Writer, statements: Sequence[Statement]) -> list[Line]:
    """The line of the loop, and those of a round; where no round sees an entry of its own, one round is all of them."""
    plan, steps = writer.plan, statements[0].within
    assert steps is not None
    around = _Round(writer, steps)
    body = tuple(around.statement(s) for s in statements)
    if not around.names:
        return writer.written(body)
    views = [_entries(writer, name) for name in around.names]
    shown = views[0] if len(views) == 1 else text("zip({})", listed(views))
    rounds = writer.view(around.steps_name(), text("[*{}]{}", shown, "[::-1]" * steps.descending))
    writer.plan = plan.changed(values=plan.values | around.values)
    lines = writer.written(body)
    writer.plan = plan
    names = ", ".join(around.names.values())
    head = text("for ({}) in {}:" if len(names) > LONG else "for {} in {}:", names, rounds)
    return [Line(head), *(replace(line, **_indented(line)) for line in lines)]


def _indented(line: Line) -> dict[str, Text]:
    return {"left": ("    ", *line.left)} if line.left else {"right": ("    ", *line.right)}


def _entries(writer: Writer, name: str) -> Text:
    """What to go through for the entries of a value."""
    part = writer.plan.parts.get(name)
    return writer.name(name) if part is None else part_text(writer.plan, part)


def part_text(plan: Plan, part: Part) -> Text:
    """h1[0:20], h1[20]"""
    stop = "" if part.size is None else f":{part.first + part.size}"
    return text("{}[{}{}]", named(plan, plan.place(part.of)), str(part.first), stop)
