"""PyTensor: symbolic gradients, compiled once (its default mode, inputs trusted, results borrowed).

The data of W6 are constants.
"""

from __future__ import annotations

import warnings
from typing import Any

from benchmarks.peers import Peer, Step
from benchmarks.rig.workload import Answer, Array, Params, Workload


def loss_of(pt: Any, work: Workload, p: dict[str, Any], x: Any, y: Any) -> Any:
    if work.model == "fit":
        return ((pt.dot(x[:, None] ** range(6), p["w"]) - y)**2).sum() / 2
    a, last = x, len(work.sizes) - 1
    values = {"sigmoid": pt.sigmoid, "tanh": pt.tanh, "relu": lambda z: pt.maximum(z, 0)}
    for layer in work.layers:
        z = pt.dot(a, p[f"w{layer}"].T) + p[f"b{layer}"]
        a = z if work.cost == "cross-entropy" and layer == last else values[work.activation](z)
    if work.cost == "cross-entropy":
        return -(y * pt.special.log_softmax(a, axis=1)).sum() / work.batch
    return ((a - y)**2).sum() / (2 * work.batch)


def prepare(work: Workload, params: Params, x: Array, y: Array) -> Step | None:
    if work.model not in ("neurons", "fit"):
        return None  # neither convolution nor scan is fast without a compiler of C
    import pytensor
    import pytensor.tensor as pt

    names = list(params)
    p = {name: pt.TensorType(work.dtype, value.shape)(name) for name, value in params.items()}
    here, there = (pt.TensorType(work.dtype, data.shape)(name) for name, data in (("x", x), ("y", y)))
    fixed = work.model == "fit"  # the data are constants then
    cost = loss_of(pt, work, p, x if fixed else here, y if fixed else there).astype(work.dtype)
    inputs = [pytensor.In(v, borrow=True) for v in (*p.values(), *(() if fixed else (here, there)))]
    outputs = [pytensor.Out(v, borrow=True) for v in (cost, *pytensor.grad(cost, list(p.values())))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = pytensor.function(inputs, outputs)
        compiled.trust_input = True
        given = [*params.values(), *(() if fixed else (x, y))]
        compiled(*given)

    def step() -> Answer:
        value, *grads = compiled(*given)
        return value, dict(zip(names, grads, strict=True))

    return step


ENTRY = Peer("pytensor", prepare)
