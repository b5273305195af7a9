"""An outer product of wide rows is a multiplication entry by entry.

    dw[j,k] = delta[j]*x[k]    is    multiply(delta[:, None], x, dw)    and not    delta[:, None].dot(x[None], dw)

ndarray.dot fills the result with zeros first, and BLAS is slow where there is nothing to sum: 8x256 numbers it writes
as fast as `multiply` does, 256x1024 in six times as long.
"""

from __future__ import annotations

from derive.plan.record import Apply, Contract, Plan, Statement


def outer(plan: Plan) -> Plan:
    """Every product of two vectors without a sum."""
    return plan.changed(statements=tuple(
        Apply(s.out, "np.multiply", s.of, notes=s.notes, within=s.within) if _is_wide(plan, s) else s
        for s in plan.statements))


def _is_wide(plan: Plan, s: Statement) -> bool:
    if not isinstance(s, Contract) or len(s.out.axes) != 2 or any(len(r.axes) != 1 for r in s.of):
        return False
    return int(plan.value(s.out).sizes[-1]) >= plan.measured.outer
