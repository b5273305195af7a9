"""Memory of what nothing reads any more serves again: fewer arrays stay in the cache.

    q = o @ w;  ...  (the last read of q)  ...  d = e @ k      becomes      d lies where q was

Only arrays of many numbers an example, each of one value at a time: small ones are in the cache anyway. What each round
of a loop over layers needs for itself alone lies in one array for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from derive.plan.record import ROWS, Plan, Repeat, Value

Free = list[tuple[int, str]]
"""Memories, each with the last statement that needs it."""


@dataclass(frozen=True)
class Use:
    """From which statement to which a memory is of use; of what one round alone uses, that of the first round."""

    first: int
    last: int
    repeat: Repeat | None = None
    others: tuple[str, ...] = ()
    """The memories of the same value in the other rounds."""


def scratch(plan: Plan) -> Plan:
    """Each memory is taken over by the next one of its size that is written after its last read."""
    if any(s.within is not None for s in plan.statements):  # a loop over time has buffers of its own
        return plan
    shares, values = dict(plan.shares), dict(plan.values)
    free: dict[object, Free] = {}
    for place, use in _uses(plan).items():
        kind = _kind(plan, place)
        known = free.setdefault((kind, use.repeat and use.repeat.start), [])
        over = _taken(known, use.first)
        if over is None and use.repeat is not None:  # what the rounds use is not free again before their end
            outside = free.setdefault((kind, None), [])
            over = _taken(outside, use.repeat.start) or _memory(values, place)
            outside.append((use.repeat.stop - 1, over))
        known.append((use.last, over or place))
        shares |= {one: over for one in (place, *use.others) if over not in (None, one)}
    return plan.changed(shares=shares, values=values, kept=plan.kept | (shares.keys() - plan.shares.keys()))


def _kind(plan: Plan, place: str) -> tuple[object, ...]:
    """What another must be alike in to lie where this does."""
    return plan.values[place].sizes, plan.values[place].truth


def _memory(values: dict[str, Value], like: str) -> str:
    """A new one, of no layer."""
    name = next(name for name in map("memory{}".format, count(1)) if name not in values)
    values[name] = Value(name, values[like].sizes, truth=values[like].truth, nameless=True)
    return name


def _taken(known: Free, first: int) -> str | None:
    """The first memory that is free by then, and no longer."""
    found = next((one for one in known if one[0] < first), None)
    if found is None:
        return None
    known.remove(found)
    return found[1]


def _uses(plan: Plan) -> dict[str, Use]:
    """What each memory is used for, in order of the first statement; not where a loop needs it in several rounds."""
    mentions, rounds = _mentions(plan), _rounds(plan)
    within = {place: {rounds.get(number) for number in numbers} for place, numbers in mentions.items()}
    free = _free(plan)
    found: dict[str, Use] = {}
    for place in (place for place in mentions if place in free and len(within[place]) == 1):
        first, *_, last = sorted((mentions[place][0], *mentions[place]))
        (here,) = within[place]
        if here is None:
            found[place] = Use(first, last)
        elif here[1] == 0:
            repeat, _ = here
            others = tuple(plan.place(plan.statements[first + n * repeat.period].out.name)
                           for n in range(1, repeat.count))
            if all(other in free and within[other] == {(repeat, n)} and _kind(plan, other) == _kind(plan, place)
                   for n, other in enumerate(others, 1)):  # the last of equal layers may be narrower
                found[place] = Use(first, last, repeat, others)
    return found


def _mentions(plan: Plan) -> dict[str, list[int]]:
    """The statements that read or write each memory; a last one, if the caller gets what lies there."""
    found: dict[str, list[int]] = {}
    read = {name for _, name in plan.reads()}
    for number, s in enumerate(plan.statements):
        for name in dict.fromkeys((s.out.name, *(name for r in s.of for name in plan.names(r.name)))):
            found.setdefault(plan.place(name), []).append(number)
    for s in plan.statements:
        if s.out.name not in read:
            found[plan.place(s.out.name)].append(len(plan.statements))
    return found


def _rounds(plan: Plan) -> dict[int, tuple[Repeat, int]]:
    """Of which round of which loop each statement is."""
    return {number: (one, (number - one.start) // one.period) for one in plan.repeats
            for number in range(one.start, one.stop)}


def _free(plan: Plan) -> set[str]:
    """The memories of one value at a time."""
    found = {plan.place(s.out.name) for s in plan.statements}
    for name in (name for s in plan.statements for name in (s.out.name, plan.place(s.out.name))):
        value = plan.values[name]
        taken = (plan.members, plan.arenas, plan.in_text, plan.flipped, plan.seen, plan.roots)
        if value.role != "value" or width(value) < plan.measured.scratch or plan.is_parted(name) \
                or any(name in names for names in taken):
            found.discard(plan.place(name))
    return found


def width(value: Value) -> int:
    """Numbers an example, of what grows with the examples."""
    return value.each if ROWS in value.sizes else 0
