"""Memory of what nothing reads any more serves again: fewer arrays stay in the cache.

    q = o @ w;  ...  (the last read of q)  ...  d = e @ k      becomes      d lies where q was

Only arrays of many numbers an example, each of one value at a time: small ones are in the cache anyway.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

from derive.plan.record import ROWS, Plan, Value


def scratch(plan: Plan) -> Plan:
    """Each memory is taken over by the next one of its size that is written after its last read."""
    if plan.repeats or any(s.within is not None for s in plan.statements):  # a loop has buffers by their numbers
        return plan
    shares, values = dict(plan.shares), dict(plan.values)
    free: dict[tuple[object, ...], list[tuple[int, str]]] = {}
    lying = _lying(plan)
    for place, (first, last) in _spans(plan, lying).items():
        known = free.setdefault((values[place].sizes, values[place].truth), [])
        over = next((one for one in known if one[0] < first), (last, place))
        if over[1] != place:
            known.remove(over)
            shares[place] = over[1]
            values |= {name: replace(values[name], nameless=False) for name in lying[place]}  # not by another's name
        known.append((last, over[1]))
    return plan.changed(shares=shares, values=values)


def _lying(plan: Plan) -> dict[str, list[str]]:
    """What lies in each memory."""
    found: dict[str, list[str]] = {}
    for s in plan.statements:
        found.setdefault(plan.place(s.out.name), []).append(s.out.name)
    return found


def _spans(plan: Plan, lying: dict[str, list[str]]) -> dict[str, tuple[int, int]]:
    """From which statement to which each memory is of use, in order of the first; to the end, what the caller gets."""
    last, spans = {name: number for number, name in plan.reads()}, dict[str, tuple[int, int]]()
    for number, s in enumerate(plan.statements):
        place = plan.place(s.out.name)
        if place not in spans and all(_is_free(plan, name) for name in (place, *lying[place])):
            spans[place] = number, max(last.get(name, len(plan.statements)) for name in lying[place])
    return spans


def _is_free(plan: Plan, name: str) -> bool:
    value = plan.values[name]
    return (value.role == "value" and _width(value) >= plan.measured.scratch and name not in plan.members
            and name not in plan.arenas and name not in plan.in_text and name not in plan.flipped
            and not plan.is_parted(name) and name not in plan.seen
            and all(plan.root(view) != name for view in plan.seen))


def _width(value: Value) -> int:
    """Numbers an example."""
    return prod(int(n) for n in value.sizes if n != ROWS) if ROWS in value.sizes else 0
