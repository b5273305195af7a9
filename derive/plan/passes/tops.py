"""Scores of a softmax that lie close together have one number taken from them, the greatest of all.

    top[s,h,t] = max(e[s,h,t,r], r)      is      max(e, s,h,t,r), where that is less than 16 above the least of them

A softmax is the same whatever is taken from a row, and NumPy finds the greatest number of an array twenty times as fast
as that of each short row. With at most 16 between them no exponential vanishes, and the difference loses no more than
half a unit of 16: 5e-7 in float32, less than scores of that size have lost already. A logarithm of a softmax keeps the
greatest of each row, since its value is to be 0 or less.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

from derive.plan.record import SHIFT, Apply, Plan, Reduce, Ref, Statement

TOPS = "_tops"
"""The function of the module that finds them."""


def tops(plan: Plan) -> Plan:
    """The shifts of every softmax with enough rows."""
    return plan.changed(statements=tuple(
        replace(s, function=TOPS) if isinstance(s, Reduce) and s.function == SHIFT and _is_free(plan, s) else s
        for s in plan.statements))


def _is_free(plan: Plan, top: Reduce) -> bool:
    """Whether the rows, which lie one after the other, are many and short, and only exponentials feel the shift."""
    (scores,) = top.of
    *rows, length = plan.value(scores).sizes
    return (top.within is None and scores.name not in plan.flipped and scores.axes[:-1] == top.out.axes
            and isinstance(length, int) and length <= plan.measured.top_length
            and prod(n for n in rows if isinstance(n, int)) >= plan.measured.top_rows
            and all(_function(s) == "np.subtract" and all(_function(r) == "np.exp" for r in _readers(plan, s.out))
                    for s in _readers(plan, top.out)))


def _readers(plan: Plan, ref: Ref) -> list[Statement]:
    return [s for s in plan.statements if any(r.name == ref.name for r in s.of)]


def _function(statement: Statement) -> str:
    return statement.function if isinstance(statement, Apply) else ""
