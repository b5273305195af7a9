"""A derivation, its emitted module and the interpreter, brought together for the gradient check.

In: equations over the samples, the module emitted from them. Out: one row per parameter. The emitted
module numbers the arrays of a layered parameter (w1, w2, ...) where the equations have one tensor w[l,j,k].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

import numpy as np

from derive.calculus.explain import explain
from derive.calculus.reverse import adjoints_of, reverse
from derive.errors import DeriveError
from derive.evaluate import Interpreter, evaluate, held, stops
from derive.gradcheck.draw import draw_data, draw_sizes
from derive.gradcheck.emitted import Array, Emitted, Params, load_source
from derive.gradcheck.rows import Row, gradcheck
from derive.ir import Derivation
from derive.targets import target

JITTER = 0.1
"""Added to what `init` draws, so that no bias stands at 0, where |b| has no slope."""
WIDTHS = "widths"
"""The argument of `init` that takes the widths of all layers."""


def prove(module: Emitted, derivation: Derivation, entries: int, seed: int,
          watch: Callable[[int], None] = lambda checked: None, seconds: float = np.inf) -> list[Row]:
    """The emitted gradients against differences and the interpreter, at random parameters and data."""
    rng = np.random.default_rng(seed)
    sizes = draw_sizes(derivation)
    start = module.init(rng, **arguments(module, sizes))
    params = {name: array + JITTER * rng.standard_normal(np.shape(array)) for name, array in start.items()}
    data = draw_data(derivation, sizes, rng)
    given, full = {**gathered(derivation, params, sizes), **data}, reverse(derivation)

    def exact(here: Params) -> Params:
        return scattered(derivation, evaluate(full, {**gathered(derivation, here, sizes), **data}, sizes))

    cost = _with_stops_held(derivation, given, sizes) if stops(derivation) else None
    return gradcheck(module, params, list(data.values()), exact(params), entries, rng, watch, cost, seconds, exact)


def _with_stops_held(derivation: Derivation, given: Mapping[str, Any],
                     sizes: Mapping[str, Any]) -> Callable[[Params], float]:
    """The cost as a function of the parameters; what stands in stop(...) stays as it is at the start.

    It is emitted, which is a hundred times as fast as the interpreter, where it can be.
    """
    fixed, stopped = held(derivation, given, sizes)
    others = {name: array for name, array in given.items() if derivation.tensor(name).role != "parameter"} | stopped
    try:
        module = load_source(target("numpy").emit(explain(fixed), "float64", {}, "plain"))
    except DeriveError:
        run = Interpreter(fixed).run
        return lambda params: float(run({**gathered(derivation, params, sizes), **others}, sizes)[derivation.cost])
    data = [others[tensor.name] for tensor in fixed.of_role("data")]
    return lambda params: float(module.cost(params, *data))


def arguments(module: Emitted, sizes: Mapping[str, Any]) -> dict[str, Any]:
    """The sizes that `init` asks for."""
    rows = [size for size in sizes.values() if isinstance(size, list)]
    known = {**sizes, WIDTHS: rows[0] if rows else []}
    return {name: known[name] for name in signature(module.init).parameters if name in known}


def gathered(derivation: Derivation, params: Params, sizes: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays as the equations have them: those of a layered tensor as a list."""
    names = [t.name for t in derivation.of_role("parameter")]
    return {name: params[name] if name in params else [params[f"{name}{layer}"] for layer in range(1, sizes["L"] + 1)]
            for name in names}


def scattered(derivation: Derivation, values: Mapping[str, Any]) -> Params:
    """The interpreter's gradients by the names of the module."""
    adjoint = adjoints_of(derivation)
    found: dict[str, Array] = {}
    for tensor in derivation.learnt:
        gradient = values[adjoint[tensor.name]]
        layered = isinstance(gradient, list) or any(axis.kind == "layer" for axis in tensor.axes)
        found |= {f"{tensor.name}{n}": g for n, g in enumerate(gradient, 1)} if layered else {tensor.name: gradient}
    return found
