"""Text of which the names and numbers that a loop over layers counts are known.

    delta3_T.dot(a2, grad_w3)     is     Name(delta3_T), ".dot(", Name(a2), ", ", Name(grad_w3), ")"

In: forms with `{}` and what stands there. Out: lines as pieces, which a loop can write with a counter.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from derive.codegen.repeats import Numbered
from derive.plan.note import Note
from derive.plan.record import Plan

WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Name:
    """One of several arrays, such as a3; `base` is the value of which it is a view."""

    of: Numbered
    base: Numbered = field(compare=False)
    quoted: bool = False
    """Whether it is the key of a parameter or of a gradient."""

    def moved(self, by: int) -> Name:
        return Name(self.of.moved(by), self.base.moved(by), self.quoted)


Piece = str | int | Name | Note
Text = tuple[Piece, ...]


def text(form: str, *parts: Text | str | int) -> Text:
    """The form with these parts in the place of its braces."""
    pieces: list[Piece] = []
    for part, between in zip(("", *parts), form.split("{}"), strict=True):
        pieces += part if isinstance(part, tuple) else [part]
        pieces.append(between)
    return tuple(piece for piece in pieces if piece != "")


def called(base: Text, behind: str = "", before: str = "") -> Text:
    """The name of something made of another: a3_T."""
    (one,) = base
    if isinstance(one, Name):
        return (replace(one, of=Numbered(f"{before}{one.of.template}{behind}", one.of.number)),)
    return (f"{before}{one}{behind}",)


def is_name(shown: Text) -> bool:
    return len(shown) == 1 and (isinstance(shown[0], Name) or isinstance(shown[0], str) and shown[0].isidentifier())


def named(plan: Plan, name: str) -> Text:
    """A value by its own name."""
    family = plan.family(name)
    return (name,) if family is None else (Name(family, family),)


def key(name: str, family: Numbered | None) -> Text:
    """The name of a parameter in quotes."""
    return (f'"{name}"',) if family is None else (Name(family, family, quoted=True),)


def is_atom(shown: Text) -> bool:
    """Whether it needs no brackets beside an operator."""
    return len(shown) == 1 and (isinstance(shown[0], Name) or " " not in str(shown[0]))


def listed(args: Sequence[Text]) -> Text:
    return text(", ".join("{}" for _ in args), *args)


def moved(shown: Text, moving: Collection[Numbered], by: int) -> Text:
    """The same in a later round, where the names of these values are counted on."""
    return tuple(p.moved(by) if isinstance(p, Name) and p.base in moving else p for p in shown)


@dataclass(frozen=True)
class Line:
    """A call, or an assignment."""

    right: Text
    left: Text = ()

    @property
    def pieces(self) -> Text:
        return (*self.left, " = ", *self.right) if self.left else self.right

    def names(self) -> Iterator[Name]:
        return (piece for piece in self.pieces if isinstance(piece, Name))


@dataclass(frozen=True)
class Loop:
    """Lines of the first round, in which the counter is `first`; it goes up or down by `step`."""

    lines: tuple[Line, ...]
    first: int
    count: int
    step: int
    moving: frozenset[Numbered]
    """The names that are counted, as the first round has them."""
    slopes: tuple[tuple[int, ...], ...] = ()
    """By how much each number of each line changes from round to round; none does where nothing is said."""

    @property
    def last(self) -> int:
        return self.first + (self.count - 1) * self.step

    def every(self, names: Iterator[Name]) -> Iterator[Name]:
        """Names of the first round, as all rounds have them."""
        for name in dict.fromkeys(names):
            for by in range(0, self.count * self.step, self.step) if name.of in self.moving else (0,):
                yield name.moved(by)


Written = Line | Loop


def first_lines(written: Collection[Written]) -> Iterator[Line]:
    """The lines, those of loops as in the first round."""
    for one in written:
        yield from one.lines if isinstance(one, Loop) else [one]


def bound(written: Collection[Written]) -> Iterator[Name]:
    """The names on the left of assignments, in all rounds."""
    for one in written:
        lines = one.lines if isinstance(one, Loop) else (one,)
        names = (piece for line in lines for piece in line.left if isinstance(piece, Name))
        yield from one.every(names) if isinstance(one, Loop) else names


def words(written: Collection[Written]) -> set[str]:
    """All that is said, in all rounds."""
    found = set[str]()
    for one in written:
        lines = one.lines if isinstance(one, Loop) else (one,)
        found.update(word for line in lines for word in words_of(line.pieces))
        if isinstance(one, Loop):
            found.update(name.of.name for name in one.every(name for line in lines for name in line.names()))
    return found


def words_of(shown: Text) -> set[str]:
    return {word for piece in shown if not isinstance(piece, Note)
            for word in ([piece.of.name] if isinstance(piece, Name) else WORD.findall(str(piece)))}


def used(prepared: Sequence[Line], lines: Sequence[Written]) -> list[Line]:
    """The assignments of which something makes use."""
    said = words(lines)
    kept: list[Line] = []
    for line in reversed(prepared):
        if said & words_of(line.left) - {"_"}:
            kept.insert(0, line)
            said |= words_of(line.right)
    return kept
