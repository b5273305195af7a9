"""Time and memory of a step against batch, width and depth: `python -m benchmarks scaling`.

784-16-16-10 with sigmoid neurons, one of the three changed at a time, float32 where nothing else is said; and three
layers of one width. Memory: the buffers of `Gradient`, and for the plain code the most that it holds at once
(`tracemalloc`), the gradients apart.
"""

from __future__ import annotations

import argparse
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

from benchmarks.derivation import table
from benchmarks.peers.derive import module
from benchmarks.rig.clock import race
from benchmarks.rig.results import place, put
from benchmarks.rig.workload import Workload

BATCHES, WIDTHS, DEPTHS = [1, 10, 100, 1000, 10000], [4, 16, 64, 256, 1024], [1, 2, 5, 10, 30]


def held(step: object, grads: int) -> int:
    """The most bytes that a call of the plain code holds at once, its gradients apart."""
    assert callable(step)
    step()
    tracemalloc.start()
    try:
        step()
        return max(0, tracemalloc.get_traced_memory()[1] - grads)
    finally:
        tracemalloc.stop()


def row(title: str, work: Workload, rounds: int) -> list[str]:
    params, x, y = work.draw()
    fast, plain = module(work, "fast").Gradient(work.batch, work.dtype), module(work, "plain").cost_and_gradients
    steps = {"fast": lambda: fast(params, x, y), "plain": lambda: plain(params, x, y)}
    times = race(steps, rounds)
    size = sum(array.nbytes for array in params.values())
    return [title, f"{times['fast'].us:.1f}", f"{times['plain'].over(times['fast']):.2f}",
            kilobytes(size), kilobytes(fast.workspace_bytes), kilobytes(held(steps["plain"], size))]


def kilobytes(size: int) -> str:
    return f"{size / 1024:,.1f}"


def works() -> dict[str, list[tuple[str, Workload]]]:
    """What is varied, and the workloads."""
    usual = 784, 16, 16, 10
    return {
        "batch": [(str(n), Workload("batch", usual, n, "float32")) for n in BATCHES],
        **{f"width, batch {batch}{', float64' * (dtype == 'float64')}": [
            (str(n), Workload("width", (784, n, n, 10), batch, dtype)) for n in WIDTHS]
            for batch, dtype in ((10, "float32"), (100, "float32"), (100, "float64"), (1000, "float32"))},
        "three layers of one width, batch 256": [
            (str(n), Workload("square", (n,) * 4, 256, "float32")) for n in WIDTHS],
        "layers of 64, batch 100": [(str(n), Workload("depth", (64,) * (n + 1), 100, "float32")) for n in DEPTHS],
    }


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks scaling", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="one round, the smallest three of each")
    parser.add_argument("-o", "--output", type=Path, help="where to write the tables")
    chosen = parser.parse_args(arguments)
    parts = [f"## Time and memory\n\n{place('scaling')}\n"]
    for title, cases in works().items():
        cases = cases[:3] if chosen.quick else cases
        head = [title, "fast, us", "plain / fast", "parameters, KiB", "fast buffers, KiB", "plain holds, KiB"]
        parts.append(table(head, [row(name, work, 1 if chosen.quick else chosen.rounds) for name, work in cases]))
    print("\n".join(parts))
    if chosen.output:
        put(chosen.output, "scaling", "\n".join(parts))
