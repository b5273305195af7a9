"""A bias is copied over the examples before it is added: NumPy is slow to set up a broadcast, and quick to copy.

    z1 = z1 + b1      becomes      t[...] = b1;  z1 = z1 + t
"""

from __future__ import annotations

from dataclasses import replace

from derive.plan.record import ROWS, Apply, Plan, Ref, Statement, Value


def spread(plan: Plan) -> Plan:
    """Every operand that lacks the axis of the examples gets it, in a buffer of its own."""
    values, kept = dict(plan.values), list[Statement]()
    for statement in plan.statements:
        if isinstance(statement, Apply) and len(statement.out.axes) == 2 and statement.function.startswith("np.") \
                and statement.function != "np.positive" and statement.within is None and not statement.each:
            refs = []
            for ref in statement.of:
                broadcast = ref.axes == statement.out.axes[1:] and plan.value(statement.out).sizes[0] == ROWS
                if broadcast and plan.value(ref).role != "constant":
                    name = f"{ref.name}_rows"
                    values[name] = Value(name, plan.value(statement.out).sizes,
                                         family=plan.value(ref).after("_rows"))
                    kept.append(Apply(Ref(name, statement.out.axes), "np.positive", (ref,), notes=statement.notes))
                    statement, ref = replace(statement, notes=()), Ref(name, statement.out.axes)
                refs.append(ref)
            statement = replace(statement, of=tuple(refs))
        kept.append(statement)
    return plan.changed(statements=tuple(kept), values=values)
