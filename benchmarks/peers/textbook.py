"""Backpropagation as a textbook writes it in NumPy; in float64 it is what every answer is compared with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.peers import Peer, Step
from benchmarks.rig.workload import Answer, Array, Params, Workload

Map = Callable[[Any], Any]
SLOPES: dict[str, Map] = {"sigmoid": lambda a: a * (1 - a), "tanh": lambda a: 1 - a**2, "relu": lambda a: a > 0}
VALUES: dict[str, Map] = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
}


def softmax(z: Array) -> Any:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def network(work: Workload, params: Params, x: Array, y: Array) -> Answer:
    m, last, entropy = len(x), len(work.sizes) - 1, work.cost == "cross-entropy"
    a = [x]
    for layer in work.layers:
        z = a[-1] @ params[f"w{layer}"].T + params[f"b{layer}"]
        a.append(softmax(z) if entropy and layer == last else VALUES[work.activation](z))
    cost = -(y * np.log(a[-1])).sum() / m if entropy else ((a[-1] - y)**2).sum() / (2 * m)
    error, grads = (a[-1] - y) / m, {}
    for layer in reversed(work.layers):
        if not (entropy and layer == last):
            error = error * SLOPES[work.activation](a[layer])
        grads[f"w{layer}"] = error.T @ a[layer - 1]
        grads[f"b{layer}"] = error.sum(axis=0)
        if layer > 1:
            error = error @ params[f"w{layer}"]
    return cost, grads


def images(work: Workload, params: Params, x: Array, y: Array) -> Answer:
    """Windows of the image, one product for all of them."""
    m, w = len(x), params["w1"]
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    a1 = VALUES[work.activation](np.einsum("scijuv,ocuv->soij", windows, w, optimize=True)
                                 + params["b1"][:, None, None])
    a2 = a1.reshape(m, -1)
    a3 = softmax(a2 @ params["w3"].T + params["b3"])
    error = (a3 - y) / m
    grads = {"w3": error.T @ a2, "b3": error.sum(axis=0)}
    below = (error @ params["w3"]).reshape(a1.shape) * SLOPES[work.activation](a1)
    grads["w1"] = np.einsum("soij,scijuv->ocuv", below, windows, optimize=True)
    grads["b1"] = below.sum(axis=(0, 2, 3))
    return -(y * np.log(a3)).sum() / m, grads


def answer(work: Workload, params: Params, x: Array, y: Array) -> Answer:
    if work.is_fit:
        return fit(params, x, y)
    return network(work, params, x, y) if work.filters is None else images(work, params, x, y)


def fit(params: Params, x: Array, y: Array) -> Answer:
    powers = x[:, None] ** np.arange(len(params["w"]))
    error = powers @ params["w"] - y
    return (error**2).sum() / 2, {"w": powers.T @ error}


def prepare(work: Workload, params: Params, x: Array, y: Array) -> Step:
    return lambda: answer(work, params, x, y)


ENTRY = Peer("textbook", prepare, "textbook")
