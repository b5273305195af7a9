"""The open grid: every index of an equation along an axis of its own.

In: indices and the places around them. Out: for each index its values, shaped to broadcast. An index
whose size follows another (j: n[l]) takes the greatest extent, and the mask says which entries exist.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
import sympy as sp

from derive.errors import DeriveError
from derive.evaluate.sizes import Places, Sizes, holds, position
from derive.ir import Index

MAX_ENTRIES = 100_000_000


@dataclass(frozen=True)
class Chosen:
    """The entries that exist and meet the conditions: all of the grid, or a list of them."""

    at: Places
    shape: tuple[int, ...]
    entries: Any


@dataclass(frozen=True)
class Grid:
    at: dict[sp.Basic, Any]
    shape: tuple[int, ...]
    mask: Any
    """True, or an array that broadcasts over the grid."""

    @staticmethod
    def over(indices: tuple[Index, ...], at: Places, sizes: Sizes, where: tuple[sp.Basic, ...] = ()) -> Grid:
        """Each condition of `where` is met before an index is ranged that needs it (q: n[l+1] where l < L)."""
        grid, waiting = Grid({}, (1,) * len(indices), np.bool_(True)), list(where)
        symbols = {index.symbol for index in indices}
        for number in (None, *_outer_first(indices)):
            grid = grid if number is None else grid._extended(indices[number], number, at, sizes)
            for condition in [c for c in waiting if not (c.free_symbols & symbols) - set(grid.at)]:
                waiting.remove(condition)
                grid = replace(grid, mask=grid.mask & holds(condition, {**at, **grid.at}, sizes))
        return grid

    def _extended(self, index: Index, number: int, at: Places, sizes: Sizes) -> Grid:
        first, size = self._range(index.start, at, sizes), self._range(index.size, at, sizes)
        shape = list(self.shape)
        shape[number] = int(np.max(size))
        if prod(shape) > MAX_ENTRIES:
            raise DeriveError(f"an equation over {prod(shape):.2g} entries",
                              do="The interpreter is for checking: use smaller sizes.")
        steps = np.arange(shape[number]).reshape([-1 if n == number else 1 for n in range(len(shape))])
        mask = self.mask & (steps < size) if np.ndim(size) else self.mask
        return Grid({**self.at, index.symbol: first + steps}, tuple(shape), mask)

    def _range(self, bound: sp.Expr, at: Places, sizes: Sizes) -> Any:
        """A size or start where the mask holds; 0 elsewhere, where it need not even be known."""
        if bound.is_Integer or np.all(self.mask) and not bound.free_symbols & set(self.at):
            return position(bound, at, sizes)
        chosen = self.selected(self.mask)
        if chosen.entries is ...:
            return position(bound, {**at, **chosen.at}, sizes)
        result = np.zeros(self.shape, dtype=np.int64)
        if chosen.shape[0]:
            result[chosen.entries] = position(bound, {**at, **chosen.at}, sizes)
        return result

    def selected(self, mask: Any) -> Chosen:
        """The whole grid where nothing is masked; else the entries where the mask holds, one after the other."""
        if np.all(mask):
            return Chosen(self.at, self.shape, ...)
        entries = np.nonzero(np.broadcast_to(mask, (1, *self.shape)))
        places = {s: np.broadcast_to(v, self.shape)[entries[1:]] for s, v in self.at.items()}
        return Chosen(places, (len(entries[0]),), entries[1:])


def _outer_first(indices: tuple[Index, ...]) -> list[int]:
    """The indices in an order in which each size needs only those before it."""
    pending, order = list(range(len(indices))), []
    while pending:
        symbols = {indices[n].symbol for n in pending}
        ready = [n for n in pending if not (indices[n].size.free_symbols | indices[n].start.free_symbols) & symbols]
        if not ready:
            raise DeriveError("the sizes of indices depend on each other in a circle")
        order += ready
        pending = [n for n in pending if n not in ready]
    return order
