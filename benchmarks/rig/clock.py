"""Times of several functions that take turns, so that a busy machine is unkind to all of them alike.

In: functions without arguments. Out: microseconds a call, round by round.
Each round calls a function for about `SPAN` seconds. What counts is the processor time of the process with all its
threads, unless the wall is asked for: on a machine that does other work beside, it is far steadier. Even so a shared
processor runs everything, a loop of plain Python too, half as fast again for some seconds and then slower; so times are
compared within a round, where all take turns, and the median is that of the ratios.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from derive.tune.clock import Work, calls_within, spent

SPAN, PARTS = 0.004, 3
CLOCKS = {
    "cpu": time.process_time,
    "wall": time.perf_counter,
    "children": lambda: os.times().children_user + os.times().children_system,
}


@dataclass(frozen=True)
class Timing:
    """Microseconds a call, one figure a round."""

    rounds: tuple[float, ...]

    @property
    def us(self) -> float:
        return median(self.rounds)

    @property
    def quick(self) -> float:
        """The 20th percentile: the processor at its quicker pace."""
        return sorted(self.rounds)[len(self.rounds) // 5]

    def over(self, other: Timing) -> float:
        """How many times as long as another, in the same rounds."""
        return median(self._ratios(other))

    def spread(self, other: Timing) -> float:
        """The distance of the quartiles of that ratio, over the median."""
        ordered = sorted(self._ratios(other))
        quarter = len(ordered) // 4
        return (ordered[-1 - quarter] - ordered[quarter]) / median(ordered)

    def _ratios(self, other: Timing) -> list[float]:
        return [own / beside for own, beside in zip(self.rounds, other.rounds, strict=True)]


def race(works: Mapping[str, Work], rounds: int, span: float = SPAN, clock: str = "cpu",
         before: Work = lambda: None) -> dict[str, Timing]:
    """The times of each: in every round the median over its parts; `before` is done before each one's turn."""
    now = CLOCKS[clock]
    calls = {name: max(1, calls_within(work, span, now) // PARTS) for name, work in works.items()}
    times: dict[str, list[float]] = {name: [] for name in works}
    names = list(works)
    gc.disable()
    try:
        for turn in range(rounds):
            first = turn % len(names)
            for name in names[first:] + names[:first]:
                before()
                works[name]()  # its arrays are in the cache again
                times[name].append(median(spent(works[name], calls[name], now) for _ in range(PARTS)))
    finally:
        gc.enable()
    return {name: Timing(tuple(1e6 * seconds for seconds in found)) for name, found in times.items()}


def turns(works: Mapping[str, Work], rounds: int, clock: str = "cpu") -> dict[str, float]:
    """Seconds of works that take long enough to be timed one by one: the median over the rounds."""
    now = CLOCKS[clock]
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(spent(work, 1, now))
    return {name: median(found) for name, found in times.items()}

