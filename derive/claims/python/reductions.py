"""Sums, means and extremes along axes, as numpy takes them.

    np.sum(x, axis=0, keepdims=True)    x.mean(1)    np.max(scores, axis=1)    np.argmax(p)
"""

from __future__ import annotations

import numpy as np

from derive.claims.python.arithmetic import Arithmetic
from derive.claims.python.values import Array, Fault, Misfit, Value, scalar, stacked


def axes(value: Value, ndim: int) -> tuple[int, ...] | None:
    if value is None:
        return None
    listed = value if isinstance(value, tuple) else (value,)
    if not all(isinstance(a, int) for a in listed):
        raise Fault("an axis is a whole number")
    if not all(-ndim <= a < ndim for a in listed):
        raise Misfit(f"axis {value} of an array with {ndim} axes")
    return tuple(a % ndim for a in listed)


def total(do: Arithmetic, x: Value, axis: Value = None, keepdims: Value = False, dtype: Value = None) -> Value:
    given = stacked(x)
    array = given.astype(np.int64) if given.dtype != object else do.entries.array(given)
    do.budget.spend(array.size)
    along = axes(axis, array.ndim)
    if array.dtype == object and not array.size:
        raise Fault("a sum over no entries")
    return scalar(np.sum(array, axis=along, keepdims=bool(keepdims)))


def mean(do: Arithmetic, x: Value, axis: Value = None, keepdims: Value = False) -> Value:
    array = stacked(x)
    along = axes(axis, array.ndim)
    count = array.size if along is None else int(np.prod([array.shape[a] for a in along]))
    return do.binary("/", total(do, x, axis, keepdims), count)


def variance(do: Arithmetic, x: Value, axis: Value = None, keepdims: Value = False, ddof: Value = 0) -> Value:
    array = stacked(x)
    along = axes(axis, array.ndim)
    count = array.size if along is None else int(np.prod([array.shape[a] for a in along]))
    apart = do.binary("-", x, mean(do, x, axis, True))
    return do.binary("/", total(do, do.binary("*", apart, apart), axis, keepdims), count - ddof)


def deviation(do: Arithmetic, x: Value, axis: Value = None, keepdims: Value = False, ddof: Value = 0) -> Value:
    spread = variance(do, x, axis, keepdims, ddof)
    return do.each(lambda entry: do.entries.apply("sqrt", entry), spread)


def largest(do: Arithmetic, x: Value, axis: Value = None, keepdims: Value = False) -> Value:
    return _chosen(do, x, axis, keepdims, ">", index=False)


def smallest(do: Arithmetic, x: Value, axis: Value = None, keepdims: Value = False) -> Value:
    return _chosen(do, x, axis, keepdims, "<", index=False)


def where_largest(do: Arithmetic, x: Value, axis: Value = None) -> Value:
    return _chosen(do, x, axis, False, ">", index=True)


def _chosen(do: Arithmetic, x: Value, axis: Value, keepdims: Value, sign: str, index: bool) -> Value:
    """The first extreme entry along an axis, or where it stands."""
    array = stacked(x)
    do.budget.spend(array.size)
    if not array.size:
        raise Fault("the largest of no entries")
    along = axes(axis, array.ndim)
    if along is None:
        rows, left = array.reshape(1, -1), (1,) * array.ndim if keepdims else ()
    else:
        if len(along) != 1:
            raise Fault("a maximum over several axes at once is not read")
        moved = np.moveaxis(array, along[0], -1)
        left = (*array.shape[:along[0]], *((1,) if keepdims else ()), *array.shape[along[0] + 1:])
        rows = moved.reshape(-1, array.shape[along[0]])
    found = [_first(do, row, sign) for row in rows]
    if index:
        return scalar(np.array(found, dtype=np.int64).reshape(left))
    result = np.empty(len(rows), dtype=array.dtype)
    for at, (row, place) in enumerate(zip(rows, found, strict=True)):
        result[at] = row[place]
    return scalar(result.reshape(left))


def _first(do: Arithmetic, row: Array, sign: str) -> int:
    best = 0
    for at in range(1, len(row)):
        if do.compare(sign, row[at], row[best]):
            best = at
    return best
