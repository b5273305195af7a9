"""A softmax on the transposed array: its maximum and its sum over ten entries run along a thousand examples.

What is computed between the scores and their adjoint is laid out with the examples last; the data that it meets are
copied over once. NumPy reduces the first axis of (10, 1000) row by row, and the last of (1000, 10) ten by ten.
"""

from __future__ import annotations

from derive.plan.record import ROWS, Apply, Contract, Plain, Plan, Reduce, Ref, Statement, Value


def flipped(plan: Plan) -> Plan:
    """Everything of the shape of what a maximum runs over, as far as it is computed from it entry by entry."""
    heads = {s.of[0].name for s in plan.statements if isinstance(s, Reduce) and s.out.axes}
    if not heads or any(isinstance(s, Plain) for s in plan.statements):
        return plan
    found = {name for name in heads if plan.values[name].sizes[:1] == (ROWS,) and len(plan.values[name].sizes) == 2}
    for statement in plan.statements:
        value = plan.value(statement.out)
        if isinstance(statement, Apply) and value.role == "value" and len(value.sizes) == 2 and not value.truth \
                and any(r.name in found for r in statement.of) and statement.function.startswith("np."):
            found.add(value.name)
    found -= {name for name in plan.seen} | {plan.root(name) for name in plan.seen}
    found -= {s.out.name for s in plan.statements if isinstance(s, Contract) and s.out.name in found}
    found = {name for name in found if not plan.is_parted(name)}
    return _copied(plan.changed(flipped=frozenset(found)), found) if found else plan


def _copied(plan: Plan, found: set[str]) -> Plan:
    """Data beside flipped arrays are copied over first, once each."""
    values, made = dict(plan.values), dict[str, str]()
    statements: list[Statement] = []
    for statement in plan.statements:
        refs = []
        for ref in statement.of:
            value = plan.value(ref)
            beside = statement.out.name in found or any(r.name in found and r.axes == ref.axes for r in statement.of)
            if value.role == "data" and len(ref.axes) == 2 and beside:
                if ref.name not in made:
                    made[ref.name] = f"{ref.name}_flipped"
                    values[made[ref.name]] = Value(made[ref.name], value.sizes)
                    copy = Ref(made[ref.name], ref.axes)
                    statements.append(Apply(copy, "np.positive", (ref,), notes=statement.notes))
                    statement = statement.changed(notes=())
                ref = Ref(made[ref.name], ref.axes)
            refs.append(ref)
        statements.append(statement.changed(of=tuple(refs)) if tuple(refs) != statement.of else statement)
    return plan.changed(statements=tuple(statements), values=values, flipped=plan.flipped | set(made.values()))
