"""The emitted gradients, checked twice: by differences of the emitted cost, and by the interpreter.

    dC/dp  =  (C(p + h) - C(p - h)) / 2h   up to rounding and h^2

In: an emitted module, the interpreter's gradients. Out: one row per parameter, and a table of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from timeit import repeat

import numpy as np

from derive.differences import central_with_error
from derive.errors import DeriveError
from derive.gradcheck.emitted import Array, Emitted, Params

TOLERANCE = 1e-6
"""Relative to the largest entry of a gradient; extrapolated differences reach about 1e-10."""
DOUBT = 10.0
"""A difference may be wrong by so many times its own estimated error (large at a kink)."""
INTERPRETER_TOLERANCE = 1e-10
SMALL = 1e-5
"""A gradient below this is nothing but rounding (that of a bias before a softmax, say)."""
ROUNDING = 1e-13
"""What is left of terms as large as the greatest gradient of all where they cancel: 450 times half a last digit."""
BLOCK = 200
"""How many entries are checked between two reports."""
COSTS, FEWEST = 7, 3
"""What one entry takes, more at a kink; how many entries of an array are checked, whatever that takes."""


@dataclass(frozen=True)
class Row:
    """One parameter: worst errors of the emitted gradient, against differences and against the interpreter.

    A relative error is the worst absolute one over the largest entry of the gradient.
    """

    parameter: str
    shape: tuple[int, ...]
    checked: int
    size: int
    absolute: float
    relative: float
    interpreter: float
    right: bool


def gradcheck(module: Emitted, params: Params, data: Sequence[Array], exact: Mapping[str, Array], entries: int,
              rng: np.random.Generator, watch: Callable[[int], None] = lambda checked: None,
              moved_cost: Callable[[Params], float] | None = None, seconds: float = np.inf) -> list[Row]:
    """One row per parameter. `exact` has the interpreter's gradients; at most `entries` of each array are
    compared with differences, drawn at random where there are more. `watch` is told of every few. The differences are
    of the emitted cost, or of `moved_cost` where that alone holds what must not move. Where they would take more
    than about so many seconds, fewer entries are compared."""
    with np.errstate(all="ignore"):
        value, gradients = module.cost_and_gradients(params, *data)
    if not np.isfinite(value):
        raise DeriveError(f"the cost is {value} for the numbers drawn: nothing to compare the gradients with",
                          do="Give the cost outputs that it can take: sigmoid or softmax before a cross-entropy, "
                             "or a cost from logits.")
    if moved_cost is not None and not np.isclose(start := moved_cost(dict(params)), value, rtol=1e-9):
        raise DeriveError(f"the emitted cost is {value}, the interpreter's {start}")
    if seconds < np.inf:
        entries = min(entries, _entries_in(seconds, lambda: module.cost(params, *data), len(exact)))
    greatest = max((float(np.max(np.abs(array), initial=0.0)) for array in exact.values()), default=0.0)
    rows = []
    for name, array in ((name, array) for name, array in params.items() if name in exact):
        def cost(moved: Array, name: str = name) -> float:
            here = {**params, name: moved}
            return float(module.cost(here, *data)) if moved_cost is None else moved_cost(here)

        places = np.arange(array.size)
        if array.size > entries:
            places = np.sort(rng.choice(array.size, entries, replace=False))
        rows.append(_row(name, array, np.asarray(gradients[name]), np.asarray(exact[name]), places, cost, greatest,
                         watch))
    return rows


def _row(name: str, array: Array, gradient: Array, exact: Array, places: Array, cost: Callable[[Array], float],
         greatest: float, watch: Callable[[int], None]) -> Row:
    if not gradient.shape == exact.shape == array.shape:
        return Row(name, array.shape, 0, array.size, np.inf, np.inf, np.inf, False)
    errors, doubts = [], []
    for block in np.array_split(places, -(-len(places) // BLOCK)):
        slopes, doubt = central_with_error(cost, array, [_entry(place, array.shape) for place in block])
        errors.append(np.abs(gradient.ravel()[block] - slopes))
        doubts.append(doubt)
        watch(len(block))
    wrong, unsure = np.concatenate(errors), np.concatenate(doubts)
    largest = float(np.max(np.abs(gradient), initial=0.0))
    apart, scale = float(np.max(np.abs(gradient - exact))), float(np.max(np.abs(exact)))
    near = bool((wrong <= TOLERANCE * max(largest, SMALL) + DOUBT * unsure).all())
    same = apart <= max(INTERPRETER_TOLERANCE * max(scale, SMALL), ROUNDING * greatest)
    worst = float(wrong.max())
    return Row(name, array.shape, len(places), array.size, worst, _over(worst, largest), _over(apart, scale),
               right=near and same)


def _entries_in(seconds: float, cost: Callable[[], float], arrays: int) -> int:
    """How many entries of each array can be differenced in that time."""
    return max(FEWEST, int(seconds / (COSTS * arrays * min(repeat(cost, number=1, repeat=3)))))


def _entry(place: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(place, shape))


def _over(error: float, scale: float) -> float:
    return error / scale if scale else error


HEAD = ("parameter", "shape", "checked", "worst abs. error", "worst rel. error", "vs interpreter", "verdict")


def table(rows: Sequence[Row]) -> str:
    """The rows as lines of text."""
    cells = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(w) if i < 2 else cell.rjust(w) for i, (cell, w) in
                               enumerate(zip(line, widths, strict=True))) for line in cells)


def _cells(row: Row) -> tuple[str, ...]:
    shape = " x ".join(map(str, row.shape)) or "number"
    return (row.parameter, shape, f"{row.checked:,} of {row.size:,}", f"{row.absolute:.1e}", f"{row.relative:.1e}",
            f"{row.interpreter:.1e}", "right" if row.right else "WRONG")
