"""How long it takes to derive, against width and depth: `python -m benchmarks derivation`.

Deriving works on indices, so it must not depend on the widths and must grow in proportion to the
depth. Every figure is the median of several runs, taken in turns; the ratios are what counts.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median

from derive import pipeline
from derive.calculus.explain import explain
from derive.latex import document
from derive.notation import notation

ROUNDS = 5
WIDTHS = ["7-5-5-3", "784-16-16-10", "100000-1000-1000-10"]
DEPTHS = [1, 10, 50, 100]


def deriving(arch: str) -> Callable[[], object]:
    """From the line to every gradient with its steps, for a minibatch."""
    return lambda: explain(pipeline.read(arch, {}, notation("nielsen")).many)


def stages(arch: str) -> dict[str, Callable[[], object]]:
    model = pipeline.read(arch, {}, notation("nielsen"))
    return {
        "derive": deriving(arch),
        "print LaTeX": lambda: document(model, notation("nielsen"), form="index"),
        "emit NumPy": lambda: pipeline.emit(model.many),
    }


def timed(work: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Seconds for each, the median over rounds in which they take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for turn in range(ROUNDS + 1):
        for name, run in work.items():
            began = time.perf_counter()
            run()
            if turn:  # the first turn warms the caches
                seconds[name].append(time.perf_counter() - began)
    return {name: median(times) for name, times in seconds.items()}


def started(*arguments: str) -> Callable[[], object]:
    """A fresh Python process."""
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def show(title: str, seconds: dict[str, float], unit: str = "") -> None:
    first = next(iter(seconds.values()))
    print(f"\n{title}")
    for name, value in seconds.items():
        print(f"  {name:<28}{value:9.3f} s   {value / first:7.2f} x {unit}")


def main(arguments: Sequence[str] = ()) -> None:
    show("Width: deriving three layers", timed({arch: deriving(arch) for arch in WIDTHS}), f"of {WIDTHS[0]}")
    deep = {f"{n} layers of 16": deriving("-".join(["16"] * (n + 1))) for n in DEPTHS}
    show("Depth: deriving", timed(deep), "of one layer")
    show("784-16-16-10: each stage", timed(stages("784-16-16-10")), "of deriving")
    show("Starting Python", timed({
        "python -c pass": started("-c", "pass"),
        "import derive": started("-c", "import derive"),
        "derive --help": started("-m", "derive", "--help"),
        "derive code 784-16-16-10": started("-m", "derive", "code", "784-16-16-10"),
    }), "of Python alone")
