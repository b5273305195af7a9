"""How the arrays lie: weights as to-from or from-to, examples as rows or columns, vectors flat or standing.

In: a tensor of the model and an array of a user. Out: the array with the axes of the tensor, and the way back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from derive.check.arrays.backward import Array
from derive.ir import Index, Tensor


def layers_of(tensor: Tensor) -> Index | None:
    """The axis of a tensor that all layers share."""
    return next((axis for axis in tensor.axes if axis.kind == "layer"), None)


@dataclass(frozen=True)
class Layout:
    """`to_from`: weights are W[to, from], as the equations have them; `rows`: each example is a row."""

    to_from: bool = True
    rows: bool = True

    def __str__(self) -> str:
        weights = "W[to, from]" if self.to_from else "W[from, to]"
        return f"weights as {weights}, examples as {'rows' if self.rows else 'columns'}"

    def arranged(self, tensor: Tensor, array: Array) -> Array:
        """The array with the tensor's axes; where it has other ones, as it is."""
        array = np.asarray(array)
        axes = [axis for axis in tensor.axes if axis.kind != "layer"]
        if axes and axes[0].kind == "sample":
            return self._of_examples(tensor, array, len(axes))
        if array.size == 1 and all(axis.size == 1 for axis in axes):
            return array.reshape((1,) * len(axes))
        if len(axes) == 2 and array.ndim == 2:
            return array if self.to_from else array.T
        if len(axes) < array.ndim and array.size == max(array.shape, default=1):
            return array.reshape(-1) if axes else array.reshape(-1)[0] if array.size == 1 else array
        return array

    def _of_examples(self, tensor: Tensor, array: Array, rank: int) -> Array:
        if rank == 2 and array.ndim == 1:
            width = tensor.axes[-1].size
            return array[:, None] if width == 1 and array.size != 1 else array[None, :]
        if array.ndim == rank - 1:
            return array[None]
        return array if self.rows or array.ndim < 2 else np.moveaxis(array, -1, 0)


def layouts(tensors: Mapping[str, Tensor], arrays: Mapping[str, Any]) -> Iterator[Layout]:
    """Every layout worth trying: no choice where no array has two axes."""
    kinds = {bool(tensors[n].axes) and tensors[n].axes[0].kind == "sample" for n, a in arrays.items()
             if np.ndim(a) >= 2}
    for to_from, rows in product((True, False) if False in kinds else (True,), (True, False) if True in kinds
                                 else (True,)):
        yield Layout(to_from, rows)


def one_hot(tensor: Tensor, array: Array) -> Array | None:
    """Whole-number labels as rows with a single 1; None where they are no labels."""
    if tensor.among is not None:  # whole numbers are what the model wants
        return None
    array = np.asarray(array)
    flat = array.reshape(-1) if array.size == max(array.shape, default=1) else array
    if len(tensor.axes) != 2 or flat.ndim != 1 or array.dtype.kind not in "iu" or not tensor.axes[-1].size.is_Integer:
        return None
    width = int(tensor.axes[-1].size)
    if width == 1 or not flat.size or flat.min() < 0 or flat.max() >= width:
        return None
    labels: Array = np.eye(width)[flat]
    return None if flat.size == width and set(np.unique(flat)) <= {0, 1} else labels
