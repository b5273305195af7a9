"""PyTorch, eager: its own functions for the layers and the cost, `torch.autograd.grad` at every call.

The powers of W6 are taken once.
"""

from __future__ import annotations

from typing import Any

from benchmarks.peers import Peer, Step
from benchmarks.rig.workload import Answer, Array, Params, Workload


def prepare(work: Workload, params: Params, x: Array, y: Array) -> Step:
    import torch
    from torch.nn import functional

    torch.set_num_threads(1)
    names = list(params)
    p = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    tensors, here, there = list(p.values()), torch.tensor(x), torch.tensor(y)
    last, batch = len(work.sizes) - 1, len(x)
    powers = here[:, None] ** torch.arange(6) if work.is_fit else None
    apply = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}[work.activation]

    def cost() -> Any:
        if powers is not None:
            return functional.mse_loss(powers @ p["w"], there, reduction="sum") / 2
        if work.filters is not None:
            a = apply(functional.conv2d(here, p["w1"], p["b1"])).flatten(1)
            return functional.cross_entropy(functional.linear(a, p["w3"], p["b3"]), there)
        a = here
        for layer in work.layers:
            z = functional.linear(a, p[f"w{layer}"], p[f"b{layer}"])
            a = z if work.cost == "cross-entropy" and layer == last else apply(z)
        if work.cost == "cross-entropy":
            return functional.cross_entropy(a, there)
        return functional.mse_loss(a, there, reduction="sum") / (2 * batch)

    def step() -> Answer:
        value = cost()
        return value.detach(), dict(zip(names, torch.autograd.grad(value, tensors), strict=True))

    return step


ENTRY = Peer("torch", prepare)
