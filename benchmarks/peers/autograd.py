"""HIPS autograd: the forward pass in its NumPy, differentiated at every call. The powers of W6 are taken once."""

from __future__ import annotations

from typing import Any

from benchmarks.peers import Peer, Step
from benchmarks.rig.workload import Array, Params, Workload


def loss_of(np: Any, work: Workload) -> Any:
    """The cost as one writes it with a NumPy that can be differentiated."""
    values = {"sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh, "relu": lambda z: np.maximum(z, 0)}

    def network(params: Any, x: Any, y: Any) -> Any:
        a = x
        for layer in work.layers:
            z = np.dot(a, params[f"w{layer}"].T) + params[f"b{layer}"]
            a = values[work.activation](z) if layer < len(work.sizes) - 1 or work.cost == "quadratic" else z
        if work.cost == "quadratic":
            return np.sum((a - y)**2) / (2 * len(x))
        shifted = a - np.max(a, axis=1, keepdims=True)
        return np.sum(np.log(np.sum(np.exp(shifted), axis=1))) / len(x) - np.sum(shifted * y) / len(x)

    def fit(params: Any, x: Any, y: Any) -> Any:
        return np.sum((np.dot(x[:, None] ** np.arange(6), params["w"]) - y)**2) / 2

    return fit if work.model == "fit" else network


def prepare(work: Workload, params: Params, x: Array, y: Array) -> Step | None:
    if work.model not in ("neurons", "fit"):
        return None  # it has no fast convolution, and takes a tenth of a second for a loop over time
    import autograd.numpy as np
    from autograd import value_and_grad

    if work.model == "fit":
        powers = x[:, None] ** np.arange(6)
        fixed = value_and_grad(lambda p: np.sum((np.dot(powers, p["w"]) - y)**2) / 2)
        return lambda: fixed(params)
    step = value_and_grad(loss_of(np, work))
    return lambda: step(params, x, y)


ENTRY = Peer("autograd", prepare)
