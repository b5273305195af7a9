"""The workloads of the gradient benchmark: what is differentiated, at which batch and in which numbers.

W1 784-16-16-10 sigmoid, quadratic; W2 784-30-10 the same; W3 784-128-64-10 relu, softmax and cross-entropy;
W4 ten layers of 256, tanh, quadratic; W5 2-3-1 one example, the fast code on arrays
and on tuples of numbers; W6 a polynomial of degree 5 through 100 given points; W7 a recurrent layer of 64 over 20
steps, LSTM the same with gates; W8 images of 28 x 28, 8 filters of 5 x 5, relu, 10 classes; TB a block of a
transformer, 4 heads, 32 steps of 64.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from derive import pipeline, spec
from derive.ir import Tensor
from derive.notation import notation
from derive.text import read_equations

Array = npt.NDArray[Any]
Params = dict[str, Array]
Grads = Params | tuple[float, ...] | Callable[[], Params]
"""By name; or all numbers in the order of the parameters; or what sorts them by name, which is not timed."""
Answer = tuple[Any, Grads]
"""The cost, and the gradient with respect to each parameter."""

FIT = """
sample    i = 100
data      x[i], y[i]
parameter w[k: 6]
f[i] = sum(w[k]*x[i]^k, k)
C    = 1/2*sum((f[i] - y[i])^2, i)
"""
LINES = {
    "images": "1x{0}x{0}-conv({1},{2}x{2})-flatten-{3}:softmax",
    "rnn": "seq({0}x{1})-rnn({2})-{3}:identity",
    "lstm": "seq({0}x{1})-lstm({2})-{3}:identity",
    "block": "seq({0}x{1})-transformer({2})",
}
"""What is no chain of layers of neurons, as `derive` reads it, made of the sizes of the workload."""


@dataclass(frozen=True)
class Workload:
    """`bars`: the largest ratio to the best peer, and to the bare products, that issue 5 allows; None is no bar."""

    name: str
    sizes: tuple[int, ...]
    batch: int
    dtype: str
    activation: str = "sigmoid"
    cost: str = "quadratic"
    bars: tuple[float | None, float | None] = (None, None)
    tuples: bool = False
    """Whether the fast code is given, and gives, tuples of numbers."""
    model: str = "neurons"
    """Layers of neurons; "fit", the polynomial, whose data are fixed; or one of LINES."""

    @property
    def label(self) -> str:
        return f"{self.name} {'tuples ' * self.tuples}b{self.batch} {self.dtype.replace('float', 'f')}"

    @property
    def layers(self) -> range:
        return range(1, len(self.sizes))

    @property
    def arch(self) -> str:
        """As `derive` reads it."""
        if self.model in LINES:
            return LINES[self.model].format(*self.sizes)
        last = ":softmax" if self.cost == "cross-entropy" else ""
        return "-".join(map(str, self.sizes)) + last

    def draw(self) -> tuple[Params, Array, Array]:
        """Parameters and data, the same at every call; rows are examples."""
        rng, dtype = np.random.default_rng(0), np.dtype(self.dtype)
        if self.model == "fit":
            x = rng.uniform(-1, 1, self.batch)
            return {"w": rng.standard_normal(6)}, x, np.sin(3 * x)
        equations = derived(self).many
        params = {t.name: scaled(rng.standard_normal(self._shape(t))) for t in equations.of_role("parameter")}
        x, y = (rng.random(self._shape(t)) for t in equations.of_role("data"))
        if self.model in ("neurons", "images"):
            y[...] = 0
            y[np.arange(self.batch), rng.integers(0, self.sizes[-1], self.batch)] = 1
        return {name: value.astype(dtype) for name, value in params.items()}, x.astype(dtype), y.astype(dtype)

    def _shape(self, tensor: Tensor) -> tuple[int, ...]:
        return tuple(int(a.size) if isinstance(a.size, sp.Integer) else self.batch for a in tensor.axes)


def scaled(drawn: Array) -> Array:
    """Weights so that sums of many inputs stay near one."""
    return drawn / drawn.shape[-1]**0.5 if drawn.ndim > 1 else drawn


@cache
def derived(work: Workload) -> pipeline.Model:
    """What `derive` makes of it."""
    if work.model == "fit":
        return pipeline.equations(read_equations(FIT), notation("nielsen"))
    chosen = {"activation": work.activation} if work.model in ("neurons", "images") else {}
    if work.cost == "cross-entropy":
        chosen["cost"] = work.cost
    return pipeline.equations(spec.load(work.arch, **chosen), notation("nielsen"))


def both(name: str, sizes: tuple[int, ...], batch: int, single: tuple[float | None, float | None],
         double: tuple[float | None, float | None] | None = None, activation: str = "sigmoid",
         cost: str = "quadratic", model: str = "neurons") -> list[Workload]:
    """The workload in float32 and in float64."""
    return [Workload(name, sizes, batch, dtype, activation, cost, bars, model=model)
            for dtype, bars in (("float32", single), ("float64", double or single))]


DIGITS, DEEP = (784, 16, 16, 10), (256,) * 11
RELU = "relu", "cross-entropy"
WORKLOADS = [
    *both("W1", DIGITS, 1, (1.0, 0.6)),
    *both("W1", DIGITS, 10, (0.9, 1.45)),
    *both("W1", DIGITS, 100, (0.62, 1.15), (0.62, 0.9)),
    *both("W1", DIGITS, 1000, (0.92, 1.0), (0.92, 0.75)),
    *both("W2", (784, 30, 10), 10, (0.75, 1.1)),
    *both("W3", (784, 128, 64, 10), 32, (0.92, 1.0), None, *RELU),
    *both("W3", (784, 128, 64, 10), 128, (1.03, 1.1), None, *RELU),
    *both("W3", (784, 128, 64, 10), 1024, (1.03, 1.1), (1.10, 1.1), *RELU),
    *both("W4", DEEP, 256, (1.10, 1.1), (1.25, 1.1), activation="tanh"),
    Workload("W5", (2, 3, 1), 1, "float64", bars=(0.55, None)),
    Workload("W5", (2, 3, 1), 1, "float64", bars=(0.55, None), tuples=True),
    Workload("W6", (), 100, "float64", bars=(0.85, None), model="fit"),
    *both("W7", (20, 12, 64, 1), 32, (0.85, None), model="rnn"),
    *both("LSTM", (20, 12, 64, 1), 32, (0.9, None), model="lstm"),
    Workload("W8", (28, 8, 5, 10), 32, "float32", *RELU, bars=(0.75, None), model="images"),
    *both("TB", (32, 64, 4), 8, (1.0, None), model="block"),
]


def named(names: str | None) -> list[Workload]:
    """Those whose labels begin so, such as W1,W3, or W1b10,W4; all of them where nothing is said."""
    wanted = names.split(",") if names else [""]
    return [w for w in WORKLOADS if any(w.label.replace(" ", "").startswith(name) for name in wanted)]
