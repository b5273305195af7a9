"""The text that puts the fixed arrays on fewer rows: what the pass `folded` decides.

In: a plan. Out: lines that run before the first call; `rows` is from then on the number of those rows.
"""

from __future__ import annotations

from derive.plan.record import ONES, ROWS, Plan
from derive.plan.words import Line, named, text


def fold_lines(plan: Plan, function: str) -> list[Line]:
    size = plan.values[next(iter(plan.folded))].sizes[0]
    ones = (f"np.ones({size}, dtype)",)  # ROWS is its own name
    old = text(", ".join("{}" for _ in plan.folded), *(ones if n == ONES else named(plan, n) for n in plan.folded))
    new = [*plan.folded.values()]
    counted = [Line((f"len({new[0]})",), ("rows",))] if size == ROWS else []
    return [Line(text("{}({})", function, old), (", ".join(new) + "," * (len(new) == 1),)), *counted]
