"""The same operation on every layer as one call, where their values lie one after the other in a flat buffer.

    t1 = 1 - a1;  ...;  t3 = 1 - a3      becomes      t_all = 1 - a_all

In a loop over time that holds for what each round does to several values, such as the gates of an LSTM.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from derive.codegen.repeats import Numbered, moved_number
from derive.plan.note import Note
from derive.plan.record import ROWS, Apply, Plan, Ref, Size, Statement, Value

Group = list[tuple[int, Apply]]


def together(plan: Plan) -> Plan:
    """Groups are made until none is left that every operand allows: all there before the first result is read."""
    while True:
        group = next((g for g in _groups(plan) if _possible(plan, g)), None)
        if group is None:
            return plan
        plan = _merged(plan, group)


def _groups(plan: Plan) -> list[Group]:
    """Statements that do the same to values of their own, alike but for their width, in order of the first; none reads
    what another makes."""
    found: dict[tuple[object, ...], list[tuple[Group, set[str]]]] = {}
    needed, outside = _needed(plan), _outside(plan)
    makers = {name: getattr(s, "function", type(s).__name__)
              for s in plan.statements for name in plan.names(s.out.name)}
    for number, s in enumerate(plan.statements):
        if isinstance(s, Apply) and _is_whole(plan, s, outside):
            key = (s.function, s.within, *(r.name if plan.value(r).role == "constant" else "" for r in s.of),
                   *(r.name == s.of[0].name for r in s.of), *(makers.get(r.name, "") for r in s.of),
                   *(plan.value(r).sizes[:-1] for r in (s.out, *s.of)))
            alike, read = found.setdefault(key, []), needed.get(number) or {r.name for r in s.of}
            place = next((n for n, (_, made) in enumerate(alike) if read.isdisjoint(made)), len(alike))
            if place == len(alike):
                alike.append(([], set()))
            alike[place][0].append((number, s))
            alike[place][1].add(s.out.name)
    return [group for alike in found.values() for group, _ in alike if len(group) > 1]


def _needed(plan: Plan) -> dict[int, set[str]]:
    """What each statement of a loop over time is computed from in its round, over however many steps."""
    found: dict[str, set[str]] = {}
    each: dict[int, set[str]] = {}
    for number, s in enumerate(plan.statements):
        if s.within is not None:
            each[number] = {r.name for r in s.of}.union(*(found.get(r.name, ()) for r in s.of))
            found[s.out.name] = each[number]
    return each


def _is_whole(plan: Plan, s: Apply, outside: AbstractSet[str]) -> bool:
    """Entry by entry, over arrays of one shape and numbers."""
    out = plan.value(s.out)
    sizes, axes = _of_round(plan, s, s.out)
    values = [plan.value(r) for r in s.of]
    arrays = [r for r, v in zip(s.of, values, strict=True) if v.role != "constant"]
    flat = len(sizes) == 1 and sizes[0] != ROWS
    one = flat or len(sizes) == 2 and sizes[0] == ROWS  # a place in a flat buffer has one shape
    alone = not s.each and s.out.name not in plan.seen and plan.writers[s.out.name] == 1
    return (one and alone and s.function.startswith("np.") and out.role == "value" and not out.truth
            and s.out.name not in plan.arenas and bool(arrays)
            and not any(r.name in plan.parts or r.name in plan.flipped or _is_merged(plan, r.name, outside)
                        for r in (s.out, *s.of))
            and all(v.role == "constant" and not v.sizes
                    or v.role == "value" and _of_round(plan, s, r) == (sizes, axes) and not v.truth
                    for r, v in zip(s.of, values, strict=True)))


def _is_merged(plan: Plan, name: str, outside: AbstractSet[str]) -> bool:
    """Whether something sees all times of it at once that needs them to follow each other."""
    value = plan.values[name]
    return value.sizes[:1] != (ROWS,) and len(value.sizes) > 1 and not outside.isdisjoint(plan.overlapping(name))


def _outside(plan: Plan) -> set[str]:
    """What any product outside of the loops over time reads, and what is written there, which may come from one."""
    return {name for s in plan.statements if s.within is None
            for name in (s.out.name, *(r.name for r in s.of if not isinstance(s, Apply)))}


def _of_round(plan: Plan, s: Apply, ref: Ref) -> tuple[tuple[Size, ...], tuple[str, ...]]:
    """The sizes and letters of what one round of the loop around a statement sees."""
    sizes = plan.value(ref).sizes
    timed = s.within is not None and ref.axes[:1] == (s.within.letter,)
    return (sizes[1:], ref.axes[1:]) if timed else (sizes, ref.axes)


def _possible(plan: Plan, group: Group) -> bool:
    begin = _begin(plan, group)
    end = min(plan.first_read.get(s.out.name, len(plan.statements)) for _, s in group)
    statements = [s for _, s in group]
    columns = [_columns(plan, statements, place) for place in range(len(statements[0].of))]
    fits = _fit(plan, {names for names in (*columns, tuple(s.out.name for s in statements)) if names is not None})
    width = sum(_width(plan.value(s.out)) for s in statements)
    most = plan.measured.narrow if plan.case == "many" else plan.measured.together
    return begin < end and fits and width <= most


def _begin(plan: Plan, group: Group) -> int:
    """The statement after which every operand is there: the last before the loop, at least, if they are in one."""
    (first, one), *_ = group
    start = first
    while one.within is not None and start and plan.statements[start - 1].within == one.within:
        start -= 1
    return max(start - 1 if one.within is not None else -1, *(plan.last_write.get(r.name, -1) for _, s in group
                                                              for r in s.of))


def _width(value: Value) -> int:
    return int(value.sizes[-1])


def _columns(plan: Plan, statements: list[Apply], place: int) -> tuple[str, ...] | None:
    """The operands at one place, unless they are a number."""
    names = tuple(s.of[place].name for s in statements)
    return None if plan.values[names[0]].role == "constant" else names


def _fit(plan: Plan, rows: AbstractSet[tuple[str, ...]]) -> bool:
    """Whether those of each row lie together already, or can be laid so; none has a place in two."""
    every = [name for names in rows for name in names]
    return len({*every}) == len(every) and all(
        names in plan.arenas.values() or not {*names} & plan.members for names in rows)


def _of_layer(name: str, members: Sequence[Numbered | None]) -> Numbered | None:
    """The layer of a buffer that holds several values of one layer, such as the gates of a round."""
    first, *others = members
    if first is None or any(one is None or one.number != first.number for one in others):
        return None
    return Numbered(f"all_{first.template}", first.number) if name == f"all_{first.name}" else None


def _merged(plan: Plan, group: Group) -> Plan:
    """One statement for all, where the last of the operands is there."""
    statements = [s for _, s in group]
    first, joint = statements[0], _Joint(plan, dict(plan.values), dict(plan.arenas))
    of = tuple(ref if (names := _columns(plan, statements, place)) is None else joint.ref(ref, names)
               for place, ref in enumerate(first.of))
    notes = tuple(note for s in statements for note in s.notes) if first.within is not None else ()
    one = Apply(joint.ref(first.out, tuple(s.out.name for s in statements)), first.function, of, notes=notes,
                within=first.within)
    return plan.changed(statements=tuple(_replaced(plan, group, one)), values=joint.values, arenas=joint.arenas)


@dataclass(frozen=True)
class _Joint:
    """Buffers that hold several values, one after the other."""

    plan: Plan
    values: dict[str, Value]
    arenas: dict[str, tuple[str, ...]]

    def ref(self, first: Ref, names: tuple[str, ...]) -> Ref:
        """All of them, laid as the first."""
        return Ref(self._arena(names), (*first.axes[:-1], "all"))

    def _arena(self, names: tuple[str, ...]) -> str:
        known = next((a for a, members in self.arenas.items() if members == names), None)
        pair = moved_number(names[0], names[1])
        shown = f"all_{pair[0].family if pair is not None else names[0]}"
        name = known or (shown if shown not in self.values else f"{shown}_{len(self.arenas) + 1}")
        self.arenas[name] = names
        members = [self.plan.values[n] for n in names]
        sizes = (*members[0].sizes[:-1], sum(map(_width, members)))
        self.values[name] = Value(name, sizes, nameless=True, family=_of_layer(name, [v.family for v in members]))
        return name


def _replaced(plan: Plan, group: Group, one: Apply) -> Iterator[Statement]:
    """The statements with one in place of a group; what began where another stood is told at the next."""
    numbers, begin = {n for n, _ in group}, _begin(plan, group)
    notes: tuple[Note, ...] = ()
    for number, statement in enumerate(plan.statements):
        if number in numbers:
            notes = statement.notes if one.within is None else ()
        else:
            yield replace(statement, notes=(*notes, *statement.notes)) if notes else statement
            notes = ()
        if number == begin:
            yield one
