"""What a loop over time need not wait for is computed for all times at once, before it or after it.

    for t: v = x[t] @ u.T; p = h[t-1] @ w.T; h[t] = tanh(v + p)     becomes     v = x @ u.T; for t: p = ...; h[t] = ...

In: loops whose statements are right for all times at once, each entry written once. What leads back to itself from
one round to the next stays, and what stands between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from derive.plan.note import Note
from derive.plan.record import Plan, Statement


def apart(plan: Plan) -> Plan:
    """Every loop with less in it."""
    runs = [[*run] for _, run in groupby(plan.statements, lambda s: s.within)]
    made = [s for run in runs for s in (run if run[0].within is None else _parted(plan, run))]
    return plan.changed(statements=tuple(made))


def _parted(plan: Plan, body: Sequence[Statement]) -> Iterator[Statement]:
    """What comes before the loop, the loop, and what comes after it."""
    after = _following(plan, body)
    reached = [_reached(readers, after) for readers in after]
    waiting = {n for n, found in enumerate(reached) if n in found}
    late = _reached(waiting, after)
    early = {n for n, found in enumerate(reached) if found & waiting} | waiting
    places = ["before" if n not in late else "within" if n in early else "after" for n in range(len(body))]
    noted = _noted(body, places)
    for place in ("before", "within", "after"):
        yield from (s if place == "within" else replace(s, within=None)
                    for s, own in zip(noted, places, strict=True) if own == place)


def _following(plan: Plan, body: Sequence[Statement]) -> list[set[int]]:
    """Which statements read what each of them writes, in the same round or in a later one."""
    readers: dict[str, set[int]] = {}
    for n, s in enumerate(body):
        for ref in s.of:
            readers.setdefault(ref.name, set()).add(n)
    return [{n for name in plan.overlapping(s.out.name) for n in readers.get(name, ())} for s in body]


def _reached(start: set[int], after: Sequence[set[int]]) -> set[int]:
    found, border = {*start}, [*start]
    while border:
        new = after[border.pop()] - found
        found |= new
        border += new
    return found


def _noted(body: Sequence[Statement], places: Sequence[str]) -> list[Statement]:
    """Where an equation is computed in several places, each says so: before the loop it is `for` the equation."""
    made: list[Statement] = []
    notes: tuple[Note, ...] = ()
    said = set[str]()
    for n, (s, place) in enumerate(zip(body, places, strict=True)):
        if s.notes:
            notes, said = s.notes, set()
        of = next((m for m in range(n + 1, len(body)) if body[m].notes), len(body))
        last = "within" if "within" in places[n:of] or "within" in said else place
        shown = notes if place in (last, "after") else tuple(replace(o, before=f"for {o.before}") for o in notes)
        made.append(s.changed(notes=shown if place not in said else ()))
        said.add(place)
    return made
