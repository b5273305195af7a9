"""JAX: the same cost, differentiated and compiled once; each call waits for its answer. W6: its data are constants."""

from __future__ import annotations

from benchmarks.peers import Peer, Step
from benchmarks.peers.autograd import loss_of
from benchmarks.rig.workload import Answer, Array, Params, Workload


def prepare(work: Workload, params: Params, x: Array, y: Array) -> Step:
    import jax

    jax.config.update("jax_enable_x64", True)
    loss = loss_of(jax.numpy, work)
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
