"""A matrix product as a grid of blocks, each small enough for BLAS's kernel that reads its operands where they lie.

    z1[s,j] = sum(x[s,k]*w1[j,k], k)      is      block (r, c) of z1 = rows r of x times rows c of w1

Only axes that are long enough are cut; how many blocks there are is known with the batch (`_grid` of the module).
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

from derive.plan.record import ROWS, Contract, Plan, Size, Statement

CUT = {(True, True): "grid", (True, False): "rows", (False, True): "columns", (False, False): ""}


def blocks(plan: Plan) -> Plan:
    """Which products are cut, and along which axes."""
    return plan.changed(statements=tuple(_cut(plan, s) for s in plan.statements))


def _cut(plan: Plan, statement: Statement) -> Statement:
    if not isinstance(statement, Contract) or len(statement.of) != 2:
        return statement
    refs = (statement.out, *statement.of)
    if any(len(r.axes) != 2 for r in refs):
        return statement
    sizes: dict[str, Size] = {a: s for r in refs for a, s in zip(r.axes, plan.value(r).sizes, strict=True)}
    weights = prod(int(s) for s in sizes.values() if s != ROWS)
    if weights < plan.measured.least_weights or any(r.name in plan.flipped for r in refs):
        return statement
    height, width = statement.out.axes
    first, second = sorted(statement.of, key=lambda r: height not in r.axes)
    inner = next(iter(set(first.axes) & set(second.axes)), None)
    if inner is None:  # each of one times each of the other
        return statement
    if second.axes[1] == inner and (first.axes[0] == inner or _less(sizes[inner], plan.measured.least_depth)):
        return statement
    return replace(statement, blocks=CUT[_is_long(plan, sizes[height]), _is_long(plan, sizes[width])])


def _less(size: Size, least: int) -> bool:
    return size != ROWS and int(size) < least


def _is_long(plan: Plan, size: Size) -> bool:
    return not _less(size, plan.measured.side + 1)

