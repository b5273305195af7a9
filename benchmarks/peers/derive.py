"""The emitted code: the plain module, and the class `Gradient` of the fast one.

One example of W5 is given to `Gradient(1)` as arrays, and to `gradient_of_one` as tuples. The data of W6 are fixed:
`Gradient.fixed` takes them once, as other peers have them as constants.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from benchmarks.peers import Peer, Step
from benchmarks.rig.workload import Array, Params, Workload, derived
from derive import pipeline
from derive.gradcheck.emitted import load_source


@cache
def module(work: Workload, style: str) -> Any:
    """The module that `derive code` writes, imported."""
    return load_source(pipeline.emit(derived(work).many, dtype=work.dtype, style=style))


def plain(work: Workload, params: Params, x: Array, y: Array) -> Step:
    run = module(work, "plain").cost_and_gradients
    return lambda: run(params, x, y)


def fast(work: Workload, params: Params, x: Array, y: Array) -> Step:
    emitted = module(work, "fast")
    if work.tuples:
        of_one, given = emitted.gradient_of_one, emitted.as_tuple(params)
        one, target = tuple(x[0].tolist()), tuple(y[0].tolist())
        return lambda: of_one(given, one, target)
    run = emitted.Gradient(work.batch, work.dtype)
    if work.model == "fit":
        step = run.fixed(x, y)
        return lambda: step(params)
    return lambda: run(params, x, y)


ENTRIES = [Peer("fast", fast, "ours"), Peer("plain", plain, "ours")]
