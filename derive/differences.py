"""Derivatives of a function from its values alone: extrapolated central differences.

In: a function of one array, the places to move it at. Out: the derivative at each of them, and what its error may be.

    (f(x+h) - f(x-h)) / 2h

They know nothing of the chain rule, which is why they can judge it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Entries = Sequence[tuple[int, ...]]
SMALLER = 10.0
ATTEMPTS = 5
GOOD = 1e-9
"""An estimated relative error at which no smaller step is tried."""


def central_with_error(function: Callable[[Any], Any], array: Any, entries: Entries | None = None,
                       blur: float = 0.0) -> tuple[Any, Any]:
    """The derivative of function(array), a number, by the array, in its shape or for chosen entries only; and an
    estimate of its error per entry, which near a kink is large. `blur` is what rounding is known to do to a value."""
    start = np.asarray(array)
    if start.dtype.kind != "f":
        start = start.astype(float)
    places = range(start.size) if entries is None else [_flat(start.shape, entry) for entry in entries]
    pairs = [central_at(lambda flat: function(flat.reshape(start.shape)), start.reshape(-1), n, blur)
             for n in places]
    shape = start.shape if entries is None else (len(pairs),)
    found = np.array(pairs, dtype=float).reshape(len(pairs), 2)
    return found[:, 0].reshape(shape), found[:, 1].reshape(shape)


def _flat(shape: tuple[int, ...], entry: tuple[int, ...]) -> int:
    return int(np.ravel_multi_index(entry, shape)) if entry else 0


def central_at(function: Callable[[Any], Any], start: Any, flat: int, blur: float = 0.0) -> tuple[float, float]:
    """(derivative, estimated error) at one place of a vector.

    The steps get smaller and smaller until the error is small or only rounding.
    """
    eps = float(np.finfo(start.dtype).eps)
    h = 3 * eps ** 0.2 * max(1.0, abs(float(start[flat])))
    here, best = float(function(start)), (float("nan"), float("inf"))
    for _ in range(ATTEMPTS):
        value, truncation, scale = _extrapolated(function, start, flat, h, here)
        rounding = max(4 * eps * scale, blur) / h
        if np.isfinite(value) and truncation + rounding < best[1]:
            best = (value, truncation + rounding)
        if truncation <= 4 * rounding or best[1] <= GOOD * abs(best[0]):
            break
        h /= SMALLER
    return best


def _extrapolated(function: Callable[[Any], Any], start: Any, flat: int, h: float, here: float,
                  ) -> tuple[float, float, float]:
    """(derivative, what its truncation may be, size of the values).

    Richardson: (4 D(h/2) - D(h))/3 has an error of order h^4; two of them show how large it is. The slopes
    to the right and to the left differ by h f''; what is left of that difference at h -> 0 is a kink.
    """
    slopes, jumps, scale = [], [], abs(here)
    for step in (h, h / 2, h / 4):
        above, below = moved(start, flat, step), moved(start, flat, -step)
        up, down = float(function(above)), float(function(below))
        width = float(above[flat]) - float(below[flat])
        slopes.append((up - down) / width)
        jumps.append(2 * (up - 2 * here + down) / width)
        scale = max(scale, abs(up), abs(down))
    coarse, fine = ((4 * b - a) / 3 for a, b in zip(slopes[:-1], slopes[1:], strict=True))
    return fine, abs(fine - coarse) + abs(2 * jumps[2] - jumps[1]), scale


def moved(start: Any, flat: int, by: Any) -> Any:
    """The vector with one of its places moved."""
    other = start.copy()
    other[flat] += by
    return other
