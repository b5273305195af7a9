"""Weights that are read transposed again and again are copied so once a call: by rounds of a loop, or by many rows.

    for t: p = h[t-1] @ w.T      becomes      w_turned = w.T; for t: p = h[t-1] @ w_turned

A product with a transposed second operand takes BLAS twice as long (20 rounds of 32x64 @ 64x64: 116 us and 54; the copy
3), as its kernel for small products reads rows. What many rows multiply pays for the copy itself where its sums are
short (256 rows of 64 by 64x256: 0.91 in float32, 0.94 in float64; whole steps 0.97 to 1.0).
"""

from __future__ import annotations

from derive.plan.record import Apply, Contract, Plan, Ref, Statement, Value


def turned(plan: Plan) -> Plan:
    """Each such array once, before the first loop that reads it, or before what reads it."""
    values, made = dict(plan.values), list[Statement]()
    begin = 0
    for n, s in enumerate(plan.statements):
        if s.within is None or s.within != plan.statements[n - 1].within:
            begin = len(made)
        for ref in (r for r in s.of if _is_turned(plan, s, r)):
            name, axes = f"{ref.name}_turned", (ref.axes[-1], *ref.axes[:-1])
            if name not in values:
                value = plan.value(ref)
                sizes = (value.sizes[-1], *value.sizes[:-1])
                values[name] = Value(name, sizes, family=value.after("_turned"))
                notes, s = (s.notes, s.changed(notes=())) if s.within is None else ((), s)
                made.insert(begin, Apply(Ref(name, axes), "np.positive", (ref,), notes=notes))
                begin += 1
            s = s.changed(of=tuple(Ref(name, axes) if r == ref else r for r in s.of))
        made.append(s)
    return plan.changed(statements=tuple(made), values=values)


def _is_turned(plan: Plan, s: Statement, ref: Ref) -> bool:
    """Whether it is read as (out, in), and multiplied from the right, often enough."""
    if not isinstance(s, Contract) or len(s.of) != 2 or plan.value(ref).role != "parameter":
        return False
    rows = [a for a in s.out.axes if s.within is None or a != s.within.letter]
    behind = tuple(rows[1 - len(ref.axes):])
    if len(ref.axes) < 2 or ref.axes[:-1] != behind or len(behind) == len(rows) or ref.axes[-1] in rows:
        return False
    if s.within is not None:
        return len(rows) == 2
    depth = plan.value(ref).sizes[-1]
    return plan.case == "many" and s.out.name not in plan.flipped and depth in range(32, plan.measured.turned_depth + 1)
