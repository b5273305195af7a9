"""What goes into a network: a vector, an image, a sequence, words by their numbers.

    784      x[k]             1x28x28     x[c,p,q], channels first             seq(20x12)     x[t,k] for t = 1..20
    words(20 of 1000)         x[t] for t = 1..20, each the number of one of 1000 words
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import sympy as sp

from derive.errors import DeriveError, clip
from derive.ir import Index, size_symbol
from derive.model.layer import Axes
from derive.spec.line import Words
from derive.spec.stage import Width, read_width

SEQUENCE, WORDS = "seq", "words"
STEPS = "T"
"""The number of steps of a sequence, left open."""
LETTERS = {1: "k", 2: "pq", 3: "cpq", 4: "cpqr"}
_SHAPE = re.compile(r"\d+(x\d+)+")
_WORDS = re.compile(r"((?P<steps>\w+?) *of *)?(?P<known>\w+)")


@dataclass(frozen=True)
class Source:
    """One input: its sizes, and whether the first of them counts the steps of a sequence."""

    shape: tuple[Width, ...]
    kind: str = ""
    name: str = "x"
    words: Width | None = None
    """Of how many words each entry is the number; None: it is a measurement."""

    @property
    def axes(self) -> Axes:
        sizes = [size_of(width) for width in self.shape]
        if self.words is not None:
            times = tuple(Index("t", size, sp.Integer(1), "time") for size in sizes)
            return (*times, Index("v", size_of(self.words), kind="word"))
        if self.kind == SEQUENCE:
            steps = Index("t", sizes[0], sp.Integer(1), "time")
            return (steps, *(Index(n, size) for n, size in zip(LETTERS[len(sizes) - 1], sizes[1:], strict=True)))
        return tuple(Index(name, size) for name, size in zip(LETTERS[len(sizes)], sizes, strict=True))


def size_of(width: Width) -> sp.Expr:
    return sp.Integer(width) if isinstance(width, int) else size_symbol(width)


def source_of(words: Words, name: str = "x") -> Source:
    """The input as written in a line: 784, n0, 1x28x28, seq(20x12)."""
    where = words.where
    if words.activation:
        raise DeriveError(f"the input has no activation, but '{clip(words.activation)}' is written", where=where,
                          do="The first stage is a width alone.")
    if words.head == SEQUENCE:
        if len(words.sizes) != 1 or words.named:
            raise DeriveError("seq takes steps x features", where=where, do="Write seq(20x12).")
        steps, *features = words.sizes[0].split("x")
        if not 1 <= len(features) <= 3:
            raise DeriveError("seq takes steps x features", where=where, do="Write seq(20x12).")
        first = steps if steps == STEPS else read_width(steps, where)
        return Source((first, *(read_width(size, where) for size in features)), SEQUENCE, name)
    if words.head == WORDS:
        return _words(words, name)
    if words.sizes or words.named:
        raise DeriveError("the first stage is the input, not a layer", where=where,
                          do="Begin with a width, 784, an image, 1x28x28, or a sequence, seq(20x12).")
    if _SHAPE.fullmatch(words.head):
        parts = words.head.split("x")
        if len(parts) > max(LETTERS):
            raise DeriveError(f"an input of {len(parts)} axes; {max(LETTERS)} are the limit", where=where)
        return Source(tuple(read_width(size, where) for size in parts), "", name)
    return Source((read_width(words.head, where),), "", name)


def _words(words: Words, name: str) -> Source:
    """words(20 of 1000): the numbers of 20 words, each one of 1000; words(1000): that of one word."""
    match = _WORDS.fullmatch(words.sizes[0]) if len(words.sizes) == 1 and not words.named else None
    if match is None:
        raise DeriveError("words takes how many there are, of how many that are known", where=words.where,
                          do="Write words(20 of 1000), or words(1000) for a single one.")
    steps, known = match["steps"], read_width(match["known"], words.where)
    shape = () if steps is None else (steps if steps == STEPS else read_width(steps, words.where),)
    return Source(shape, WORDS, name, known)
