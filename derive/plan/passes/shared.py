"""A value that two equations need is computed once: a - y stands in the cost and in its derivative."""

from __future__ import annotations

from derive.plan.record import Plain, Plan, Ref, Statement


def _key(statement: Statement, same: dict[str, str]) -> tuple[object, ...] | None:
    """What a statement computes, apart from names and letters."""
    if isinstance(statement, Plain):
        return None
    letters = {a: str(n) for n, a in enumerate(dict.fromkeys(
        [*statement.out.axes, *(a for ref in statement.args for a in ref.axes)]))}
    of = tuple((same.get(r.name, r.name), tuple(letters[a] for a in r.axes)) for r in statement.args)
    return (type(statement), getattr(statement, "function", ""), len(statement.out.axes), of)


def shared(plan: Plan) -> Plan:
    seen: dict[tuple[object, ...], str] = {}
    same: dict[str, str] = {}
    kept: list[Statement] = []
    notes: tuple[str, ...] = ()
    for statement in plan.statements:
        statement = reading(statement, same)
        key = _key(statement, same)
        value = plan.value(statement.out)
        known = seen.get(key) if key is not None else None
        if known is not None and value.role == "value" and plan.values[known].role == "value" \
                and statement.out.name not in plan.in_text:
            same[statement.out.name] = known
            notes += statement.notes
            continue
        if key is not None:
            seen[key] = statement.out.name
        kept.append(statement.changed(notes=notes + statement.notes) if notes else statement)
        notes = ()
    return plan.changed(statements=tuple(kept))


def reading(statement: Statement, names: dict[str, str]) -> Statement:
    of = tuple(Ref(names.get(r.name, r.name), r.axes) for r in statement.args)
    return statement.changed(of=of) if statement.args != of and not isinstance(statement, Plain) else statement
