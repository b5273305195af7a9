"""PyTorch, eager: its own functions for the layers and the cost, `torch.autograd.grad` at every call.

Recurrent layers are its `nn.RNN` and `nn.LSTM`, with one of their two biases held at zero and the steps in front, which
it prefers; attention is its `scaled_dot_product_attention`, one product for queries, keys and values. The powers of W6
are taken once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.peers import Peer, Step
from benchmarks.rig.packed import packed, unpacked
from benchmarks.rig.workload import Answer, Array, Params, Workload

Tensors = dict[str, Any]
Cost = Callable[[], Any]
Made = tuple[Tensors, Cost]
"""What the gradient is taken of, by name; and the function that computes the cost."""


def neurons(torch: Any, work: Workload, p: Tensors, x: Any, y: Any) -> Made:
    from torch.nn import functional

    last, batch = len(work.sizes) - 1, len(x)
    apply = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}[work.activation]

    def cost() -> Any:
        a = x
        for layer in work.layers:
            z = functional.linear(a, p[f"w{layer}"], p[f"b{layer}"])
            a = z if work.cost == "cross-entropy" and layer == last else apply(z)
        if work.cost == "cross-entropy":
            return functional.cross_entropy(a, y)
        return functional.mse_loss(a, y, reduction="sum") / (2 * batch)

    return p, cost


def fit(torch: Any, _: Workload, p: Tensors, x: Any, y: Any) -> Made:
    powers = x[:, None] ** torch.arange(6)
    return p, lambda: torch.nn.functional.mse_loss(powers @ p["w"], y, reduction="sum") / 2


def images(torch: Any, _: Workload, p: Tensors, x: Any, y: Any) -> Made:
    from torch.nn import functional

    def cost() -> Any:
        a = torch.relu(functional.conv2d(x, p["w1"], p["b1"])).flatten(1)
        return functional.cross_entropy(functional.linear(a, p["w3"], p["b3"]), y)

    return p, cost


def recurrent(torch: Any, work: Workload, p: Tensors, x: Any, y: Any) -> Made:
    from torch.nn import functional

    _, features, width, _ = work.sizes
    layer = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM}[work.model](features, width, dtype=x.dtype)
    names = {"u": layer.weight_ih_l0, "w": layer.weight_hh_l0, "b": layer.bias_ih_l0}
    own = {name: names[name[0]] for name in p if name not in ("w2", "b2")}
    with torch.no_grad():
        layer.bias_hh_l0.zero_().requires_grad_(False)
        for name, leaf in own.items():
            leaf.copy_(p[name])
    steps, batch = x.transpose(0, 1).contiguous(), len(x)

    def cost() -> Any:
        out, _ = layer(steps)
        a = functional.linear(out[-1], p["w2"], p["b2"])
        return functional.mse_loss(a, y, reduction="sum") / (2 * batch)

    return p | own, cost


def block(torch: Any, work: Workload, p: Tensors, x: Any, y: Any) -> Made:
    from torch.nn import functional

    batch, (steps, features, heads) = len(x), work.sizes

    def cost() -> Any:
        o = functional.layer_norm(x, (features,), p["g1"], p["b1"])
        of_heads = functional.linear(o, p["w"], p["b"]).view(batch, steps, 3, heads, -1).permute(2, 0, 3, 1, 4)
        c = functional.scaled_dot_product_attention(*of_heads.unbind())
        xa = x + functional.linear(c.transpose(1, 2).reshape(batch, steps, features), p["w_o1"], p["b_o1"])
        oa = functional.layer_norm(xa, (features,), p["g_a1"], p["b_a1"])
        a = xa + functional.linear(functional.gelu(functional.linear(oa, p["w_u1"], p["b_u1"])), p["w_d1"], p["b_d1"])
        return functional.mse_loss(a, y, reduction="sum") / (2 * batch)

    return p, cost


COSTS: dict[str, Callable[..., Made]] = {
    "neurons": neurons, "fit": fit, "images": images, "rnn": recurrent, "lstm": recurrent, "block": block}


def prepare(work: Workload, params: Params, x: Array, y: Array) -> Step:
    import torch

    torch.set_num_threads(1)
    p = {name: torch.tensor(value, requires_grad=True) for name, value in packed(work, params).items()}
    p, cost = COSTS[work.model](torch, work, p, torch.tensor(x), torch.tensor(y))
    names, tensors = list(p), list(p.values())

    def step() -> Answer:
        value = cost()
        grads = torch.autograd.grad(value, tensors)
        return value.detach(), lambda: unpacked(work, dict(zip(names, grads, strict=True)))

    return step


ENTRY = Peer("torch", prepare)
