"""The emitted code: the plain module, and the class `Gradient` of the fast one.

One example of W5 is given to `Gradient(1)` as arrays, and to `gradient_of_one` as tuples. The data of W6 are fixed:
`Gradient.fixed` takes them once, as other peers have them as constants.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from benchmarks.peers import Peer, Step
from benchmarks.rig.workload import FIT, Array, Params, Workload
from derive import pipeline, spec
from derive.gradcheck.emitted import load_source
from derive.notation import notation
from derive.text import read_equations


@cache
def module(work: Workload, style: str) -> Any:
    """The module that `derive code` writes, imported."""
    if work.is_fit:
        source: Any = read_equations(FIT)
    else:
        entropy = {"cost": "cross-entropy"} if work.cost == "cross-entropy" else {}
        source = spec.load(work.arch, activation=work.activation, **entropy)
    model = pipeline.equations(source, notation("nielsen"))
    return load_source(pipeline.emit(model.many, dtype=work.dtype, style=style))


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
    if work.is_fit:
        step = run.fixed(x, y)
        return lambda: step(params)
    return lambda: run(params, x, y)


ENTRIES = [Peer("fast", fast, "ours"), Peer("plain", plain, "ours")]
