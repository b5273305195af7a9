"""Which rows of a list are the same, layer after layer, but for numbers that are counted on.

    tanh a2 a2;  tanh a3 a3;  tanh a4 a4;  ...      is four times one row, in which 2 moves

In: rows of pieces: names, of which a number is known, plain numbers, and anything else. Out: the runs of equal blocks.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

from derive.codegen.repeats import LEAST, Blocks, Numbered, scanned

Changes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Row:
    """`pieces` are Numbered, int, or must be the same; `about` are the numbers of what is computed here, if it is
    said; `begins` says whether a block may better begin here than anywhere else."""

    pieces: tuple[Hashable, ...]
    about: frozenset[int] = frozenset()
    begins: bool = False

    @cached_property
    def shape(self) -> tuple[Hashable, ...]:
        return tuple((p.template,) if isinstance(p, Numbered) else int if isinstance(p, int) else p
                     for p in self.pieces)

    @cached_property
    def counted(self) -> tuple[Numbered | int, ...]:
        return tuple(p for p in self.pieces if isinstance(p, Numbered | int))

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        return tuple(p.number if isinstance(p, Numbered) else p for p in self.counted)


@dataclass(frozen=True)
class Run(Blocks):
    """Equal blocks of rows; names go up or down by `step`, `first` is the first of all."""

    step: int
    first: int
    moving: frozenset[Numbered]
    changes: Changes
    """Of every number of every row of a block."""


@dataclass
class Runs:
    """Looks for equal blocks of rows."""

    rows: Sequence[Row]

    @cached_property
    def _shapes(self) -> list[int]:
        """Equal numbers for equal shapes, which are long to compare."""
        known: dict[tuple[Hashable, ...], int] = {}
        return [known.setdefault(row.shape, len(known)) for row in self.rows]

    def found(self, least: int = LEAST) -> list[Run]:
        return scanned(self._shapes, self._run, self._of_own_layers, least)

    def _of_own_layers(self, run: Run) -> bool:
        block = self.rows[run.start:run.start + run.period]
        about = frozenset[int]().union(*(row.about for row in block))
        return (not about or max(about) - min(about) < abs(run.step)) and (
            block[0].begins or not any(row.begins for row in block))

    def _run(self, start: int, period: int) -> Run | None:
        """As many blocks of this length as follow each other, each differing from the one before it by the same."""
        changes = self._changes(start, period)
        if changes is None:
            return None
        names = self._names(start, changes)
        steps = {change for change in names.values() if change} if names is not None else set()
        if names is None or len(steps) != 1:
            return None
        count = 2
        while self._changes(start + (count - 1) * period, period) == changes:
            count += 1
        moving = [name for name, change in names.items() if change]
        return Run(start, period, count, steps.pop(), moving[0].number, frozenset(moving), changes)

    def _changes(self, begin: int, period: int) -> Changes | None:
        """Between a block and the next."""
        if begin + 2 * period > len(self.rows):
            return None
        middle, end = begin + period, begin + 2 * period
        if self._shapes[begin:middle] != self._shapes[middle:end]:
            return None
        return tuple(tuple(b - a for a, b in zip(one.numbers, other.numbers, strict=True))
                     for one, other in zip(self.rows[begin:middle], self.rows[middle:end], strict=True))

    def _names(self, begin: int, changes: Changes) -> dict[Numbered, int] | None:
        """How each name of a block changes: all its mentions in one way."""
        found: dict[Numbered, int] = {}
        for row, own in zip(self.rows[begin:], changes, strict=False):
            for piece, change in zip(row.counted, own, strict=True):
                if isinstance(piece, Numbered) and found.setdefault(piece, change) != change:
                    return None
        return found
