"""A slope from the output: max(z, 0) > 0 exactly where z > 0, so that z need not be kept."""

from __future__ import annotations

from derive.plan.passes.shared import reading
from derive.plan.record import Apply, Plan, Ref


def from_outputs(plan: Plan) -> Plan:
    outputs = {}
    for s in plan.statements:
        if isinstance(s, Apply) and s.function == "np.maximum" and any(_is_zero(plan, r) for r in s.of):
            outputs[next(r.name for r in s.of if not _is_zero(plan, r))] = s.out.name
    changed = tuple(reading(s, outputs) if isinstance(s, Apply) and s.function == "np.greater"
                    and _is_zero(plan, s.of[1]) else s for s in plan.statements)
    return plan.changed(statements=changed)


def _is_zero(plan: Plan, ref: Ref) -> bool:
    return plan.value(ref).amount == 0
