"""Times of several functions that take turns, so that a busy machine is unkind to all of them alike.

In: functions without arguments. Out: seconds a call, the median over the rounds. Nothing here knows what it times.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from statistics import median

Work = Callable[[], object]
Now = Callable[[], float]
SPAN = 0.002
"""Seconds for which one function is called in a round."""
FEWEST = 3
"""Rounds without which a median says nothing."""


def spent(work: Work, calls: int, now: Now = time.perf_counter) -> float:
    """Seconds a call."""
    turns = range(calls)
    began = now()
    for _ in turns:
        work()
    return (now() - began) / calls


def calls_within(work: Work, span: float, now: Now = time.perf_counter) -> int:
    """How many calls fill `span` seconds."""
    work()
    calls = 1
    while (took := spent(work, calls, now)) * calls < span / 20 and calls < 10**6:
        calls *= 4
    return max(1, int(span / max(took, 1e-8)))


def race(works: Sequence[Work], rounds: int, until: float, now: Now = time.perf_counter) -> list[float]:
    """The time of each; after the moment `until` only the fewest rounds are run."""
    calls = [calls_within(work, SPAN, now) for work in works]
    times: list[list[float]] = [[] for _ in works]
    order = list(range(len(works)))
    gc.disable()
    try:
        for turn in range(rounds):
            if turn >= FEWEST and now() > until:
                break
            first = turn % len(order)
            for place in order[first:] + order[:first]:
                works[place]()  # its arrays are in the cache again
                times[place].append(spent(works[place], calls[place], now))
    finally:
        gc.enable()
    return [median(found) for found in times]
