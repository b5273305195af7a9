"""A value that is only a copy of another is that other one: nothing is moved."""

from __future__ import annotations

from derive.plan.note import Note
from derive.plan.record import Apply, Plan, Ref, Statement

Names = dict[str, str]
"""What the values that are copied are called from now on."""


def renamed(plan: Plan) -> Plan:
    """What is copied gets the name of its copy from the start."""
    names, copies = Names(), set[int]()
    for number, s in enumerate(plan.statements):
        if isinstance(s, Apply) and _is_copy(plan, s, names):
            names[_called(names, s.of[0]).name] = s.out.name
            copies.add(number)
    return _without(plan, copies, names) if copies else plan


def _called(names: Names, ref: Ref) -> Ref:
    name = ref.name
    while name in names:
        name = names[name]
    return Ref(name, ref.axes)


def _is_copy(plan: Plan, s: Apply, names: Names) -> bool:
    if s.function != "np.positive" or s.of[0].axes != s.out.axes:
        return False
    source = _called(names, s.of[0]).name
    both = {s.out.name, source}
    if source in plan.members or s.out.name in plan.seen or any(plan.writers[name] > 1 for name in both) \
            or any(map(plan.is_parted, both)):
        return False  # it has a place of its own, or something else is written there later
    return all(plan.values[name].role == "value" for name in both) and plan.cost not in both and not both & plan.in_text


def _without(plan: Plan, copies: set[int], names: Names) -> Plan:
    """Without the copies; what a copy begins is told where the value is written, if that is the statement before."""
    kept: list[Statement] = []
    notes: tuple[Note, ...] = ()
    for number, s in enumerate(plan.statements):
        if number in copies and kept and kept[-1].out.name == _called(names, s.of[0]).name:
            kept[-1] = kept[-1].changed(notes=kept[-1].notes + s.notes)
            continue
        notes += s.notes
        if number not in copies:
            of = tuple(_called(names, r) for r in s.of)
            kept.append(s.changed(out=_called(names, s.out), of=of, notes=notes))
            notes = ()
    return plan.changed(statements=tuple(kept))
