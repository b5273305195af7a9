"""The text that puts the fixed arrays on fewer rows: what the pass `folded` decides.

In: a plan. Out: lines that run before the first call; `rows` is from then on the number of those rows.
"""

from __future__ import annotations

from derive.plan.record import ONES, ROWS, Plan


def fold_lines(plan: Plan) -> list[str]:
    if not plan.folded:
        return []
    size = plan.values[next(iter(plan.folded))].sizes[0]
    old = (f"np.ones({size}, dtype)" if name == ONES else name for name in plan.folded)  # ROWS is its own name
    new = [*plan.folded.values()]
    counted = [f"rows = len({new[0]})"] if size == ROWS else []
    return [f"{', '.join(new)}{',' * (len(new) == 1)} = _folded({', '.join(old)})", *counted]
