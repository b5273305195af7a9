"""A value that two equations need is computed once: a - y stands in the cost and in its derivative."""

from __future__ import annotations

from dataclasses import replace

from derive.plan.note import Note
from derive.plan.record import Plain, Plan, Ref, Statement

Known = tuple[str, tuple[int, ...]]
"""The name of an equal value, and for each of its axes the place of that axis here."""


def _key(statement: Statement) -> tuple[tuple[object, ...], tuple[int, ...]]:
    """What a statement computes, apart from names, letters and the order of its axes; and that order."""
    if isinstance(statement, Plain):
        return (statement,), ()
    letters = {a: n for n, a in enumerate(dict.fromkeys(
        [*(a for ref in statement.of for a in ref.axes), *statement.out.axes]))}
    of = tuple((r.name, tuple(letters[a] for a in r.axes)) for r in statement.of)
    out = tuple(letters[a] for a in statement.out.axes)
    places = tuple(replace(p, outer=str(letters.get(p.outer)), inner=str(letters.get(p.inner)))
                   for p in getattr(statement, "places", ()))
    order = out if len(out) > 2 else tuple(sorted(out))  # of more axes, the order is what a product was promised
    return (type(statement), getattr(statement, "function", ""), order, of, places), out


def shared(plan: Plan) -> Plan:
    seen: dict[tuple[object, ...], tuple[str, tuple[int, ...]]] = {}
    same: dict[str, Known] = {}
    parts = dict(plan.parts)
    kept: list[Statement] = []
    notes: tuple[Note, ...] = ()
    for statement in plan.statements:
        statement = _reading(statement, same)
        key, order = _key(statement)
        known, name = seen.get(key), statement.out.name
        if known is not None and plan.values[name].role == plan.values[known[0]].role == "value" \
                and name not in plan.in_text and name not in plan.parts \
                and (tuple(map(order.index, known[1])) == (*range(len(order)),) or not plan.is_parted(name)) \
                and all(_is_written_once(plan, n) for n in (name, known[0])):
            parts = {n: replace(p, of=known[0]) if p.of == name else p for n, p in parts.items()}
            same[name] = known[0], tuple(map(order.index, known[1]))
            notes += statement.notes
            continue
        seen[key] = name, order
        kept.append(statement.changed(notes=notes + statement.notes) if notes else statement)
        notes = ()
    return plan.changed(statements=tuple(kept), parts=parts)


def _is_written_once(plan: Plan, name: str) -> bool:
    """Whether one statement makes it, as a whole."""
    return plan.writers[name] == 1 if name not in plan.seen else name not in plan.filled


def _reading(statement: Statement, same: dict[str, Known]) -> Statement:
    def other(ref: Ref) -> Ref:
        name, places = same[ref.name]
        return Ref(name, tuple(ref.axes[n] for n in places))

    if isinstance(statement, Plain):
        return statement
    of = tuple(other(r) if r.name in same else r for r in statement.of)
    return statement.changed(of=of) if statement.of != of else statement


def reading(statement: Statement, names: dict[str, str]) -> Statement:
    """The statement with operands of other names."""
    of = tuple(Ref(names.get(r.name, r.name), r.axes) for r in statement.of)
    return statement.changed(of=of) if statement.of != of and not isinstance(statement, Plain) else statement
