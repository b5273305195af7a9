"""A matrix product as a grid of blocks, each small enough for BLAS's kernel that reads its operands where they lie.

    z1[s,j] = sum(x[s,k]*w1[j,k], k)      is      block (r, c) of z1 = rows r of x times rows c of w1

Rows, columns and what is summed over may be several axes that are merged: all steps of all examples. Those that are
long enough are cut; how many blocks there are is known with the batch (`_grid` of the module). So many examples that a
block would have few results are taken part by part, and the products of the parts are added up (`_deep_grid`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from derive.plan.matrices import matrices
from derive.plan.record import ROWS, Contract, Plan, Size, Statement

CUT = {(True, True): "grid", (True, False): "rows", (False, True): "columns", (False, False): ""}


def blocks(plan: Plan) -> Plan:
    """Which products are cut, and along which axes."""
    return plan.changed(statements=tuple(_cut(plan, s) for s in plan.statements))


def _cut(plan: Plan, statement: Statement) -> Statement:
    if not isinstance(statement, Contract) or len(statement.of) != 2:
        return statement
    refs = (statement.out, *statement.of)
    sizes: dict[str, Size] = {a: s for r in refs for a, s in zip(r.axes, plan.value(r).sizes, strict=True)}
    weights = prod(int(s) for s in sizes.values() if s != ROWS)
    if weights < plan.measured.least_weights or any(r.name in plan.flipped for r in refs):
        return statement
    form = matrices(*(plan.lying(r) for r in (*statement.of, statement.out)))
    if form is None or form.stack or not (form.rows and form.columns):
        return statement
    first, second = statement.of[::-1] if form.swapped else statement.of
    turned = plan.lying(second)[-1] in form.inner
    few_terms = _less([sizes[a] for a in form.inner], plan.measured.least_depth)
    if turned and (few_terms or plan.lying(first)[0] in form.inner):
        return statement
    found = CUT[_is_long(plan, [sizes[a] for a in form.rows]), _is_long(plan, [sizes[a] for a in form.columns])]
    deep = bool(found) and ROWS in (sizes[a] for a in form.inner) and all(
        plan.lying(r) == (*form.inner, *own) for r, own in ((first, form.rows), (second, form.columns)))
    return replace(statement, blocks=found, deep=deep)


def _less(sizes: Sequence[Size], least: int) -> bool:
    """Whether axes that are merged are shorter than this together."""
    return ROWS not in sizes and prod(int(s) for s in sizes) < least


def _is_long(plan: Plan, sizes: Sequence[Size]) -> bool:
    return not _less(sizes, plan.measured.side + 1)

