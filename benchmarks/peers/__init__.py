"""Who computes the gradients: one file each, found by looking into the folder; its `ENTRY` is a Peer.

A peer's package is imported when the workload is prepared, so that one that is not installed is a dash in the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.rig.workload import Answer, Array, Params, Workload

Step = Callable[[], Answer]
Prepare = Callable[[Workload, Params, Array, Array], Step]


@dataclass(frozen=True)
class Peer:
    """`prepare(workload, params, x, y)` gives the step that is timed, or None where the peer has nothing to do.

    The data are where the peer wants them before the clock starts, and its answer may stay in its own arrays.
    `kind`: "ours", "peer" (the best of them is the bar), "textbook" (what is beaten, no peer) or "bare" (no gradient).
    """

    name: str
    prepare: Callable[[Workload, Params, Array, Array], Step | None]
    kind: str = "peer"
