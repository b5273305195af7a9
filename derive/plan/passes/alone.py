"""One example: the sum over the examples is the example itself, and its bias gradient is the error in place.

    db[j] = sum(delta[s,j], s)      is      delta[0, j]
"""

from __future__ import annotations

from derive.plan.record import ROWS, Contract, Plain, Plan, Statement


def alone(plan: Plan) -> Plan:
    """Gradients that are sums over one example lie where that example's error lies."""
    kept: list[Statement] = []
    views = dict(plan.views)
    read_as_text = {r.name for s in plan.statements if isinstance(s, Plain) for r in s.args}
    for statement in plan.statements:
        if isinstance(statement, Contract) and len(statement.of) == 1 and statement.out.axes:
            (arg,) = statement.of
            source = plan.value(arg)
            if source.sizes[:1] == (ROWS,) and arg.axes[1:] == statement.out.axes and source.role == "value" \
                    and plan.value(statement.out).role == "gradient" and source.name not in {*read_as_text, *views}:
                views[source.name] = statement.out.name
                continue
        kept.append(statement)
    return plan.changed(statements=tuple(kept), views=views)
