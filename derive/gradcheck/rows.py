"""The emitted gradients, checked twice: by differences of the emitted cost, and by the interpreter.

    dC/dp  =  (C(p + h) - C(p - h)) / 2h   up to rounding and h^2

In: an emitted module, the interpreter's gradients. Out: one row per parameter, and a table of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from timeit import repeat

import numpy as np

from derive.differences import central_with_error
from derive.errors import DeriveError
from derive.gradcheck.emitted import Array, Emitted, Params
from derive.gradcheck.rounding import Rounding, blur

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
BLURS = 1000.0
"""So many times what the last digits of the parameters do to it, a gradient may be off by rounding."""
RESOLVED = 0.1
"""A difference tells something where what it may be wrong by is less than this part of the gradient."""
EDGE = "a small step away the cost is no number: the domain of a logarithm, a root or a power ends there"
UNDEFINED = "the gradient is no number here: the formula has no slope at this point"
ILL = "rounding alone moves it by {:.0e} here: --seed N checks other numbers"
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
    doubt: str = ""
    """Why nobody can tell, if nobody can: then it is not right, and not wrong."""

    @property
    def wrong(self) -> bool:
        return not self.right and not self.doubt


def gradcheck(module: Emitted, params: Params, data: Sequence[Array], exact: Mapping[str, Array], entries: int,
              rng: np.random.Generator, watch: Callable[[int], None] = lambda checked: None,
              moved_cost: Callable[[Params], float] | None = None, seconds: float = np.inf,
              again: Callable[[Params], Mapping[str, Array]] | None = None) -> list[Row]:
    """One row per parameter. `exact` has the interpreter's gradients; at most `entries` of each array are
    compared with differences, drawn at random where there are more. `watch` is told of every few. The differences are
    of the emitted cost, or of `moved_cost` where that alone holds what must not move. Where they would take more
    than about so many seconds, fewer entries are compared. `again` gives the interpreter's gradients at other
    parameters, to know what rounding does to them."""
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

    def cost_at(here: Params) -> float:
        with np.errstate(all="ignore"):
            return float(module.cost(here, *data)) if moved_cost is None else moved_cost(here)

    rough = blur(lambda here: {"cost": np.asarray(cost_at(here))}, params)["cost"]

    @cache
    def moves() -> list[dict[str, float]]:
        emitted = blur(lambda here: module.cost_and_gradients(here, *data)[1], params)
        return [emitted] if again is None else [emitted, blur(again, params)]

    greatest = max((float(np.max(np.abs(array), initial=0.0)) for array in exact.values()), default=0.0)
    rows = []
    for name, array in ((name, array) for name, array in params.items() if name in exact):
        def cost(moved: Array, name: str = name) -> float:
            return cost_at({**params, name: moved})

        places = np.arange(array.size)
        if array.size > entries:
            places = np.sort(rng.choice(array.size, entries, replace=False))
        rows.append(_row(name, array, np.asarray(gradients[name]), np.asarray(exact[name]), places, cost, watch,
                         Rounding(greatest, rough, partial(_most, moves, name))))
    return rows


def _most(moves: Callable[[], list[dict[str, float]]], name: str) -> float:
    return max(way[name] for way in moves())


def _row(name: str, array: Array, gradient: Array, exact: Array, places: Array, cost: Callable[[Array], float],
         watch: Callable[[int], None], rounding: Rounding) -> Row:
    if not gradient.shape == exact.shape == array.shape:
        return Row(name, array.shape, 0, array.size, np.inf, np.inf, np.inf, False)
    errors, doubts = [], []
    for block in np.array_split(places, -(-len(places) // BLOCK)):
        slopes, doubt = central_with_error(cost, array, [_entry(place, array.shape) for place in block],
                                           rounding.cost)
        errors.append(np.abs(gradient.ravel()[block] - slopes))
        doubts.append(doubt)
        watch(len(block))
    wrong, unsure = np.concatenate(errors), np.concatenate(doubts)
    largest = float(np.max(np.abs(gradient), initial=0.0))
    known = np.isfinite(exact)  # the interpreter computes the formula as it was typed, which may overflow
    apart, scale = (float(np.max(np.abs(off), where=known, initial=0.0)) for off in (gradient - exact, exact))
    differs = np.isfinite(unsure) & ~(wrong <= TOLERANCE * max(largest, SMALL) + DOUBT * unsure)
    same = apart <= max(INTERPRETER_TOLERANCE * max(scale, SMALL), ROUNDING * rounding.greatest)
    blurred = not same and apart <= BLURS * rounding.gradient()
    same |= blurred and apart <= TOLERANCE * max(scale, SMALL)
    doubt = ""
    if not (known | np.isfinite(gradient)).all():
        doubt = UNDEFINED
    elif same and not differs.any():
        doubt = _doubt(unsure, max(scale, SMALL))
    elif blurred and not differs.any():
        doubt = ILL.format(rounding.gradient())
    worst = float(wrong.max())
    return Row(name, array.shape, len(places), array.size, worst, _over(worst, largest), _over(apart, scale),
               right=not differs.any() and same and not doubt, doubt=doubt)


def _doubt(unsure: Array, scale: float) -> str:
    """Why the differences say nothing, if they do not."""
    if not np.isfinite(unsure).any():
        return EDGE
    return ILL.format(unsure.max()) if (DOUBT * unsure > RESOLVED * scale).all() else ""


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
    lines = ("  ".join(cell.ljust(w) if i < 2 else cell.rjust(w) for i, (cell, w) in
                       enumerate(zip(line, widths, strict=True))) for line in cells)
    return "\n".join([*lines, *(f"{row.parameter}: {row.doubt}." for row in rows if row.doubt)])


def _cells(row: Row) -> tuple[str, ...]:
    shape = " x ".join(map(str, row.shape)) or "number"
    return (row.parameter, shape, f"{row.checked:,} of {row.size:,}", f"{row.absolute:.1e}", f"{row.relative:.1e}",
            f"{row.interpreter:.1e}", "right" if row.right else "cannot tell" if row.doubt else "WRONG")
