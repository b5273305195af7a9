"""JAX: the same cost, differentiated and compiled once; each call waits for its answer. W6: its data are constants."""

from __future__ import annotations

from typing import Any

from benchmarks.peers import Peer, Step
from benchmarks.peers.autograd import loss_of
from benchmarks.rig.workload import Answer, Array, Params, Workload


def images(work: Workload) -> Any:
    """The cost of W8."""
    import jax

    def loss(p: Any, x: Any, y: Any) -> Any:
        z = jax.lax.conv_general_dilated(x, p["w1"], (1, 1), "VALID") + p["b1"][:, None, None]
        a = jax.numpy.maximum(z, 0).reshape(len(x), -1)
        return -(y * jax.nn.log_softmax(a @ p["w3"].T + p["b3"])).sum() / len(x)

    return loss


def prepare(work: Workload, params: Params, x: Array, y: Array) -> Step:
    import jax

    jax.config.update("jax_enable_x64", True)
    loss = loss_of(jax.numpy, work) if work.filters is None else images(work)
    p, here, there = jax.device_put((params, x, y))
    if work.is_fit:  # the data are fixed: constants of what is compiled
        fixed = jax.jit(jax.value_and_grad(lambda p: loss(p, x, y)))
        return lambda: jax.block_until_ready(fixed(p))
    compiled = jax.jit(jax.value_and_grad(loss))

    def step() -> Answer:
        found: Answer = jax.block_until_ready(compiled(p, here, there))
        return found

    return step


ENTRY = Peer("jax jit", prepare)
