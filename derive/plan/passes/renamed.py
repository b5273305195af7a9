"""A value that is only a copy of another is that other one: nothing is moved."""

from __future__ import annotations

from derive.plan.record import Apply, Plain, Plan, Ref, Statement


def renamed(plan: Plan) -> Plan:
    """What is copied gets the name of its copy from the start."""
    while True:
        copy = next((s for s in plan.statements if _is_copy(plan, s)), None)
        if copy is None:
            return plan
        plan = _without(plan, copy)


def _is_copy(plan: Plan, s: Statement) -> bool:
    if not isinstance(s, Apply) or s.function != "np.positive" or s.of[0].axes != s.out.axes:
        return False
    both = {s.out.name, s.of[0].name}
    if s.of[0].name in plan.views:  # it lies in a gradient of its own
        return False
    as_text = {r.name for t in plan.statements if isinstance(t, Plain) for r in (*t.args, t.out)}
    return all(plan.values[name].role == "value" for name in both) and plan.cost not in both and not both & as_text


def _without(plan: Plan, copy: Statement) -> Plan:
    old, new = copy.args[0].name, copy.out.name

    def name(ref: Ref) -> Ref:
        return Ref(new, ref.axes) if ref.name == old else ref

    kept = []
    notes: tuple[str, ...] = ()
    for s in plan.statements:
        if s is copy:
            notes = s.notes
            continue
        kept.append(s.changed(out=name(s.out), of=tuple(map(name, s.args)), notes=(*notes, *s.notes)))
        notes = ()
    return plan.changed(statements=tuple(kept))
