"""Numbers at which a backward pass is tried: parameters, data and constants of a model.

    max(0, z)      z > 0 here and z < 0 there, or else a slope that was forgotten would not be missed

In: the equations of a minibatch. Out: arrays by name; of several draws the one that shows most sides of the kinks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from derive.check.arrays.backward import Array
from derive.check.arrays.layout import layers_of
from derive.evaluate.interpreter import Interpreter
from derive.evaluate.numbers import Number, number_kind
from derive.functions.record import absolute, choose, maximum, minimum, sign, step
from derive.gradcheck.draw import draw_data, draw_sizes, shape_of
from derive.ir import Derivation, reads_of, tensor_of

FEWEST, MOST = 5, 40
"""The number of examples is the first from `FEWEST` on that is no width of the model, so that no axis passes for
another."""
TRIES = 6
"""Draws until both sides of every kink were seen; some can not be, as those of relu(relu(z))."""
SIDES: Mapping[Any, Callable[..., Any]] = {
    step: lambda z: z, sign: lambda z: z, absolute: lambda z: z, choose: lambda c, a, b: c,
    maximum: lambda a, b: a - b, minimum: lambda a, b: a - b,
}
"""By the function with a kink: the number whose sign says on which side of it one stands."""


def drawn(model: Derivation, seed: int, examples: int | None = None) -> dict[str, Any]:
    """Parameters, data and constants; the widths are those of the model where it has numbers."""
    best, most = dict[str, Any](), -1.0
    for numbers in _draws(model, seed, examples):
        seen = _seen(model, numbers)
        if seen > most:
            best, most = numbers, seen
        if seen == 1:
            break
    return best


def _draws(model: Derivation, seed: int, examples: int | None) -> Iterator[dict[str, Any]]:
    """Data of both signs, where the model has a value for them; then such between 0 and 1."""
    sizes = _sizes(model, examples)
    for signed in (True, False):
        for attempt in range(TRIES):
            rng = np.random.default_rng([seed, attempt])
            yield {**_parameters(model, sizes, rng), **_data(model, sizes, rng, signed)}


def _seen(model: Derivation, numbers: Mapping[str, Any]) -> float:
    """The part of the kinks of which both sides were seen; -1 where a value is not finite."""
    seen: list[bool] = []

    def watching(function: Any, side: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any) -> Any:
            signs = np.sign(side(*arguments))
            seen.append(bool(np.any(signs > 0) and np.any(signs < 0)))
            return plain.functions[function](*arguments)

        return watched

    plain = number_kind("float64")
    watchful: Number = replace(plain, functions=plain.functions | {f: watching(f, side) for f, side in SIDES.items()})
    found = Interpreter(model, watchful).run(numbers)
    if not all(np.isfinite(part).all() for value in found.values()
               for part in (value if isinstance(value, list) else [value])):
        return -1.0
    return sum(seen) / len(seen) if seen else 1.0


def _sizes(model: Derivation, examples: int | None) -> dict[str, Any]:
    sizes = draw_sizes(model)
    counts = sorted({str(a.size) for t in model.of_role("data") for a in t.axes if a.kind == "sample"})
    taken = {int(a.size) for t in model.tensors for a in t.axes if a.size.is_Integer} | {
        s for size in sizes.values() for s in (size if isinstance(size, list) else [])}
    free = next((n for n in range(FEWEST, MOST) if n not in taken), FEWEST)
    return sizes | {name: examples or free for name in counts if name in sizes}


def _data(model: Derivation, sizes: Mapping[str, Any], rng: np.random.Generator, signed: bool) -> dict[str, Any]:
    """What adds up to 1 is one-hot."""
    data = draw_data(model, sizes, rng)
    bound = {tensor_of(access) for fact in model.facts for access in reads_of(fact.left.body)}
    for name, array in sorted(data.items()):
        if name in bound:
            data[name] = np.eye(array.shape[-1])[rng.integers(0, array.shape[-1], array.shape[:-1])]
        elif signed and array.dtype.kind == "f":
            data[name] = rng.standard_normal(array.shape)
    return data


def _parameters(model: Derivation, sizes: Mapping[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for tensor in model.of_role("parameter"):
        if layers_of(tensor) is not None:
            widths = next(size for size in sizes.values() if isinstance(size, list))
            shapes = [(widths[n], widths[n - 1])[:len(tensor.axes) - 1] for n in range(1, sizes["L"] + 1)]
            found[tensor.name] = [_small(shape, rng) for shape in shapes]
        else:
            found[tensor.name] = _small(shape_of(tensor, sizes), rng)
    for tensor in model.of_role("constant"):
        if tensor.value is not None:
            found[tensor.name] = np.asarray(float(tensor.value))
    return found


def _small(shape: Sequence[int], rng: np.random.Generator) -> Array:
    """Small enough that no activation is saturated."""
    array: Array = np.asarray(rng.standard_normal(shape) / np.sqrt(shape[-1] if len(shape) > 1 else 2.0))
    return array
