"""Arrays of tensors: dense inside (padded to the greatest extents), ragged as lists outside.

In: a tensor and what was given for it. Out: a dense array whose position 0 is the first value of each
index. A tensor of which one axis sets the sizes of others (`w[l, j: n[l], k: n[l-1]]`) is given and
returned as a list of arrays, one for each value of that axis, without it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from derive.errors import DeriveError
from derive.evaluate.grid import MAX_ENTRIES
from derive.evaluate.numbers import Number
from derive.evaluate.sizes import Constraint, Sizes, position
from derive.ir import Tensor


def leading(tensor: Tensor) -> int | None:
    """The number of the axis on which the sizes of others depend."""
    symbols = [axis.symbol for axis in tensor.axes]
    found = [n for n, s in enumerate(symbols) if any(s in axis.size.free_symbols for axis in tensor.axes)]
    if len(found) > 1:
        raise DeriveError(f"the sizes of '{tensor.name}' depend on more than one of its indices")
    return found[0] if found else None


def starts(tensor: Tensor, sizes: Sizes) -> tuple[int, ...]:
    return tuple(position(axis.start, {}, sizes) for axis in tensor.axes)


def extents(tensor: Tensor, sizes: Sizes) -> tuple[int, ...]:
    """The shape that holds every entry."""
    lead = leading(tensor)
    places: dict[sp.Basic, Any] = {}
    if lead is not None:
        axis = tensor.axes[lead]
        first = position(axis.start, {}, sizes)
        places[axis.symbol] = np.arange(first, first + position(axis.size, {}, sizes))
    shape = tuple(int(np.max(position(axis.size, places, sizes))) for axis in tensor.axes)
    if np.prod(shape, dtype=float) > MAX_ENTRIES:
        raise DeriveError(f"'{tensor.name}' would have {np.prod(shape, dtype=float):.2g} entries",
                          do="The interpreter is for checking: use smaller sizes.")
    return shape


def constraints(tensor: Tensor, value: Any, sizes: Sizes) -> list[Constraint]:
    """What the extents of a given array say about sizes."""
    lead, source = leading(tensor), f"'{tensor.name}'"
    if lead is None or not isinstance(value, list | tuple):
        shape = _shape(value, len(tensor.axes), source)
        own = {axis.symbol for axis in tensor.axes}
        return [(axis.size, n, source) for axis, n in zip(tensor.axes, shape, strict=True)
                if not axis.size.free_symbols & own]
    axis, others = tensor.axes[lead], [a for n, a in enumerate(tensor.axes) if n != lead]
    found: list[Constraint] = [(axis.size, len(value), source)]
    for layer, part in enumerate(value, position(axis.start, {}, sizes)):
        here = f"{source} at {axis.name} = {layer}"
        at = {axis.symbol: sp.Integer(layer)}
        shape = _shape(part, len(others), here)
        found += [(other.size.xreplace(at), n, here) for other, n in zip(others, shape, strict=True)]
    return found


def outline_of(value: Any) -> Any:
    """The shape, or for lists those of the parts: all that sizes can follow from."""
    return [outline_of(part) for part in value] if isinstance(value, list | tuple) else np.shape(value)


def _shape(value: Any, rank: int, source: str) -> tuple[int, ...]:
    try:
        shape = np.shape(value)
    except ValueError:
        raise DeriveError("the rows have different lengths", where=source) from None
    if len(shape) != rank:
        raise DeriveError(f"an array with {len(shape)} axes was given, but it has {rank} indices", where=source)
    return shape


def dense(tensor: Tensor, value: Any, sizes: Sizes, number: Number) -> Any:
    """The given array as one dense array of the kind of number; conversion refuses what is no number."""
    try:
        lead = leading(tensor)
        if lead is None or not isinstance(value, list | tuple):
            return number.convert(value)
        result = number.zeros(extents(tensor, sizes))
        for n, part in enumerate(value):
            inner = number.convert(part)
            np.moveaxis(result, lead, 0)[(n, *(slice(k) for k in inner.shape))] = inner
        return result
    except DeriveError:
        raise
    except (TypeError, ValueError, OverflowError):
        raise DeriveError(f"'{tensor.name}' holds something that is not a number of kind {number.name}") from None


def whole_numbers(tensor: Tensor, value: Any, sizes: Sizes) -> Any:
    """The array of data that stand in subscripts: whole numbers of their range, or an error."""
    array, among = np.asarray(value), tensor.among
    assert among is not None
    found = array.astype(np.int64)
    first = position(among.start, {}, sizes)
    last = first + position(among.size, {}, sizes) - 1
    if np.any(found != array) or np.any(found < first) or np.any(found > last):
        raise DeriveError(f"'{tensor.name}' holds something else than the whole numbers from {first} to {last}")
    return found


def outside(tensor: Tensor, array: Any, sizes: Sizes) -> Any:
    """The dense array as callers see it: itself, or a list of arrays cut to their own sizes."""
    lead = leading(tensor)
    if lead is None:
        return array
    axis, others = tensor.axes[lead], [a for n, a in enumerate(tensor.axes) if n != lead]
    first = position(axis.start, {}, sizes)
    return [part[tuple(slice(position(other.size, {axis.symbol: layer}, sizes)) for other in others)]
            for layer, part in enumerate(np.moveaxis(array, lead, 0), first)]
