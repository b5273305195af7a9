"""One gradient step of each workload, by the emitted code and by everybody else: `python -m benchmarks gradient`.

First every answer is compared with the float64 textbook; who is wrong is not timed. Then all take turns. The table says
how many times longer than the fast code each one takes, and how the fast code stands to the bars of issue 5.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.peers import Peer, Step
from benchmarks.peers.derive import module
from benchmarks.peers.textbook import ANSWERS
from benchmarks.rig.clock import Timing, race
from benchmarks.rig.results import Row, put, table, written
from benchmarks.rig.workload import Answer, Array, Grads, Params, Workload, named
from derive.registry import discover

CLOSE = {"float32": 2e-5, "float64": 1e-10}
"""The largest error that rounding may make, in units of the largest entry of the array..."""
LEAST = 1e-3
"""...or of this part of the largest entry of all: the bias of keys has the gradient 0."""


def true_answer(work: Workload, params: Params, x: Array, y: Array) -> Answer:
    """By the textbook, or by the plain code where it has no answer, in float64."""
    exact = {name: value.astype(np.float64) for name, value in params.items()}
    data = x.astype(np.float64), y.astype(np.float64)
    if work.model in ANSWERS:
        cost, grads = ANSWERS[work.model](work, exact, *data)
    else:
        cost, grads = module(replace(work, dtype="float64"), "plain").cost_and_gradients(exact, *data)
    named = by_name(grads, exact)
    return cost, {name: named[name] for name in params}


def error(found: Answer, truth: Answer) -> float:
    """The largest error of the cost and of the gradients."""
    worst = abs(float(found[0]) - truth[0]) / abs(truth[0])
    right = by_name(truth[1], {})
    grads = by_name(found[1], right)
    least = LEAST * max(np.abs(value).max() for value in right.values())
    for name, value in right.items():
        close = np.asarray(grads[name], np.float64).reshape(value.shape)
        worst = max(worst, float(np.abs(close - value).max() / max(np.abs(value).max(), least)))
    return float(worst)


def by_name(grads: Grads, like: Params) -> Params:
    """Gradients by name, also where they come as the numbers of all of them, in that order."""
    if callable(grads):
        return grads()
    if isinstance(grads, dict):
        return grads
    ends = np.cumsum([value.size for value in like.values()])[:-1]
    return dict(zip(like, np.split(np.array(grads), ends), strict=True))


def entrants(work: Workload, peers: Sequence[Peer]) -> dict[str, Step]:
    """Those who are installed, have something to do here, and are right."""
    params, x, y = work.draw()
    truth, found = true_answer(work, params, x, y), {}
    for peer in peers:
        try:
            step = peer.prepare(work, params, x, y)
        except ImportError as missing:
            print(f"    {peer.name}: {missing}")
            continue
        if step is None:
            continue
        if peer.kind != "bare" and not (off := error(step(), truth)) < CLOSE[work.dtype]:
            print(f"    {peer.name} is WRONG: {off:.1e}")
            continue
        found[peer.name] = step
    return found


def measured(work: Workload, peers: Sequence[Peer], rounds: int, clock: str) -> Row:
    """One line of the table."""
    print(work.label, flush=True)
    times: dict[str, Timing] = race(entrants(work, peers), rounds, clock=clock)
    row = Row(work, times, {peer.name: peer.kind for peer in peers})
    print("    " + row.line(), flush=True)
    return row


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks gradient", description=__doc__)
    parser.add_argument("--only", help="such as W1,W3, or W1b10,W4")
    parser.add_argument("--peers", help="such as fast,matmul,pytensor; otherwise all")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--quick", action="store_true", help="three rounds: only whether everybody is right")
    parser.add_argument("--clock", choices=["cpu", "wall"], default="cpu", help="processor time, or the wall's")
    parser.add_argument("-o", "--output", type=Path, help="where to write the table, such as benchmarks/RESULTS.md")
    chosen = parser.parse_args(arguments)
    peers = [p for p in discover("benchmarks.peers") if not chosen.peers or p.name in chosen.peers.split(",")]
    works = named(chosen.only)
    if not works or not peers:
        parser.error("nothing of that name")
    rows = [measured(work, peers, 3 if chosen.quick else chosen.rounds, chosen.clock) for work in works]
    text = table(rows, peers)
    print("\n" + text)
    if chosen.output:
        put(chosen.output, "gradient", written(text, chosen.clock, 3 if chosen.quick else chosen.rounds))
