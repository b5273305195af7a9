"""Weights that every round of a loop over time reads transposed are copied so once a call, before the loop.

    for t: p = h[t-1] @ w.T      becomes      w_turned = w.T; for t: p = h[t-1] @ w_turned

A product with a transposed second operand takes BLAS twice as long (20 rounds of 32x64 @ 64x64: 116 us and 54; the copy
3), as its kernel for small products reads rows.
"""

from __future__ import annotations

from derive.plan.record import Apply, Contract, Plan, Ref, Statement, Value


def turned(plan: Plan) -> Plan:
    """Each such array once, before the first loop that reads it."""
    if not plan.parts:
        return plan
    values, made = dict(plan.values), list[Statement]()
    begin = 0
    for n, s in enumerate(plan.statements):
        if s.within != plan.statements[n - 1].within:
            begin = len(made)
        for ref in _transposed(plan, s):
            name = f"{ref.name}_turned"
            if name not in values:
                value = plan.value(ref)
                values[name] = Value(name, value.sizes[::-1], family=value.after("_turned"))
                made.insert(begin, Apply(Ref(name, ref.axes[::-1]), "np.positive", (ref,)))
                begin += 1
            s = s.changed(of=tuple(Ref(name, r.axes[::-1]) if r == ref else r for r in s.of))
        made.append(s)
    return plan.changed(statements=tuple(made), values=values)


def _transposed(plan: Plan, s: Statement) -> list[Ref]:
    """What a round reads as (out, in), and multiplies from the right."""
    if s.within is None or not isinstance(s, Contract) or len(s.of) != 2:
        return []
    rows = [a for a in s.out.axes if a != s.within.letter]
    return [r for r in s.of if len(rows) == 2 and len(r.axes) == 2 and r.axes[0] == rows[-1]
            and r.axes[1] not in rows and plan.value(r).role == "parameter"]
