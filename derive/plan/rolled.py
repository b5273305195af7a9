"""Lines with their loops as Python: a layer's array is an entry of a dict, and a loop counts on which.

    Loop(tanh(Name(a2)), 2, 9 rounds)      is      for layer in range(2, 11): tanh(a[layer])

In: the lines that are run once, and those of every call with the loops of the plan. Out: text. What is made once gets
loops of its own, where line after line is the same but for the layer.
"""

from __future__ import annotations

import textwrap
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from derive.codegen.lines import WIDTH
from derive.codegen.repeats import Numbered, counted_range
from derive.plan.families import COUNTER, Families
from derive.plan.note import Note
from derive.plan.runs import Row, Run, Runs
from derive.plan.words import Line, Loop, Name, Piece, Text, Written, bound, text


def looped(lines: Sequence[Line]) -> list[Written]:
    """The same lines, with loops."""
    made: list[Written] = []
    at = 0
    for run in Runs([_row(line) for line in lines]).found():
        made += [*lines[at:run.start], _loop(lines, run)]
        at = run.stop
    return [*made, *lines[at:]]


def _row(line: Line) -> Row:
    """An assignment is about the layer of its first name."""
    pieces: list[Hashable] = []
    for piece in line.pieces:
        pieces += ([(piece.quoted,), piece.of] if isinstance(piece, Name) else
                   [piece.shape, *piece.names] if isinstance(piece, Note) else [piece])
    first = next(line.names(), None)
    return Row(tuple(pieces), frozenset([first.of.number] if first is not None and line.left else []))


def _loop(lines: Sequence[Line], run: Run) -> Loop:
    block = tuple(lines[run.start:run.start + run.period])
    return Loop(block, run.first, run.count, run.step, run.moving, tuple(map(tuple, run.changes)))


@dataclass(frozen=True)
class Rounds:
    """The lines of one loop."""

    families: Families
    loop: Loop

    def lines(self) -> Iterator[str]:
        slopes = self.loop.slopes or tuple(() for _ in self.loop.lines)
        for line, own in zip(self.loop.lines, slopes, strict=True):
            changes = iter(own)
            made = ""
            for place, piece in enumerate(line.pieces):
                change = next(changes, 0) if isinstance(piece, Name | int) else 0
                for _ in piece.names if isinstance(piece, Note) else ():
                    next(changes, 0)  # a comment says of itself how its names change
                after = line.pieces[place + 1:place + 2]
                made += self.piece(piece, change, after)
            yield made

    def piece(self, piece: Piece, change: int, after: Text) -> str:
        if isinstance(piece, Note):
            return f"# {piece.layered(self.loop.moving, self.loop.first)}"
        if isinstance(piece, int) and change:
            counted = self.number(piece, change)
            return f"({counted})" if after and str(after[0]).startswith(" *") and " " in counted else counted
        if not isinstance(piece, Name) or piece.of not in self.loop.moving:
            return self.families.shown(piece)
        counted = self.counted(piece.of.number, 1)
        if piece.quoted:
            return f'f"{piece.of.template.replace("{}", "{" + counted + "}")}"'
        return f"{self.families.names[piece.of.template]}[{counted}]"

    def number(self, number: int, change: int) -> str:
        """A number that changes by so much a round; in terms of the rounds where the counter skips layers unevenly."""
        factor, ragged = divmod(change, self.loop.step)
        if not ragged:
            return self.counted(number, factor)
        width = abs(self.loop.step)
        factor = change if self.loop.step > 0 else -change
        return _sum(number - factor * (self.loop.first // width), factor, f"({COUNTER} // {width})")

    def counted(self, number: int, factor: int) -> str:
        """The number in terms of the counter, as one writes it."""
        return _sum(number - factor * self.loop.first, factor, COUNTER)


def _sum(rest: int, factor: int, counter: str) -> str:
    product = counter if abs(factor) == 1 else f"{abs(factor)} * {counter}"
    if factor < 0:
        return f"{rest} - {product}"
    return product if rest == 0 else f"{product} {'+' if rest > 0 else '-'} {abs(rest)}"


def written(families: Families, lines: Sequence[Written]) -> Iterator[str]:
    """Python, with loops over layers."""
    for one in lines:
        if isinstance(one, Loop):
            first, last = sorted((one.first, one.last))
            span = counted_range(first, last, abs(one.step))
            yield f"for {COUNTER} in {span if one.step > 0 else f'reversed({span})'}:"
            for line in Rounds(families, one).lines():
                yield from _fitted(f"    {line}")
        else:
            yield from _fitted(families.text(one.pieces))


@dataclass(frozen=True)
class RolledStep:
    """What is made once, what every call runs, and how names are called now."""

    prepared: list[str]
    lines: list[str]
    families: Families
    bound: frozenset[Name]
    """What is an entry of a dict, or could be."""


def rolled(prepared: Sequence[Line], unpacked: Sequence[Line], step: Sequence[Written],
           data: Sequence[Numbered] = (), fixed: bool = False) -> RolledStep:
    """Loops in all of them, over dicts that all see; of data, too, which are arguments: of the step, unless `fixed`."""
    once, each = looped(prepared), [*looped(unpacked), *step]
    families = Families.of(once, each)
    first, then = families.bound(once), families.bound(each)
    given = [*families.of_arguments(data)]
    return RolledStep([*(given if fixed else ()), *_empty(first), *written(families, once)],
                      [*(() if fixed else given), *_empty([name for name in then if name not in first]),
                       *written(families, each)], families, frozenset(bound([*prepared, *unpacked, *step])))


def entries(name: str, parts: Mapping[Text, Text]) -> list[str]:
    """The lines that return a dict, with a loop where equal layers have equal parts of something."""
    lines = looped([Line(part, text("{}[{}]", name, key)) for key, part in parts.items()])
    families = Families()
    if not any(isinstance(line, Loop) for line in lines):
        return ["return {", *(f"    {families.text(key)}: {families.text(part)}," for key, part in parts.items()), "}"]
    return [f"{name} = {{}}", *written(families, lines), f"return {name}"]


def _fitted(line: str) -> Iterator[str]:
    """Comments that are too long, on several lines."""
    indent = line[:len(line) - len(line.lstrip())]
    yield from textwrap.wrap(line, WIDTH - 8, subsequent_indent=f"{indent}#     ", break_long_words=False,
                             break_on_hyphens=False) if line.lstrip().startswith("#") else [line]


def _empty(names: list[str]) -> Iterator[str]:
    for n in range(0, len(names), 5):
        part = names[n:n + 5]
        yield f"{', '.join(part)} = {', '.join('{}' for _ in part)}"
