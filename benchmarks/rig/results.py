"""The table of the gradient benchmark, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.peers import Peer
from benchmarks.rig.clock import Timing
from benchmarks.rig.machine import commit, versions
from benchmarks.rig.workload import Workload
from derive.tune.machine import processor


@dataclass(frozen=True)
class Row:
    """The times of one workload; `kinds` says of each name whether it is ours, a peer, the textbook or bare."""

    work: Workload
    times: dict[str, Timing]
    kinds: dict[str, str]

    def ratio(self, of: str, to: str) -> float | None:
        return self.times[of].over(self.times[to]) if of in self.times and to in self.times else None

    @property
    def best(self) -> str | None:
        """The fastest peer."""
        peers = [name for name in self.times if self.kinds[name] == "peer"]
        return min(peers, key=lambda name: self.ratio(name, "fast") or self.times[name].us, default=None)

    @property
    def noise(self) -> float:
        """The widest spread of a ratio to the fast code."""
        fast = self.times.get("fast")
        return max(time.spread(fast) for time in self.times.values()) if fast else 0.0

    @property
    def to_best(self) -> float | None:
        return self.ratio("fast", self.best) if self.best else None

    @property
    def to_bare(self) -> float | None:
        return self.ratio("fast", "matmul")

    def line(self) -> str:
        each = ", ".join(f"{name} {time.us:.1f}" for name, time in self.times.items())
        return f"{each} us; fast / best peer {figure(self.to_best)}, fast / matmul {figure(self.to_bare)}"


def figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}" if value >= 9.95 else f"{value:.2f}"


def against(value: float | None, bar: float | None) -> str:
    """A ratio beside its bar; bold where it is above."""
    if value is None or bar is None:
        return figure(value)
    word = f"{figure(value)} (bar {bar:.2f})"
    return word if round(value, 2) <= bar else f"**{word}**"


def table(rows: Sequence[Row], peers: Sequence[Peer]) -> str:
    """Each peer as a multiple of the fast code; then the fast code against the bars."""
    others = [peer.name for peer in peers if peer.name != "fast"]
    head = ["workload", "fast, us", *others, "fast / best peer", "fast / matmul", "noise"]
    lines = [head, ["---", *["---:"] * (len(head) - 1)]]
    for row in rows:
        fast = row.times.get("fast")
        lines.append([
            row.work.label, f"{fast.us:.1f}" if fast else "-", *(figure(row.ratio(name, "fast")) for name in others),
            against(row.to_best, row.work.bars[0]), against(row.to_bare, row.work.bars[1]),
            f"{100 * row.noise:.0f} %"])
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def written(text: str, clock: str, rounds: int) -> str:
    """The table with where and how it was measured."""
    measured = {"cpu": "processor time of the process", "wall": "time on the wall"}[clock]
    return f"""## One gradient step

{place("gradient")}
One thread on one processor, {measured}, {rounds} rounds in which all take turns. Each column is a multiple of the
fast code (above 1: slower), the median of the ratios within the rounds, since the processor's own pace changes between
them. Bars are those of issue 5; bold is above its bar. Noise: widest distance of the quartiles of a ratio in the row.

{text}"""


def place(name: str) -> str:
    """When, what and where."""
    return f"Measured {date.today()} at {commit()} by `python -m benchmarks {name}` on {processor()};\n{versions()}."


def put(path: Path, name: str, text: str) -> None:
    """The section of that name in the file, anew; what else stands there stays."""
    mark, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    old = path.read_text() if path.exists() else "# Results\n"
    if mark not in old:
        old = f"{old.rstrip()}\n\n{mark}{end}\n"
    before, _, rest = old.partition(mark)
    path.write_text(f"{before}{mark}\n{text.rstrip()}\n{end}{rest.partition(end)[2]}")
