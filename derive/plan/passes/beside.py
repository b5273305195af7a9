"""A number beside a maximum or a minimum becomes a row of that number: NumPy has vector code for two arrays only.

    max(0, z1[s,j])      is      max(zero_128[j], z1[s,j])
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

from derive.plan.record import ROWS, Apply, Plan, Ref, Size, Statement, Value

FUNCTIONS = ("np.maximum", "np.minimum")


def beside(plan: Plan) -> Plan:
    """Every such number beside rows that are long enough to be worth it."""
    values = dict(plan.values)
    statements = tuple(_in_a_row(plan, s, values) for s in plan.statements)
    return plan.changed(statements=statements, values=values)


def _in_a_row(plan: Plan, s: Statement, values: dict[str, Value]) -> Statement:
    if not isinstance(s, Apply) or s.function not in FUNCTIONS or s.each or s.within is not None \
            or any(r.name in plan.flipped for r in (s.out, *s.of)):
        return s
    sizes = _long_enough(plan, plan.value(s.out).sizes)
    axes = s.out.axes[len(s.out.axes) - len(sizes):]
    return replace(s, of=tuple(_row(plan.value(r), sizes, axes, values) or r for r in s.of)) if sizes else s


def _long_enough(plan: Plan, sizes: tuple[Size, ...]) -> tuple[int, ...]:
    """As few of the last axes, all but the first at most, as make a row that is worth it."""
    last: tuple[int, ...] = ()
    for size in reversed(sizes[1:]):
        if size == ROWS:
            break
        last = (int(size), *last)
        if prod(last) >= plan.measured.row:
            return last
    return ()


def _row(value: Value, sizes: tuple[int, ...], axes: tuple[str, ...], values: dict[str, Value]) -> Ref | None:
    if value.role != "constant" or value.sizes:
        return None
    made = replace(value, name=f"{value.name}_{'x'.join(map(str, sizes))}", sizes=sizes)
    values[made.name] = made
    return Ref(made.name, axes)
