"""What limits a gradient step, and which bars of issue 5 lie below that: `python -m benchmarks limits`.

    floor = the wide products in the least time that they can take + all other statements as long as they take

The least time of a product is that at which this processor multiplies at best; or, with so few multiplications that
blocks gain nothing, that of the quickest order in which its arrays may lie. In one run all take turns: the step, its
statements, each alone in a loop in the arrays that a whole step has left, and those who set the bars.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np

from benchmarks.derivation import table
from benchmarks.gradient import entrants
from benchmarks.peers import Peer
from benchmarks.rig.clock import race
from benchmarks.rig.parts import Part, multiplications, parts
from benchmarks.rig.results import Row, figure, place, put
from benchmarks.rig.workload import Workload, derived, named
from derive import pipeline
from derive.plan.measured import DEFAULT
from derive.registry import discover
from derive.tune.clock import Work
from derive.tune.program import Program, Sample

QUICKEST = [((10, 30, 784), (784, 32)), ((16, 64, 128), (16, 128, 64)), ((24, 784), (784, 48)), ((48, 256), (256, 48)),
            ((512, 512), (512, 512))]
"""Of twenty shapes that were tried, those of the most multiplications a second in float32 or float64."""
HEAD = ["us", "wide products", "GFLOP/s (best)", "small products", "other statements", "sum", "step", "floor",
        "bar on the best peer", "bar on the bare products"]


@dataclass(frozen=True)
class Limits:
    """A row of the table: each part of a step with the microseconds that it takes, and the least it could take."""

    row: Row
    parts: Sequence[tuple[Part, float, float]]
    best: float
    """Multiplications a microsecond."""

    def us(self, *kinds: str) -> float:
        return sum(part.times * us for part, us, _ in self.parts if part.kind in kinds)

    @property
    def floor(self) -> float:
        return sum(part.times * least for part, _, least in self.parts)

    def left(self, bar: float | None, peer: str | None) -> str:
        """The time that a bar leaves a step, and of whom."""
        if bar is None or peer not in self.row.times:
            return "-"
        us = bar * self.row.times[peer].quick
        said = f"{number(us)} ({bar:.2f} of {peer})"
        return f"**{said}, below the floor**" if us < self.floor else said

    def cells(self) -> list[str]:
        wide = sum(part.times * part.multiplications for part, *_ in self.parts if part.kind == "wide")
        pace, best = (figure(0.002 * rate) for rate in (wide / self.us("wide"), self.best))
        others = sum(part.times for part, *_ in self.parts if part.kind == "other")
        to_peer, to_bare = self.row.work.bars
        return [self.row.work.label, number(self.us("wide")), f"{pace} ({best})", number(self.us("small")),
                f"{number(self.us('other'))} ({others})", number(self.us("wide", "small", "other")),
                number(self.row.times["fast"].quick), number(self.floor),
                self.left(to_peer, self.row.best), self.left(to_bare, "matmul")]


def number(us: float) -> str:
    return f"{us:.1f}" if us < 99.95 else f"{us:.0f}"


def orders(part: Part) -> Iterator[Work]:
    """A wide product for which blocks gain nothing, with its operands and its result in every order."""
    if part.kind != "wide" or part.multiplications > DEFAULT.block or any(a.ndim > 2 for a, _ in part.operands):
        return
    for one, other, turned in product("CF", "CF", (False, True)):
        first, second = (array.copy(order) for array, order in zip(part.operands[0], (one, other), strict=True))
        first, second = (second.T, first.T) if turned else (first, second)
        yield partial(first.dot, second, first.dot(second))


def program(work: Workload) -> Program:
    """The emitted file at work on the minibatch."""
    params, x, y = work.draw()
    source = pipeline.emit(derived(work).many, dtype=work.dtype, style="fast")
    return Program(source, Sample(params, (x, y), work.batch, work.dtype))


def measured(work: Workload, peers: Sequence[Peer], rounds: int) -> Limits:
    """A row of the table."""
    print(work.label, flush=True)
    whole = program(work)
    steps = {"fast": whole.work, **entrants(work, peers)}
    found, draw = parts(whole), np.random.default_rng(0).random
    alone = {str(n): part.run for n, part in enumerate(found)}
    ordered = {f"{n}: {m}": run for n, part in enumerate(found) for m, run in enumerate(orders(part))}
    probes = {}
    for shapes in QUICKEST:
        a, b = (draw(shape).astype(work.dtype) for shape in shapes)
        probes[str(shapes)] = partial(np.matmul, a, b, a @ b)
    with np.errstate(all="ignore"):  # again and again in one array a logarithm has none
        times = race({**steps, **alone, **ordered, **probes, "nothing": lambda: None}, rounds, before=whole.work)
    us = {name: time.quick - times["nothing"].quick for name, time in times.items()}
    best = max([multiplications(*shapes) / us[str(shapes)] for shapes in QUICKEST]
               + [part.multiplications / us[str(n)] for n, part in enumerate(found) if part.kind == "wide"])
    rows = []
    for n, part in enumerate(found):
        least = [us[name] for name in ordered if name.startswith(f"{n}: ")] or [part.multiplications / best]
        rows.append((part, us[str(n)], min(us[str(n)], *least) if part.kind == "wide" else us[str(n)]))
    kinds = {"fast": "ours", **{peer.name: peer.kind for peer in peers}}
    return Limits(Row(work, {name: times[name] for name in steps}, kinds), rows, best)


def written(rows: Sequence[Limits], rounds: int) -> str:
    """The table with where and how it was measured."""
    return f"""## What limits each row

{place("limits")}
Each statement of a step alone in a loop, {rounds} rounds in which all take turns; microseconds, the 20th percentile, so
that the processor is at its quicker pace. Wide: products with the data, or of more than 100,000 multiplications; what
they reach, and what the processor reaches at best in shapes that suit it. How many other statements there are stands in
brackets. Floor: the sum with the wide products at that best, or in the quickest order of their arrays where they are of
at most {DEFAULT.block:,} multiplications, for which blocks gain nothing. The last columns: what the bars leave. No
arrangement of these calls comes below the floor.

{table(HEAD, [row.cells() for row in rows])}"""


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks limits", description=__doc__)
    parser.add_argument("--only", help="such as W1,W3, or W1b10,W4")
    parser.add_argument("--peers", help="such as pytensor,torch; otherwise all")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("-o", "--output", type=Path, help="where to write the table, such as benchmarks/RESULTS.md")
    chosen = parser.parse_args(arguments)
    peers = [p for p in discover("benchmarks.peers") if p.kind == "bare"
             or p.kind == "peer" and (not chosen.peers or p.name in chosen.peers.split(","))]
    works = [work for work in named(chosen.only) if work.bars[1] is not None]
    if not works:
        parser.error("nothing of that name has a bar on its products")
    text = written([measured(work, peers, chosen.rounds) for work in works], chosen.rounds)
    print("\n" + text)
    if chosen.output:
        put(chosen.output, "limits", text)
