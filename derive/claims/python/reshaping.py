"""Arrays in another shape, and arrays joined, as numpy does it.

    x.reshape(-1, 1)    x.T    np.squeeze(x)    np.concatenate((h, x))    np.arange(N)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from derive.claims.python.arithmetic import Arithmetic
from derive.claims.python.reductions import axes
from derive.claims.python.values import Fault, Misfit, Value, bounded, scalar, stacked

Act = Callable[..., Value]


def arange(do: Arithmetic, *ends: Value) -> Value:
    if not ends or not all(isinstance(n, int) for n in ends):
        raise Fault("np.arange is read with whole numbers")
    listed = range(*ends)
    if len(listed) > 4096:
        raise Fault("np.arange gets longer than 4096")
    return np.arange(listed.start, listed.stop, listed.step)


def reshape(do: Arithmetic, x: Value, *form: Value) -> Value:
    array = stacked(x)
    wanted = form[0] if len(form) == 1 else form
    listed = tuple(wanted) if isinstance(wanted, (tuple, list)) else (wanted,)
    if not all(isinstance(n, int) for n in listed):
        raise Fault("a shape holds whole numbers")
    try:
        return array.reshape(listed)
    except ValueError:
        raise Misfit(f"an array of shape {array.shape} does not reshape to {listed}") from None


def transpose(do: Arithmetic, x: Value, *order: Value) -> Value:
    array = stacked(x)
    wanted = tuple(order[0]) if len(order) == 1 and isinstance(order[0], (tuple, list)) else order
    if wanted and sorted(wanted) != list(range(array.ndim)):
        raise Misfit(f"the axes {wanted} of an array with {array.ndim} axes")
    return array.transpose(wanted) if wanted else array.T


def squeeze(do: Arithmetic, x: Value, axis: Value = None) -> Value:
    array = stacked(x)
    along = axes(axis, array.ndim)
    if along is not None and any(array.shape[a] != 1 for a in along):
        raise Misfit(f"np.squeeze along axis {axis} of an array of shape {array.shape}")
    return scalar(np.squeeze(array, axis=along))


def expand(do: Arithmetic, x: Value, axis: Value) -> Value:
    array = stacked(x)
    if not isinstance(axis, int) or not -array.ndim - 1 <= axis <= array.ndim:
        raise Misfit(f"axis {axis} of an array with {array.ndim} axes")
    return np.expand_dims(array, axis)


def joined(act: Callable[..., Any]) -> Act:
    def run(do: Arithmetic, parts: Value, axis: Value = 0) -> Value:
        arrays = [do.entries.array(x) for x in parts]
        try:
            return bounded(act(arrays, axis) if act is np.concatenate or act is np.stack else act(arrays))
        except ValueError:
            raise Misfit("shapes " + ", ".join(str(a.shape) for a in arrays) + " cannot be joined") from None

    return run


def flat(do: Arithmetic, x: Value) -> Value:
    return stacked(x).reshape(-1)


def copied(do: Arithmetic, x: Value, dtype: Value = None) -> Value:
    if isinstance(x, (dict, list)):
        return x.copy()
    return do.entries.array(x).copy() if stacked(x).dtype == np.bool_ else stacked(x).copy()


def array(do: Arithmetic, x: Value, dtype: Value = None, ndmin: Value = 0) -> Value:
    return stacked(x).copy()
