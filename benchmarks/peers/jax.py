"""JAX: the same cost, differentiated and compiled once; each call waits for its answer. W6: its data are constants.

Recurrent layers are a `lax.scan` over the steps, with the products of all inputs before it and one product for all
gates; a block of a transformer has one product for queries, keys and values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.peers import Peer, Step
from benchmarks.peers.autograd import loss_of
from benchmarks.rig.packed import packed, unpacked
from benchmarks.rig.workload import Answer, Array, Params, Workload

Loss = Callable[[Any, Any, Any], Any]


def neurons(jax: Any, work: Workload) -> Loss:
    loss: Loss = loss_of(jax.numpy, work)
    return loss


def images(jax: Any, _: Workload) -> Loss:
    def loss(p: Any, x: Any, y: Any) -> Any:
        z = jax.lax.conv_general_dilated(x, p["w1"], (1, 1), "VALID") + p["b1"][:, None, None]
        a = jax.numpy.maximum(z, 0).reshape(len(x), -1)
        return -(y * jax.nn.log_softmax(a @ p["w3"].T + p["b3"])).sum() / len(x)

    return loss


def recurrent(jax: Any, work: Workload) -> Loss:
    def simple(p: Any, state: Any, v: Any) -> Any:
        return (jax.numpy.tanh(v + state[0] @ p["w1"].T),)

    def gated(p: Any, state: Any, v: Any) -> Any:
        h, c = state
        i, f, g, o = jax.numpy.split(v + h @ p["w"].T, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jax.numpy.tanh(g)
        return jax.nn.sigmoid(o) * jax.numpy.tanh(c), c

    step, states, u, b = (simple, 1, "u1", "b1") if work.model == "rnn" else (gated, 2, "u", "b")

    def loss(p: Any, x: Any, y: Any) -> Any:
        v = x.transpose(1, 0, 2) @ p[u].T + p[b]
        start = (jax.numpy.zeros((len(x), work.sizes[2]), x.dtype),) * states
        state, _ = jax.lax.scan(lambda state, v: (step(p, state, v), None), start, v)
        return ((state[0] @ p["w2"].T + p["b2"] - y) ** 2).sum() / (2 * len(x))

    return loss


def block(jax: Any, work: Workload) -> Loss:
    heads, np = work.sizes[2], jax.numpy

    def norm(x: Any, g: Any, b: Any) -> Any:
        mean, variance = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
        return (x - mean) / np.sqrt(variance + 1e-5) * g + b

    def loss(p: Any, x: Any, y: Any) -> Any:
        o = norm(x, p["g1"], p["b1"])
        q, k, v = np.moveaxis((o @ p["w"].T + p["b"]).reshape(*x.shape[:2], 3, heads, -1), 2, 0)
        e = np.einsum("sthi,srhi->shtr", q, k) / q.shape[-1] ** 0.5
        c = np.einsum("shtr,srhi->sthi", jax.nn.softmax(e), v).reshape(x.shape)
        xa = x + c @ p["w_o1"].T + p["b_o1"]
        oa = norm(xa, p["g_a1"], p["b_a1"])
        a = xa + jax.nn.gelu(oa @ p["w_u1"].T + p["b_u1"], approximate=False) @ p["w_d1"].T + p["b_d1"]
        return ((a - y) ** 2).sum() / (2 * len(x))

    return loss


LOSSES: dict[str, Callable[[Any, Workload], Loss]] = {
    "neurons": neurons, "fit": neurons, "images": images, "rnn": recurrent, "lstm": recurrent, "block": block}


def prepare(work: Workload, params: Params, x: Array, y: Array) -> Step:
    import jax

    jax.config.update("jax_enable_x64", True)
    loss = LOSSES[work.model](jax, work)
    p, here, there = jax.device_put((packed(work, params), x, y))
    if work.model == "fit":  # the data are fixed: constants of what is compiled
        fixed = jax.jit(jax.value_and_grad(lambda p: loss(p, x, y)))
        return lambda: jax.block_until_ready(fixed(p))
    compiled = jax.jit(jax.value_and_grad(loss))

    def step() -> Answer:
        value, grads = jax.block_until_ready(compiled(p, here, there))
        return value, lambda: unpacked(work, grads)

    return step


ENTRY = Peer("jax jit", prepare)
