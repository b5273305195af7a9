"""How long it takes to derive, to print and to emit, and to start: `python -m benchmarks derivation`.

Deriving works on indices, so it must not depend on the widths and must grow in proportion to the depth. Every figure is
the median of several runs, taken in turns, in seconds of processor time.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.rig.clock import turns
from benchmarks.rig.results import place, put
from derive import pipeline
from derive.calculus.explain import explain
from derive.latex.document import document
from derive.notation import notation

WIDTHS = ["7-5-5-3", "784-16-16-10", "100000-1000-1000-10"]
DEPTHS = [1, 10, 30, 100]
NIELSEN = notation("nielsen")
Stages = dict[str, Callable[[], object]]


def deep(layers: int, width: int = 256) -> str:
    return "-".join([str(width)] * (layers + 1))


def stages(arch: str) -> Stages:
    """From the line to each product."""
    model = pipeline.read(arch, {}, NIELSEN)
    return {
        "derive": lambda: explain(pipeline.read(arch, {}, NIELSEN).many),
        "print LaTeX": lambda: document(model, NIELSEN, form="index"),
        "emit plain": lambda: pipeline.emit(model.many),
        "emit fast": lambda: pipeline.emit(model.many, style="fast"),
    }


def started(*arguments: str) -> Callable[[], object]:
    """A fresh Python process."""
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def processes() -> Stages:
    """What a user waits for; the issue's bars are 1 s for W1 and W4, 3 s for 100 layers."""
    runs = {"python -c pass": started("-c", "pass"), "import derive": started("-c", "import derive"),
            "derive --help": started("-m", "derive", "--help")}
    named = {"784-16-16-10 (W1)": "784-16-16-10", "ten layers of 256 (W4)": deep(10), "100 layers of 256": deep(100)}
    for title, arch in named.items():
        for style in ("plain", "fast"):
            runs[f"derive code {title}, {style}"] = started("-m", "derive", "code", arch, "--style", style)
    return runs


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def by_arch(title: str, archs: dict[str, str], rounds: int) -> str:
    """Seconds of each stage for each architecture."""
    found = {name: turns(stages(arch), rounds) for name, arch in archs.items()}
    head = [title, *next(iter(found.values()))]
    return table(head, [[name, *(f"{value:.3f}" for value in times.values())] for name, times in found.items()])


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks derivation", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("-o", "--output", type=Path, help="where to write the tables")
    chosen = parser.parse_args(arguments)
    rounds = 1 if chosen.quick else chosen.rounds
    widths = by_arch("seconds, by width", {arch: arch for arch in WIDTHS}, rounds)
    depths = by_arch("seconds, by depth", {f"{n} layers of 256": deep(n) for n in DEPTHS}, rounds)
    waits = turns(processes(), rounds, clock="children")
    starts = table(["a process, start to end", "seconds"], [[name, f"{value:.2f}"] for name, value in waits.items()])
    text = f"## Deriving, printing, emitting\n\n{place('derivation')}\n\n{widths}\n{depths}\n{starts}"
    print(text)
    if chosen.output:
        put(chosen.output, "derivation", text)
