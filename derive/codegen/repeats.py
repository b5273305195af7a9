"""Which statements of a list are the same, layer after layer.

    z2 = f(a1, w2);  a2 = g(z2);  z3 = f(a2, w3);  a3 = g(z3);  ...      two statements, again and again

In: what each statement writes, and `moved`, which says by which change of names one becomes another. Out: the runs of
equal blocks. A change of names counts all of them up or down by the same: that is what a loop's counter can say. It is
one where single layers are equal, and two where pairs of them are, such as a convolution and its batch norm.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

LEAST = 4
"""Equal blocks from which on a loop is easier to read than the blocks themselves."""
LONGEST = 3
"""How many statements that look like the first of a block are tried as the first of the next."""
DEAR = 8
"""Longer blocks stay as they are found: layers of its own for each are not worth a round that is written out."""
Moves = dict[str, str]


@dataclass(frozen=True)
class Numbered:
    """A name as one of several: `w{}` and 3 is w3."""

    template: str
    number: int

    @property
    def name(self) -> str:
        return self.template.replace("{}", str(self.number))

    @property
    def family(self) -> str:
        return self.template.replace("{}", "")

    def moved(self, by: int) -> Numbered:
        return Numbered(self.template, self.number + by)

    def after(self, behind: str) -> Numbered:
        """What is called after it: a{}_rows for a{}."""
        return Numbered(self.template + behind, self.number)


@dataclass(frozen=True)
class Blocks:
    """`count` equal blocks of `period` entries of a list, from `start` on."""

    start: int
    period: int
    count: int

    @property
    def stop(self) -> int:
        return self.start + self.period * self.count


Found = TypeVar("Found", bound=Blocks)


@dataclass(frozen=True)
class Run(Blocks):
    """Equal blocks of statements; the numbers in their names go up or down by `step`."""

    step: int
    moves: tuple[Moves, ...]
    """From each block to the next."""


def numbered(name: str, layer: object = None) -> Numbered | None:
    """A name that ends in the number of its layer; without a layer, in any number."""
    ending = re.search(r"\d+$", name)
    number = ending[0] if layer is None and ending is not None else str(layer)
    if not number.isdecimal() or not name.endswith(number) or name == number:
        return None
    return Numbered(name.removesuffix(number) + "{}", int(number))


@cache
def moved_number(one: str, other: str) -> tuple[Numbered, Numbered] | None:
    """Both names as members of one family, if only one number tells them apart."""
    mine, theirs = re.split(r"(\d+)", one), re.split(r"(\d+)", other)
    places = [n for n, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b]
    if len(mine) != len(theirs) or len(places) != 1 or places[0] % 2 == 0:
        return None
    (at,) = places
    template = "".join([*mine[:at], "{}", *mine[at + 1:]])
    return Numbered(template, int(mine[at])), Numbered(template, int(theirs[at]))


def step_of(moves: Moves) -> int | None:
    """By how much every name that changes is counted on; nothing, if they differ in that."""
    steps = set()
    for one, other in moves.items():
        pair = moved_number(one, other) if one != other else None
        if pair is not None:
            steps.add(pair[1].number - pair[0].number)
        elif one != other:
            return None
    return steps.pop() if len(steps) == 1 else None


def counted_range(first: int, last: int, step: int) -> str:
    """What a counter goes through."""
    return f"range({first}, {last + 1})" if step == 1 else f"range({first}, {last + 1}, {step})"


def scanned(keys: Sequence[Hashable], run_of: Callable[[int, int], Found | None],
            of_own_layers: Callable[[Found], bool], least: int) -> list[Found]:
    """The runs of at least so many equal blocks, each the longest from where the one before it ends.

    `keys` say which entries may be equal at all, `run_of` which run begins at an entry with blocks of a length. A run
    begins where each of its blocks is about layers of its own, if that costs little: with z3, a3, not with a2, z3.
    """
    def tried(starts: Iterable[tuple[int, int]]) -> list[Found]:
        return [run for at, period in starts if (run := run_of(at, period)) is not None and run.count >= least]

    places: dict[Hashable, list[int]] = {}
    for number, key in enumerate(keys):
        places.setdefault(key, []).append(number)
    after = {number: same[at + 1:at + 1 + LONGEST] for same in places.values() for at, number in enumerate(same)}
    found: list[Found] = []
    at = 0
    while at < len(keys):
        best = max(tried((at, later - at) for later in after[at]), key=lambda r: (r.count * r.period, r.count),
                   default=None)
        if best is None:
            at += 1
            continue
        if not of_own_layers(best):
            turned = tried((best.start + n, best.period) for n in range(1, best.period))
            best = next((run for run in turned if of_own_layers(run)
                         and (run.count == best.count or run.period <= DEAR)), best)
        found.append(best)
        at = best.stop
    return found


@dataclass
class Statements:
    """`keys` say which statements may be equal at all; `writes` what each writes."""

    keys: Sequence[Hashable]
    writes: Sequence[str]
    moved: Callable[[int, int], Moves | None]

    def runs(self, least: int = LEAST) -> list[Run]:
        """Every run of at least so many equal blocks, from the first statement on."""
        return scanned(self.keys, self._run, self._of_own_layers, least)

    def _of_own_layers(self, run: Run) -> bool:
        numbers = set()
        for name in self.writes[run.start:run.start + run.period]:
            other = run.moves[0].get(name, name)
            pair = moved_number(name, other) if name != other else None
            numbers |= {pair[0].number} if pair is not None else set()
        return not numbers or max(numbers) - min(numbers) < abs(run.step)

    def _run(self, start: int, period: int) -> Run | None:
        """As many blocks of this length as follow each other, each the block before it with its names counted on."""
        steps: list[Moves] = []
        direction: int | None = None
        while True:
            moves = self._block(start + period * len(steps), period)
            here = step_of(moves) if moves is not None else None
            if moves is None or here is None or steps and (here != direction or not _continues(steps[-1], moves)):
                break
            direction = here
            steps.append(moves)
        return None if direction is None else Run(start, period, len(steps) + 1, direction, tuple(steps))

    def _block(self, begin: int, period: int) -> Moves | None:
        """How the names change from one block to the next: each name in one way."""
        if begin + 2 * period > len(self.keys):
            return None
        moves: Moves = {}
        for here in range(begin, begin + period):
            if self.keys[here] != self.keys[here + period]:
                return None
            own = self.moved(here, here + period)
            if own is None or any(moves.get(one, other) != other for one, other in own.items()):
                return None
            moves |= own
        return moves if len(set(moves.values())) == len(moves) else None


def _continues(before: Moves, after: Moves) -> bool:
    """Whether what stays stays, and what moves moves on."""
    return all(other in after and (after[other] == other) == (one == other) for one, other in before.items())
