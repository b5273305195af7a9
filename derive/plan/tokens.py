"""Lines of a written step as tokens, and which blocks of lines are the same but for numbers that are counted on.

    tanh(a2, a2);  tanh(a3, a3);  tanh(a4, a4);  ...      is four times one line, in which 2 moves

In: lines. Out: the runs of equal blocks, and which token of which line moves by how much from block to block.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from derive.codegen.repeats import LEAST, LONGEST, Numbered, moved_number

TOKENS = re.compile(r'"[^"]*"|[A-Za-z_]\w*|\d+\.\d+|\d+|\s+|.')
Tokens = tuple[str, ...]
Place = tuple[int, int]
"""A line of a block, and a token of that line."""


@dataclass(frozen=True)
class Moving:
    """A token that changes from block to block by `change`."""

    first: Numbered
    change: int

    @property
    def is_number(self) -> bool:
        return self.first.template == "{}"


@dataclass(frozen=True)
class Run:
    """`count` equal blocks of `period` lines from `start` on."""

    start: int
    period: int
    count: int
    moving: dict[Place, Moving]

    @property
    def stop(self) -> int:
        return self.start + self.period * self.count

    @property
    def step(self) -> int:
        return next(m.change for m in self.moving.values() if not m.is_number)

    @property
    def begin(self) -> int:
        """The counter in the first block: the number of the first name in it."""
        return next(self.moving[place].first.number for place in sorted(self.moving)
                    if not self.moving[place].is_number)


@cache
def tokens(line: str) -> Tokens:
    return tuple(TOKENS.findall(line))


@cache
def _moved(one: Tokens, other: Tokens) -> dict[int, Moving] | None:
    """Which tokens of a line change, and how; nothing, if by more than numbers."""
    if len(one) != len(other):
        return None
    found = {}
    for place, (a, b) in enumerate(zip(one, other, strict=True)):
        pair = moved_number(a, b) if a != b else None
        if pair is not None:
            found[place] = Moving(pair[0], pair[1].number - pair[0].number)
        elif a != b:
            return None
    return found


@dataclass
class Lines:
    """Looks for equal blocks in lines."""

    lines: list[Tokens]

    def runs(self) -> list[Run]:
        places: dict[str, list[int]] = {}
        for number, line in enumerate(self.lines):
            places.setdefault(re.sub(r"\d+", "0", "".join(line)), []).append(number)
        after = {number: same[at + 1:at + 1 + LONGEST] for same in places.values() for at, number in enumerate(same)}
        found: list[Run] = []
        at = 0
        while at < len(self.lines):
            tried = [run for later in after[at] if (run := self._run(at, later - at)) is not None]
            best = max(tried, key=lambda r: (r.count * r.period, r.count), default=None)
            found += [self._turned(best)] if best is not None else []
            at = found[-1].stop if best is not None else at + 1
        return found

    def _turned(self, run: Run) -> Run:
        """The same run from a line on from which each block is about one layer: z3 and a3, not a2 and z3."""
        others = (self._run(run.start + n, run.period) for n in range(1, run.period))
        return run if self._of_one_layer(run) else next(
            (r for r in others if r is not None and self._of_one_layer(r)), run)

    def _of_one_layer(self, run: Run) -> bool:
        """Whether all that is computed, as comments and assignments say, has the same number."""
        numbers = set()
        for here in range(run.period):
            line = self.lines[run.start + here]
            own = [run.moving[place] for place in sorted(run.moving) if place[0] == here]
            if own and ("=" in line or line[0] == "#"):
                numbers.add(own[0].first.number)
        first = self.lines[run.start]
        return len(numbers) <= 1 and (first[0] == "#" or not any(line[0] == "#" for line in self._block(run)))

    def _block(self, run: Run) -> list[Tokens]:
        return self.lines[run.start:run.start + run.period]

    def _run(self, start: int, period: int) -> Run | None:
        """As many blocks of this length as follow each other, each differing from the one before it by the same."""
        moving = self._difference(start, period)
        names = {m.change for m in (moving or {}).values() if not m.is_number}
        if moving is None or names not in ({1}, {-1}):
            return None
        count = 2
        while True:
            begin = start + (count - 1) * period
            following = self._difference(begin, period)
            if following is None or following.keys() != moving.keys() or any(
                    (m.change, m.first.template) != (moving[p].change, moving[p].first.template)
                    for p, m in following.items()):
                return Run(start, period, count, moving) if count >= LEAST else None
            count += 1

    def _difference(self, begin: int, period: int) -> dict[Place, Moving] | None:
        """Between a block and the next."""
        if begin + 2 * period > len(self.lines):
            return None
        found: dict[Place, Moving] = {}
        for here in range(period):
            own = _moved(self.lines[begin + here], self.lines[begin + here + period])
            if own is None or self.lines[begin + here][0].isspace():
                return None
            found |= {(here, place): moving for place, moving in own.items()}
        return found
