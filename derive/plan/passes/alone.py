"""One example: no axis of examples, so that vectors meet vectors, and a sum over the examples is the example itself.

    db[j] = sum(delta[s,j], s)      is      delta[j], which is computed where the gradient lies
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from derive.plan.note import Note
from derive.plan.record import ROWS, SHARE, Apply, Contract, Plain, Plan, Ref, Statement, Value, View


def alone(plan: Plan) -> Plan:
    """The plan with every array of one example less its first axis, where no line of plain text reads an array."""
    if any(isinstance(s, Plain) for s in plan.statements) or not any(ROWS in v.sizes for v in plan.values.values()):
        return plan
    if plan.parts and any(len(v.sizes) == 2 and ROWS in v.sizes[1:] for v in plan.values.values()):
        return plan  # each time would have one number, which is no array to write into
    return _placed(_squeezed(plan))


def _squeezed(plan: Plan) -> Plan:
    values, firsts = dict[str, Value](), list[Statement]()
    renamed = {}
    for name, value in plan.values.items():
        if value.role == "data" and ROWS in value.sizes:
            values[name] = value
            renamed[name] = f"{name}_0"
            letters = tuple(f"d{n}" for n, size in enumerate(value.sizes) if size != ROWS)
            values[f"{name}_0"] = Value(f"{name}_0", tuple(s for s in value.sizes if s != ROWS), "data")
            firsts.append(Plain(Ref(f"{name}_0", letters), (f"{name}_0 = {name}[0]",), (Ref(name),)))
        else:
            one = {plan.sample: sp.Integer(1), SHARE: sp.Integer(1)}
            amount = None if value.amount is None else value.amount.xreplace(one)
            values[name] = replace(value, sizes=tuple(s for s in value.sizes if s != ROWS), amount=amount)

    def less(ref: Ref) -> Ref:
        kept = (a for a, size in zip(ref.axes, plan.value(ref).sizes, strict=True) if size != ROWS)
        return Ref(renamed.get(ref.name, ref.name), tuple(kept))

    statements = [_less_sums(s.changed(out=less(s.out), of=tuple(map(less, s.of)), **_places(plan, s)))
                  for s in plan.statements]
    return plan.changed(statements=(*firsts, *statements), values=values)


def _less_sums(s: Statement) -> Statement:
    """A product that only the examples were summed over: nothing is summed any more. That of two vectors is the outer
    product still, which BLAS writes."""
    left = isinstance(s, Contract) and len(s.of) == 2 and {*s.of[0].axes, *s.of[1].axes} <= {*s.out.axes}
    outer = len(s.out.axes) == 2 and all(len(r.axes) == 1 for r in s.of)
    return Apply(s.out, "np.multiply", s.of, notes=s.notes, within=s.within) if left and not outer else s


def _places(plan: Plan, s: Statement) -> dict[str, Any]:
    """The places of a view along the axes that are left."""
    if not isinstance(s, View):
        return {}
    sizes = plan.value(s.of[0]).sizes
    return {"places": tuple(p for p, size in zip(s.places, sizes, strict=False) if size != ROWS)}


def _placed(plan: Plan) -> Plan:
    """A gradient that is an array lies where that value lies; a number times one is that number.

    A value without axes is a number and no memory: it is copied into its gradient.
    """
    kept: list[Statement] = []
    views, also = dict(plan.views), dict[str, tuple[Note, ...]]()
    for statement in plan.statements:
        out, args = statement.out, statement.of
        alike = isinstance(statement, Contract) and len(args) == 1 and args[0].axes == out.axes
        if alike and out.axes and plan.value(out).role == "gradient" and plan.value(args[0]).role == "value" \
                and args[0].name not in views and not _is_seen(plan, args[0].name) and not plan.is_parted(args[0].name):
            views[args[0].name] = out.name
            also[args[0].name] = statement.notes  # of two equations now
        elif alike or _is_times_one(plan, statement):
            kept.append(Apply(out, "np.positive", args[:1], notes=statement.notes))
        else:
            kept.append(statement)
    noted = (s.changed(notes=s.notes + also.get(s.out.name, ())) for s in kept)
    return plan.changed(statements=tuple(noted), views=views)


def _is_seen(plan: Plan, name: str) -> bool:
    """Whether it is a view, or something is a view of it."""
    return name in plan.seen or name in plan.roots


def _is_times_one(plan: Plan, statement: Statement) -> bool:
    return (isinstance(statement, Apply) and statement.function == "np.multiply"
            and plan.value(statement.of[-1]).amount == 1)
