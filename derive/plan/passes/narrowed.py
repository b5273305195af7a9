"""What only its own round of a loop over time reads needs no axis of time: one buffer, which every round overwrites.

    for t: p[t] = h[t-1] @ w.T; h[t] = tanh(x[t] + p[t])     becomes     for t: p = h[t-1] @ w.T; h[t] = tanh(x[t] + p)
"""

from __future__ import annotations

from dataclasses import replace

from derive.plan.record import Plan, Ref, Statement, Steps


def narrowed(plan: Plan) -> Plan:
    """The plan with such values of one entry."""
    loops: dict[str, set[Steps | None]] = {}
    for s in plan.statements:
        for ref in (s.out, *s.args):
            loops.setdefault(ref.name, set()).add(s.within)
    found = {s.out.name for s in plan.statements
             if s.within is not None and s.within.letter in s.out.axes and plan.value(s.out).role == "value"
             and not plan.is_parted(s.out.name) and s.out.name not in plan.members and loops[s.out.name] == {s.within}}
    if not found:
        return plan
    values = {name: replace(v, sizes=v.sizes[1:]) if name in found else v for name, v in plan.values.items()}
    return plan.changed(statements=tuple(_less(s, found) for s in plan.statements), values=values)


def _less(s: Statement, found: set[str]) -> Statement:
    def less(ref: Ref) -> Ref:
        return Ref(ref.name, ref.axes[1:]) if ref.name in found else ref

    return s.changed(out=less(s.out), of=tuple(map(less, s.args))) if s.within is not None else s
