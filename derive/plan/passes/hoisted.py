"""What the parameters do not change is computed once, before the first call.

    t1 = x ^ k;  f = t1 @ w      becomes      once: t1 = x ^ k;      every call: f = t1 @ w

That is what depends on numbers alone and, where the data are fixed, on the data.
"""

from __future__ import annotations

from dataclasses import replace

from derive.plan.note import Note
from derive.plan.record import Plan, Statement, View


def hoisted(plan: Plan) -> Plan:
    """Every statement all of whose operands are known before the first call, with what it writes."""
    data = {name for name, v in plan.values.items() if v.role == "data"} if plan.fixed else set()
    known = data | {name for name, v in plan.values.items() if v.role in ("constant", "fixed")}
    known -= {*plan.folded.values()}
    once, kept = list[Statement](), list[Statement]()
    waiting: tuple[Note, ...] = ()
    for s in plan.statements:
        if all(r.name in known for r in s.of) and _may_move(plan, s):
            known.add(s.out.name)
            waiting = s.notes or waiting  # the rest of this equation may stay behind, and needs its name
            once.append(s.changed(notes=tuple(replace(n, before=f"for {n.before}") for n in s.notes)))
        elif isinstance(s, View) and s.of[0].name in known and s.out.name not in plan.filled:
            known.add(s.out.name)
            kept.append(s)
        else:
            kept.append(s if s.notes else s.changed(notes=waiting))
            waiting = ()
    values = {name: replace(v, role="fixed") if name in known and v.role in ("value", "data") else v
              for name, v in plan.values.items()}
    return plan.changed(statements=tuple(kept), values=values, once=(*plan.once, *once)) if once or data else plan


def _may_move(plan: Plan, s: Statement) -> bool:
    """Whether its result has a place of its own, which no call writes."""
    name = s.out.name
    return (not isinstance(s, View) and plan.writers[name] == 1 and plan.value(s.out).role in ("value", "data", "bound")
            and name != plan.cost and name not in plan.arenas and name not in plan.members)
