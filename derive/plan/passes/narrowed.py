"""What only its own round of a loop over time reads needs no axis of time: one buffer, which every round overwrites.

    for t: p[t] = h[t-1] @ w.T; h[t] = tanh(x[t] + p[t])     becomes     for t: p = h[t-1] @ w.T; h[t] = tanh(x[t] + p)

It may be a part of an array of which nothing else reads or writes these times.
"""

from __future__ import annotations

from dataclasses import replace

from derive.plan.record import Part, Plan, Ref, Statement


def narrowed(plan: Plan) -> Plan:
    """The plan with such values of one entry."""
    uses = [(ref.name, s.within) for s in plan.statements for ref in (s.out, *s.of)]
    used: dict[str, set[object]] = {}
    for name, within in uses:
        used.setdefault(name, set()).add(within)
    found = [s.out.name for s in plan.statements
             if s.within is not None and s.within.letter in s.out.axes and plan.value(s.out).role == "value"
             and s.out.name not in plan.members and used[s.out.name] == {s.within}
             and _is_alone(plan, s.out.name, used)]
    if not found:
        return plan
    names = _names(plan, found, used)
    values = plan.values | {new: replace(plan.values[name], name=new, sizes=plan.values[name].sizes[1:])
                            for name, new in names.items()}
    left = {name: within for name, within in used.items() if name not in found}
    parts = {name: part for name, part in plan.parts.items() if name in left and not _is_alone(plan, name, left)}
    return plan.changed(statements=tuple(_less(s, names) for s in plan.statements), values=values, parts=parts)


def _is_alone(plan: Plan, name: str, used: dict[str, set[object]]) -> bool:
    """Whether no other part of its array that is of use has any of its entries."""
    whole = plan.parts.get(name)
    others = [other for other in plan.overlapping(name) if other != name and other in used]
    return not others or whole is not None and all(
        other in plan.parts and not _meet(whole, plan.parts[other]) for other in others)


def _meet(one: Part, other: Part) -> bool:
    return one.first < other.first + (other.size or 1) and other.first < one.first + (one.size or 1)


def _names(plan: Plan, found: list[str], used: dict[str, set[object]]) -> dict[str, str]:
    """What they are called now: a part goes by the name of its array, if nothing else does."""
    names = {name: plan.parts[name].of if name in plan.parts else name for name in found}
    every = [*names.values()]
    return {name: name if new in used or every.count(new) > 1 else new for name, new in names.items()}


def _less(s: Statement, names: dict[str, str]) -> Statement:
    def less(ref: Ref) -> Ref:
        return Ref(names[ref.name], ref.axes[1:]) if ref.name in names else ref

    return s.changed(out=less(s.out), of=tuple(map(less, s.of))) if s.within is not None else s
