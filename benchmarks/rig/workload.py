"""The workloads of the gradient benchmark: what is differentiated, at which batch and in which numbers.

W1 784-16-16-10 sigmoid, quadratic; W2 784-30-10 the same; W3 784-128-64-10 relu, softmax and cross-entropy;
W4 ten layers of 256, tanh, quadratic; W5 2-3-1 one example, the fast code on arrays
and on tuples of numbers; W6 a polynomial of degree 5 through 100 given points; W8 images of 28 x 28, 8 filters of
5 x 5, relu, 10 classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Params = dict[str, Array]
Answer = tuple[Any, Params | tuple[float, ...]]
"""The cost, and the gradient with respect to each parameter: by name, or all numbers in the order of the parameters."""

FIT = """
sample    i = 100
data      x[i], y[i]
parameter w[k: 6]
f[i] = sum(w[k]*x[i]^k, k)
C    = 1/2*sum((f[i] - y[i])^2, i)
"""


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
    filters: tuple[int, int] | None = None
    """How many, and how wide: a convolution before the one layer of neurons; `sizes` are (side of the image, 10)."""

    @property
    def label(self) -> str:
        return f"{self.name} {'tuples ' * self.tuples}b{self.batch} {self.dtype.replace('float', 'f')}"

    @property
    def is_fit(self) -> bool:
        """The polynomial: its data are fixed, its parameter is one vector."""
        return not self.sizes

    @property
    def layers(self) -> range:
        return range(1, len(self.sizes))

    @property
    def arch(self) -> str:
        """As `derive` reads it."""
        if self.filters is not None:
            number, width = self.filters
            side, outputs = self.sizes
            return f"1x{side}x{side}-conv({number},{width}x{width})-flatten-{outputs}:softmax"
        last = ":softmax" if self.cost == "cross-entropy" else ""
        return "-".join(map(str, self.sizes)) + last

    def names(self) -> list[str]:
        return ["w"] if self.is_fit else [f"{letter}{layer}" for layer in self.layers for letter in "wb"]

    def draw(self) -> tuple[Params, Array, Array]:
        """Parameters and data, the same at every call; rows are examples."""
        rng, dtype = np.random.default_rng(0), np.dtype(self.dtype)
        if self.is_fit:
            x = rng.uniform(-1, 1, self.batch)
            return {"w": rng.standard_normal(6)}, x, np.sin(3 * x)
        params: Params = {}
        if self.filters is not None:
            return self._images(rng, dtype, *self.filters)
        for layer in self.layers:
            inputs, outputs = self.sizes[layer - 1:layer + 1]
            params[f"w{layer}"] = (rng.standard_normal((outputs, inputs)) / inputs**0.5).astype(dtype)
            params[f"b{layer}"] = rng.standard_normal(outputs).astype(dtype)
        x = rng.random((self.batch, self.sizes[0])).astype(dtype)
        y = np.zeros((self.batch, self.sizes[-1]), dtype)
        y[np.arange(self.batch), rng.integers(0, self.sizes[-1], self.batch)] = 1
        return params, x, y


    def _images(self, rng: np.random.Generator, dtype: np.dtype[Any], number: int, width: int) -> tuple[
            Params, Array, Array]:
        side, outputs = self.sizes
        flat = number * (side - width + 1) ** 2
        params = {"w1": rng.standard_normal((number, 1, width, width)) / width, "b1": rng.standard_normal(number),
                  "w3": rng.standard_normal((outputs, flat)) / flat**0.5, "b3": rng.standard_normal(outputs)}
        y = np.zeros((self.batch, outputs), dtype)
        y[np.arange(self.batch), rng.integers(0, outputs, self.batch)] = 1
        x = rng.random((self.batch, 1, side, side)).astype(dtype)
        return {name: value.astype(dtype) for name, value in params.items()}, x, y


def both(name: str, sizes: tuple[int, ...], batch: int, single: tuple[float | None, float | None],
         double: tuple[float | None, float | None] | None = None, activation: str = "sigmoid",
         cost: str = "quadratic") -> list[Workload]:
    """The workload in float32 and in float64."""
    return [Workload(name, sizes, batch, dtype, activation, cost, bars)
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
    Workload("W6", (), 100, "float64", bars=(0.85, None)),
    Workload("W8", (28, 10), 32, "float32", *RELU, bars=(0.75, None), filters=(8, 5)),
]
