"""A matrix product in blocks of rows, or of columns: each block is small enough for BLAS's kernel without packing.

    z1 = x @ w1.T     a few examples at a time;      dC/dw1 = delta1.T @ x     a few inputs at a time
"""

from __future__ import annotations

from dataclasses import replace

from derive.plan.record import ROWS, Contract, Plan, Ref, Size, Statement


def blocks(plan: Plan) -> Plan:
    """Which products are cut, and along which axis; how thick the blocks are is known with the batch."""
    return plan.changed(statements=tuple(_cut(plan, s) for s in plan.statements))


def _cut(plan: Plan, statement: Statement) -> Statement:
    if not isinstance(statement, Contract) or len(statement.of) != 2 or len(statement.out.axes) != 2:
        return statement
    out, (one, other) = plan.value(statement.out), statement.of
    weights = 1
    for size in {a: s for ref in (one, other) for a, s in _sized(plan, ref)}.values():
        weights *= 1 if size == ROWS else int(size)
    if weights < plan.measured.least_weights or any(r.name in plan.flipped for r in (statement.out, one, other)):
        return statement
    if out.sizes[0] == ROWS:
        return replace(statement, blocks="rows")
    inner = (set(one.axes) & set(other.axes)).pop()
    summed = dict(_sized(plan, one))[inner]
    last = next(r for r in (one, other) if statement.out.axes[1] in r.axes)
    whole = summed == ROWS and last.axes[-1] == statement.out.axes[1]
    return replace(statement, blocks="columns") if whole else statement


def _sized(plan: Plan, ref: Ref) -> list[tuple[str, Size]]:
    return list(zip(ref.axes, plan.value(ref).sizes, strict=True))
