r"""Vanishing gradients: how much of dC/dz is left in each layer of a network that has just been initialised.

    dC/dz^l = ((w^{l+1})^T dC/dz^{l+1}) * f'(z^l)      each layer multiplies by a weight and by a slope

In: the equations over the samples, and the emitted module, whose `init` draws the parameters. Out: one row a
layer: the mean |dC/dz|, the mean |f'(z)|, its bound, and the product of the bounds from there to the output.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from derive.analysis.slopes import Bound, slope_bound, slopes_at
from derive.calculus.reverse import adjoints_of, reverse
from derive.errors import DeriveError
from derive.evaluate import evaluate
from derive.functions.record import Application, ScalarFunction
from derive.gradcheck.draw import draw_data, draw_sizes, with_constants
from derive.gradcheck.emitted import Emitted
from derive.gradcheck.proof import arguments, gathered
from derive.ir import Derivation, reads_of, tensor_of

EXAMPLES = 16


@dataclass(frozen=True)
class Layer:
    """One layer at initialisation."""

    number: int
    activation: str
    slope: float | None
    """The mean |f'(z)|; None where the activation mixes the neurons (softmax)."""
    bound: Bound | None
    gradient: float
    """The mean |dC/dz|."""


@dataclass(frozen=True)
class Flow:
    """The layers from the first to the last, measured over a minibatch."""

    layers: tuple[Layer, ...]
    examples: int

    def product(self, number: int) -> sp.Expr:
        """The bound of the slopes that dC/dz of a layer has passed: its own, and all behind it but the last."""
        return sp.Mul(*(layer.bound.value for layer in self.layers[number - 1:-1] if layer.bound is not None))


def gradient_flow(many: Derivation, module: Emitted, seed: int = 0) -> Flow:
    """Measured at what `init` draws, on random data."""
    derivation = with_constants(many)
    layers = _layers(derivation)
    sizes = draw_sizes(derivation)
    sizes |= {name: EXAMPLES for name in sizes if name in _sample_sizes(derivation)}
    rng = np.random.default_rng(seed)
    params = module.init(rng, **arguments(module, sizes))
    data = draw_data(derivation, sizes, rng)
    values = evaluate(reverse(derivation), {**gathered(derivation, params, sizes), **data}, sizes)
    adjoint = adjoints_of(derivation)
    scale = EXAMPLES if _is_mean(derivation) else 1  # dC/dz of one example alone
    rows: list[Layer] = []
    for name, record in layers:
        for z, bar in zip(_each(values[name]), _each(values[adjoint[name]]), strict=True):
            rows.append(_measured(len(rows) + 1, record, np.asarray(z, float), scale * np.asarray(bar, float)))
    return Flow(tuple(rows), EXAMPLES)


def _measured(number: int, record: ScalarFunction | None, z: Any, bar: Any) -> Layer:
    gradient = float(np.mean(np.abs(bar)))
    if record is None:
        return Layer(number, "not entry by entry", None, None, gradient)
    return Layer(number, record.name, float(np.mean(np.abs(slopes_at(record, z)))), slope_bound(record), gradient)


def _each(array: Any) -> list[Any]:
    """The arrays of all layers of a layered tensor, or the one array."""
    return [part for part in array if np.size(part)] if isinstance(array, list) else [array]


def _is_mean(derivation: Derivation) -> bool:
    """Whether the cost is the mean over the examples and not their sum."""
    sizes = _sample_sizes(derivation)
    return any(str(s) in sizes for equation in derivation.equations() for term in equation.terms
               if any(k.kind == "sample" for k in term.summed) for s in term.body.free_symbols)


def _sample_sizes(derivation: Derivation) -> set[str]:
    return {str(axis.size) for tensor in derivation.tensors for axis in tensor.axes if axis.kind == "sample"}


def _layers(derivation: Derivation) -> list[tuple[str, ScalarFunction | None]]:
    """Every weighted input z, and the activation that is applied to it entry by entry."""
    parameters = {tensor.name for tensor in derivation.of_role("parameter")}
    found: dict[str, ScalarFunction | None] = {}
    for equation in derivation.equations():
        weighted = [t for t in equation.terms if t.summed and {tensor_of(r) for r in reads_of(t.body)} & parameters
                    and len(reads_of(t.body)) > 1 and equation.at]
        if weighted and equation.target not in found:
            found[equation.target] = None
        for term in equation.terms:
            for call in sorted(term.body.atoms(Application), key=str):
                name = tensor_of(call.args[0])
                if name in found and found[name] is None and term.body == call:
                    found[name] = call.record
    if not found:
        raise DeriveError("there is no layer in these equations", do="Write z[j] = sum(w[j,k]*x[k], k) for one.")
    return list(found.items())


HEAD = ("layer", "activation", "mean |f'(z)|", "bound of |f'|", "product of bounds", "mean |dC/dz|")


def flow_table(flow: Flow) -> str:
    """One line a layer, and what they say."""
    cells = [HEAD, *(_cells(flow, layer) for layer in flow.layers)]
    wide = [max(len(row[i]) for row in cells) for i in range(len(HEAD))]
    lines = ["  ".join(c.rjust(w) if i != 1 else c.ljust(w) for i, (c, w) in enumerate(zip(row, wide, strict=True)))
             for row in cells]
    first, last = flow.layers[0].gradient, flow.layers[-1].gradient
    said = [f"At initialisation, over {flow.examples} random examples, the mean |dC/dz| of the first layer is "
            f"{first / last:.3g} times that of the last."] if last else []
    bounds: Mapping[str, Bound] = {y.activation: y.bound for y in flow.layers if y.bound is not None}
    said += [f"|{name}'| is at most {_bound(bound)} ({bound.how})." for name, bound in bounds.items()]
    return "\n".join([*lines, "", *said])


def _cells(flow: Flow, layer: Layer) -> tuple[str, ...]:
    return (str(layer.number), layer.activation, "" if layer.slope is None else f"{layer.slope:.4f}",
            "" if layer.bound is None else _bound(layer.bound),
            f"{float(flow.product(layer.number)):.3g}", f"{layer.gradient:.3e}")


def _bound(bound: Bound) -> str:
    return str(bound.value) if bound.exact else f"{float(bound.value):.4f}"
