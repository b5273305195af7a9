"""How many examples a part of a minibatch has, where it is faster in parts: what one statement writes the next one
reads, out of the cache or out of memory.

In: a plan, what its gradients and its buffers hold. Out: the number of rows as text, and what it is a multiple of.
"""

from __future__ import annotations

from dataclasses import dataclass

from derive.plan.record import Plan, View


@dataclass(frozen=True)
class Tile:
    """`rows` is an expression in the size of a number; none is no tile."""

    rows: str = ""
    step: int = 1


def tile(plan: Plan, weights: int, each: int, read: int) -> Tile:
    """By the buffers, where windows are copied; otherwise by the data, of which an example has `read` numbers."""
    measured = plan.measured
    if any(isinstance(s, View) and s.inner for s in plan.statements):
        rows = f"max({measured.window_rows}, {measured.window_bytes} // {each} // self.dtype.itemsize)"
        return Tile(rows) if each and weights <= measured.window_weights else Tile()
    if read and weights < measured.tiled_weights:
        rows = f"max({measured.tile_step}, {measured.tile_bytes} // {read} // self.dtype.itemsize)"
        return Tile(rows, measured.tile_step)
    return Tile()
