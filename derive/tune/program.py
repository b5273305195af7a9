"""An emitted file at work on one minibatch: what it runs, whether it is right, and a call to be timed.

In: the text of a fast module, parameters and data. Out: a `Program`. Two files whose steps have the same code on arrays
of the same shapes run the same for this batch, however much else their texts differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from inspect import getclosurevars, iscode
from types import FunctionType
from typing import Any

import numpy as np

from derive.gradcheck.emitted import Array, Emitted, Params, load_source
from derive.plan.fast import CASES

TOLERANCE = {"float64": 1e-8, "float32": 1e-2}
"""Of the largest entry: a wrong program is wrong by far more, and float32 may fall on the other side of a kink."""


@dataclass(frozen=True)
class Sample:
    """A minibatch, as every candidate gets it."""

    params: Params
    data: Sequence[Array]
    batch: int
    dtype: str


def floating(array: Array, dtype: str) -> Array:
    """The array in this dtype; whole numbers, such as those of words and classes, stay what they are."""
    return array if array.dtype.kind in "iu" else array.astype(dtype)


class Program:
    """One candidate with its buffers made."""

    def __init__(self, source: str, sample: Sample) -> None:
        self.source, self.sample = source, sample
        module: Any = load_source(source)
        self.plain: Emitted = module
        self.gradient: Any = module.Gradient(sample.batch, sample.dtype)

    def again(self) -> Program:
        """The same with other buffers."""
        return Program(self.source, self.sample)

    @property
    def work(self) -> Callable[[], tuple[float, Params]]:
        """One gradient step."""
        return partial(self.gradient, self.sample.params, *self.sample.data)

    @cached_property
    def steps(self) -> list[FunctionType]:
        return list(_functions(self.gradient._step))

    @property
    def cases(self) -> list[str]:
        """The cases that this batch makes use of: `_few.<locals>.step` is the step for few examples; one step for all
        is that of every case."""
        names = dict.fromkeys(s.__qualname__.split(".")[0].strip("_") for s in self.steps)
        return [case for case in CASES if case in names or "all" in names]

    @property
    def signature(self) -> str:
        """What runs: the instructions, the names and numbers in them, and the shapes of all arrays."""
        return repr([(s.__qualname__, s.__code__.co_code, s.__code__.co_names,
                      [c for c in s.__code__.co_consts if not iscode(c)],
                      [(name, _shown(held)) for name, held in getclosurevars(s).nonlocals.items()])
                     for s in self.steps])

    def exact(self) -> tuple[float, Params]:
        """The cost and the gradients by the plain functions, in float64."""
        params = {name: array.astype(np.float64) for name, array in self.sample.params.items()}
        with np.errstate(all="ignore"):
            return self.plain.cost_and_gradients(params, *(floating(array, "float64") for array in self.sample.data))

    def agrees(self, cost: float, gradients: Params) -> bool:
        """Whether the step gives this cost and these gradients."""
        with np.errstate(all="ignore"):
            found, grads = self.work()
        largest = max((float(np.abs(g).max(initial=0)) for g in gradients.values()), default=0.0)
        return _close(found, cost, abs(cost), self.sample.dtype) and all(
            _close(grads[name], g, max(float(np.abs(g).max(initial=0)), 1e-4 * largest), self.sample.dtype)
            for name, g in gradients.items())


def _close(found: Any, exact: Any, scale: float, dtype: str) -> bool:
    return float(np.abs(np.asarray(found, np.float64) - exact).max(initial=0)) <= TOLERANCE[dtype] * max(scale, 1e-30)


def _functions(step: FunctionType) -> Iterator[FunctionType]:
    """The step, and the steps of which it is made."""
    yield step
    for held in getclosurevars(step).nonlocals.values():
        for part in held.values() if isinstance(held, dict) else [held]:
            if isinstance(part, FunctionType):
                yield from _functions(part)


def _shown(held: object) -> object:
    if isinstance(held, np.ndarray):
        return held.shape, held.strides, held.dtype.str, *held.ravel()[:held.ndim == 0].tolist()
    return [*held] if isinstance(held, dict) else "" if callable(held) else held
