"""How long it takes to derive, to print and to emit, and to start: `python -m benchmarks derivation`.

Deriving works on indices, so it must not depend on the widths and must grow in proportion to the depth. Every figure is
the median of several runs, taken in turns, in seconds of processor time. The stages are timed in a process that has
derived before; a command in one of its own, from its start to the file, its modules compiled before as Python does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rig.clock import turns
from benchmarks.rig.results import against, place, put
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


@dataclass(frozen=True)
class Command:
    """A fresh Python process; `bar` is what issue 5 allows it, in seconds."""

    name: str
    arguments: tuple[str, ...]
    bar: float | None = None

    def run(self) -> None:
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        subprocess.run([sys.executable, *self.arguments], check=True, capture_output=True, env=kept)


def commands(out: str) -> list[Command]:
    """What a user waits for: to start, and to have a file."""
    found = [Command("python -c pass", ("-c", "pass")), Command("import sympy", ("-c", "import sympy")),
             Command("import derive", ("-c", "import derive")), Command("derive --help", ("-m", "derive", "--help"))]
    for title, arch, bar in (("784-16-16-10 (W1)", ["784-16-16-10"], 1.0),
                             ("ten layers of 256, tanh (W4)", [deep(10), "--activation", "tanh"], 1.0),
                             ("100 layers of 16", [deep(100, 16)], 3.0)):
        found += [Command(f"derive code {title}, {style}", ("-m", "derive", "code", *arch, "--style", style, "-o", out),
                          bar) for style in ("plain", "fast")]
    return found


def waited(asked: Sequence[Command], rounds: int) -> dict[str, float]:
    """The seconds of each; a first run leaves the modules compiled."""
    for command in asked:
        command.run()
    return turns({command.name: command.run for command in asked}, rounds, clock="children")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def by_arch(title: str, archs: dict[str, str], rounds: int) -> str:
    """Seconds of each stage for each architecture."""
    for work in stages(next(iter(archs.values()))).values():
        work()
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
    depths = by_arch("seconds, by layers", {f"{n} of 256": deep(n) for n in DEPTHS}, rounds)
    with tempfile.TemporaryDirectory() as folder:
        asked = commands(str(Path(folder, "gradient.py")))
        waits = waited(asked, rounds)
    starts = table(["a process, from its start to the file", "seconds"],
                   [[command.name, against(waits[command.name], command.bar)] for command in asked])
    text = f"## Deriving, printing, emitting\n\n{place('derivation')}\n\n{widths}\n{depths}\n{starts}"
    print(text)
    if chosen.output:
        put(chosen.output, "derivation", text)
