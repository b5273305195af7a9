"""The bare matrix products of a step: `np.matmul` into arrays that are there, and nothing else. No gradient."""

from __future__ import annotations

import numpy as np

from benchmarks.peers import Peer, Step
from benchmarks.rig.workload import Answer, Array, Params, Workload


def prepare(work: Workload, params: Params, x: Array, y: Array) -> Step | None:
    if work.model != "neurons" or len(work.sizes) < 4 and work.sizes[:1] != (784,):
        return None  # nothing that one would call a matrix product
    values = [x, *(np.full((work.batch, size), 0.1, work.dtype) for size in work.sizes[1:])]
    weights = [np.empty(0), *(params[f"w{layer}"] for layer in work.layers)]
    grads = [np.empty(0), *(np.empty_like(w) for w in weights[1:])]
    forward = [(values[n - 1], weights[n].T, values[n]) for n in work.layers]
    backward = []
    for n in reversed(work.layers):
        backward.append((values[n].T, values[n - 1], grads[n]))
        if n > 1:
            backward.append((values[n], weights[n], values[n - 1]))
    calls, matmul = forward + backward, np.matmul

    def step() -> Answer:
        for a, b, out in calls:
            matmul(a, b, out)
        return 0.0, {}

    return step


ENTRY = Peer("matmul", prepare, "bare")
