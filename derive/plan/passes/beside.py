"""A number beside a maximum or a minimum becomes a row of that number: NumPy has vector code for two arrays only.

    max(0, z1[s,j])      is      max(zero_128[j], z1[s,j])
"""

from __future__ import annotations

from dataclasses import replace

from derive.plan.record import Apply, Plan, Ref, Statement, Value

FUNCTIONS = ("np.maximum", "np.minimum")


def beside(plan: Plan) -> Plan:
    """Every such number beside rows that are long enough to be worth it."""
    values = dict(plan.values)
    statements = tuple(_in_a_row(plan, s, values) for s in plan.statements)
    return plan.changed(statements=statements, values=values)


def _in_a_row(plan: Plan, s: Statement, values: dict[str, Value]) -> Statement:
    if not isinstance(s, Apply) or s.function not in FUNCTIONS or s.each or len(s.out.axes) != 2 \
            or s.out.name in plan.flipped:
        return s
    size = plan.value(s.out).sizes[1]
    if not isinstance(size, int) or size < plan.measured.row or any(r.name in plan.flipped for r in s.of):
        return s
    return replace(s, of=tuple(_row(plan.value(r), size, s.out.axes[1:], values) or r for r in s.of))


def _row(value: Value, size: int, axes: tuple[str, ...], values: dict[str, Value]) -> Ref | None:
    if value.role != "constant" or value.sizes:
        return None
    made = replace(value, name=f"{value.name}_{size}", sizes=(size,))
    values[made.name] = made
    return Ref(made.name, axes)
