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


def fit(_: Workload, params: Params, x: Array, y: Array) -> Answer:
    powers = x[:, None] ** np.arange(len(params["w"]))
    error = powers @ params["w"] - y
    return (error**2).sum() / 2, {"w": powers.T @ error}


def recurrent(_: Workload, params: Params, x: Array, y: Array) -> Answer:
    """Forwards through time, and back."""
    m, steps = x.shape[:2]
    u, w, b, w2, b2 = (params[name] for name in ("u1", "w1", "b1", "w2", "b2"))
    h = [np.zeros((m, len(u)), x.dtype)]
    for t in range(steps):
        h.append(np.tanh(x[:, t] @ u.T + h[t] @ w.T + b))
    error = (h[-1] @ w2.T + b2 - y) / m
    grads = {"w2": error.T @ h[-1], "b2": error.sum(axis=0), "u1": 0 * u, "w1": 0 * w, "b1": 0 * b}
    below = error @ w2
    for t in reversed(range(steps)):
        delta = below * (1 - h[t + 1]**2)
        grads["u1"] += delta.T @ x[:, t]
        grads["w1"] += delta.T @ h[t]
        grads["b1"] += delta.sum(axis=0)
        below = delta @ w
    return m * (error**2).sum() / 2, grads


def gated(_: Workload, params: Params, x: Array, y: Array) -> Answer:
    """A cell that gates scale and add to: f, i, o are sigmoids, g is what is added."""
    m, steps = x.shape[:2]
    u, w, b = ({gate: params[f"{letter}_{gate}1"] for gate in "figo"} for letter in "uwb")
    h, c, kept = [np.zeros((m, len(w["f"])), x.dtype)], [np.zeros((m, len(w["f"])), x.dtype)], []
    for t in range(steps):
        z = {k: x[:, t] @ u[k].T + h[t] @ w[k].T + b[k] for k in "figo"}
        a = {k: np.tanh(z[k]) if k == "g" else VALUES["sigmoid"](z[k]) for k in "figo"}
        c.append(a["f"] * c[t] + a["i"] * a["g"])
        h.append(a["o"] * np.tanh(c[-1]))
        kept.append(a)
    error = (h[-1] @ params["w2"].T + params["b2"] - y) / m
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    grads |= {"w2": error.T @ h[-1], "b2": error.sum(axis=0)}
    below, cell = error @ params["w2"], np.zeros_like(h[0])
    for t in reversed(range(steps)):
        a, squashed = kept[t], np.tanh(c[t + 1])
        cell = cell + below * a["o"] * (1 - squashed**2)
        paths = {"f": cell * c[t], "i": cell * a["g"], "g": cell * a["i"], "o": below * squashed}
        delta = {k: paths[k] * SLOPES["tanh" if k == "g" else "sigmoid"](a[k]) for k in "figo"}
        for k in "figo":
            grads[f"u_{k}1"] += delta[k].T @ x[:, t]
            grads[f"w_{k}1"] += delta[k].T @ h[t]
            grads[f"b_{k}1"] += delta[k].sum(axis=0)
        below, cell = sum(delta[k] @ w[k] for k in "figo"), cell * a["f"]
    return m * (error**2).sum() / 2, grads


ANSWERS = {"neurons": network, "fit": fit, "images": images, "rnn": recurrent, "lstm": gated}
"""Of each kind of model; a block of a transformer would take a page."""


def prepare(work: Workload, params: Params, x: Array, y: Array) -> Step | None:
    answer = ANSWERS.get(work.model)
    return answer and (lambda: answer(work, params, x, y))


ENTRY = Peer("textbook", prepare, "textbook")
