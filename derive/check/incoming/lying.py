"""How arrays of several axes lie: which axes come first, and whether those of a single entry are left out.

In: a tensor and its array. Out: the array as a function gets it, and back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from derive.check.arrays.backward import Array
from derive.ir import Derivation, Index, Tensor


@dataclass(frozen=True)
class Lying:
    """`examples`: first, last (biases are columns then), or none (one, without an axis). `turned`: W[from, to],
    kernels with the channels last. `late`: values with the channels last. `slim`: without axes of one entry."""

    examples: str = "first"
    turned: bool = False
    late: bool = False
    slim: bool = False
    steps_first: bool = False

    def said(self, model: Derivation) -> str:
        """In words, for these tensors."""
        said = [f"examples {self.examples}" if self.examples != "none" else "one example"]
        if any(len(t.axes) > 1 for t in model.of_role("parameter")):
            said += ["weights as W[from, to]" if self.turned else "weights as W[to, from]"]
        said += ["channels last"] * self.late + ["axes of one entry left out"] * self.slim
        return ", ".join(said + ["steps before examples"] * self.steps_first)

    def order(self, tensor: Tensor) -> list[int]:
        """The axes of the tensor in the order of the array."""
        axes = list(enumerate(tensor.axes))
        sample = [n for n, axis in axes if axis.kind == "sample"]
        time = [n for n, axis in axes if axis.kind == "time"]
        rest = [n for n, axis in axes if n not in sample and n not in time and not self._dropped(axis)]
        if tensor.role == "parameter":
            return rest[2:] + rest[1::-1] if self.turned else rest
        rest = rest[1:] + rest[:1] if self.late and len(rest) > 1 else rest
        front = time + sample if self.steps_first else sample + time
        if self.examples == "first":
            return front + rest
        return time + rest + (sample if self.examples == "last" else [])

    def given(self, tensor: Tensor, array: Array) -> Array:
        """The array as the function gets it."""
        order = self.order(tensor)
        left = [n for n in range(len(tensor.axes)) if n not in order]
        moved = np.transpose(array, (*left, *order))
        found: Array = np.ascontiguousarray(moved[(0,) * len(left)])
        return found[:, None] if self._standing(tensor) else found

    def back(self, tensor: Tensor, array: Array) -> Array:
        """What lies as `given` lays it, with the axes of the tensor."""
        order = self.order(tensor)
        left = [n for n in range(len(tensor.axes)) if n not in order]
        array = array[:, 0] if self._standing(tensor) else array
        whole = array.reshape((1,) * len(left) + array.shape)
        found: Array = np.transpose(whole, np.argsort([*left, *order]))
        return found

    def _standing(self, tensor: Tensor) -> bool:
        """Whether it is a vector of weights beside examples as columns: a column."""
        return self.examples == "last" and tensor.role == "parameter" and len(self.order(tensor)) == 1

    def _dropped(self, axis: Index) -> bool:
        return self.slim and axis.size == 1


def lyings(model: Derivation) -> Iterator[Lying]:
    """Every way worth trying for these tensors, the usual ones first."""
    tensors = model.of_role("data", "parameter", "value")
    matrices = any(len(t.axes) > 1 for t in model.of_role("parameter"))
    images = any(len([a for a in t.axes if a.kind == "axis"]) > 1 for t in model.of_role("data", "value"))
    single = any(axis.size == 1 for t in tensors for axis in t.axes)
    steps = any(axis.kind == "time" for t in model.of_role("data") for axis in t.axes)
    sampled = any(axis.kind == "sample" for t in tensors for axis in t.axes)
    ways = product((False, True) if steps else (False,), (False, True) if images else (False,),
                   (False, True) if single else (False,), ("first", "none", "last") if sampled else ("first",),
                   (False, True) if matrices else (False,))
    for steps_first, late, slim, examples, turned in ways:
        if examples == "first" or not steps_first:
            yield Lying(examples, turned, late, slim, steps_first)
