"""The same operation on every layer as one call, where their values lie one after the other in a flat buffer.

    t1 = 1 - a1;  ...;  t3 = 1 - a3      becomes      t_all = 1 - a_all
"""

from __future__ import annotations

from dataclasses import replace

from derive.codegen.repeats import moved_number
from derive.plan.note import Note
from derive.plan.record import ROWS, Apply, Plan, Ref, Statement, Value

Group = list[tuple[int, Apply]]


def together(plan: Plan) -> Plan:
    """Groups are made until none is left that every operand allows: all there before the first result is read."""
    while True:
        group = next((g for g in _groups(plan) if _possible(plan, g)), None)
        if group is None:
            return plan
        plan = _merged(plan, group)


def _groups(plan: Plan) -> list[Group]:
    """Statements that do the same to values of their own, in order of the first; none reads what another makes."""
    found: dict[tuple[object, ...], list[tuple[Group, set[str]]]] = {}
    makers = {name: getattr(s, "function", type(s).__name__)
              for s in plan.statements for name in plan.names(s.out.name)}
    for number, s in enumerate(plan.statements):
        if isinstance(s, Apply) and _is_whole(plan, s):
            key = (s.function, *(r.name if plan.value(r).role == "constant" else "" for r in s.of),
                   *(r.name == s.of[0].name for r in s.of), *(makers.get(r.name, "") for r in s.of))
            alike, read = found.setdefault(key, []), {r.name for r in s.of}
            place = next((n for n, (_, made) in enumerate(alike) if read.isdisjoint(made)), len(alike))
            if place == len(alike):
                alike.append(([], set()))
            alike[place][0].append((number, s))
            alike[place][1].add(s.out.name)
    return [group for alike in found.values() for group, _ in alike if len(group) > 1]


def _is_whole(plan: Plan, s: Apply) -> bool:
    """Entry by entry, over arrays of one shape and numbers."""
    out = plan.value(s.out)
    values = [plan.value(r) for r in s.of]
    arrays = [r for r, v in zip(s.of, values, strict=True) if v.role != "constant"]
    flat = len(out.sizes) == 1 and out.sizes[0] != ROWS
    one = flat or len(out.sizes) == 2 and out.sizes[0] == ROWS  # a place in a flat buffer has one shape
    alone = (not s.each and s.within is None and s.out.name not in plan.seen and plan.writers[s.out.name] == 1
             and not any(plan.is_parted(r.name) for r in (s.out, *s.of)))
    return (one and alone and s.function.startswith("np.") and out.role == "value" and bool(out.sizes) and not out.truth
            and s.out.name not in plan.arenas and bool(arrays)
            and not {s.out.name, *(r.name for r in s.of)} & plan.flipped
            and all(v.role == "constant" and not v.sizes
                    or v.role == "value" and v.sizes == out.sizes and not v.truth for v in values)
            and all(r.axes == s.out.axes for r in arrays))


def _possible(plan: Plan, group: Group) -> bool:
    begin = _begin(plan, [s for _, s in group])
    end = min(plan.first_read.get(s.out.name, len(plan.statements)) for _, s in group)
    columns = [_columns(plan, s, place) for place in range(len(group[0][1].of)) for s in [[s for _, s in group]]]
    width = sum(_width(plan.value(s.out)) for _, s in group)
    fits = all(c is None or _fits(plan, c) for c in columns) and _fits(plan, tuple(s.out.name for _, s in group))
    most = plan.measured.narrow if plan.case == "many" else plan.measured.together
    return begin < end and fits and width <= most


def _begin(plan: Plan, statements: list[Apply]) -> int:
    """The statement after which every operand is there."""
    return max(plan.last_write.get(r.name, -1) for s in statements for r in s.of)


def _width(value: Value) -> int:
    found = 1
    for size in value.sizes:
        found *= 1 if size == ROWS else int(size)
    return found


def _columns(plan: Plan, statements: list[Apply], place: int) -> tuple[str, ...] | None:
    """The operands at one place, unless they are a number."""
    names = tuple(s.of[place].name for s in statements)
    return None if plan.values[names[0]].role == "constant" else names


def _fits(plan: Plan, names: tuple[str, ...]) -> bool:
    """Whether these lie together already, or can be laid so."""
    return len(set(names)) == len(names) and (names in plan.arenas.values() or not set(names) & plan.members)


def _merged(plan: Plan, group: Group) -> Plan:
    """One statement for all, where the last of the operands is there."""
    values, arenas = dict(plan.values), dict(plan.arenas)
    statements = [s for _, s in group]

    def arena(names: tuple[str, ...]) -> str:
        known = next((a for a, members in arenas.items() if members == names), None)
        pair = moved_number(names[0], names[1])
        shown = f"all_{pair[0].family if pair is not None else names[0]}"
        name = known or (shown if shown not in values else f"{shown}_{len(arenas) + 1}")
        arenas[name] = names
        rows = plan.values[names[0]].sizes[:1] if ROWS in plan.values[names[0]].sizes else ()
        values[name] = Value(name, (*rows, sum(_width(plan.values[n]) for n in names)), nameless=True)
        return name

    letters = ("s", "all") if ROWS in plan.value(statements[0].out).sizes else ("all",)
    of = tuple(statements[0].of[place] if names is None else Ref(arena(names), letters)
               for place in range(len(statements[0].of)) for names in [_columns(plan, statements, place)])
    out = Ref(arena(tuple(s.out.name for s in statements)), letters)
    numbers = {n for n, _ in group}
    begin = _begin(plan, statements)
    rest: list[Statement] = []
    notes: tuple[Note, ...] = ()
    for number, statement in enumerate(plan.statements):
        if number in numbers:
            notes = statement.notes
        else:
            rest.append(replace(statement, notes=(*notes, *statement.notes)) if notes else statement)
            notes = ()
        if number == begin:
            rest.append(Apply(out, statements[0].function, of))
    return plan.changed(statements=tuple(rest), values=values, arenas=arenas)
