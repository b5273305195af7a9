"""One line of architecture, read: "784-128:relu-10:softmax" -> its stages.

    line  = stage "-" stage "-" ...
    stage = shape | name | name "(" argument "," ... ")"      and then, optionally,  ":" activation
    shape = 16 | n1 | 1x28x28          argument = value | name "=" value          value = 8 | 5x5 | 0.5 | word

A "-" inside brackets belongs to the stage, so a formula in brackets may stand for an activation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from derive.errors import DeriveError, clip

MAX_LINE = 10_000
WIDTH = 100
"""So many characters of a line are shown in an error."""
PLACE = "architecture"
_STAGE = re.compile(r"(?P<head>[A-Za-z0-9_.\u2026]+)(\((?P<arguments>[^()]*)\))?")


@dataclass(frozen=True)
class Words:
    """A stage as it was written, and where (a column of the line, or an entry of a list)."""

    head: str
    sizes: tuple[str, ...]
    activation: str | None
    where: str
    named: tuple[tuple[str, Any], ...] = ()
    """The arguments that are written as stride=2."""


STAGE = "A stage is a width such as 16, with an activation 16:relu, or a layer such as dense(16)."
DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2212")
"""What a word processor writes for '-'."""
DASH = "Between stages stands the hyphen of the keyboard, '-', not a longer dash or a minus sign."


def read_line(line: str) -> list[Words]:
    """The stages of an architecture line."""
    if len(line) > MAX_LINE:
        raise DeriveError(f"the line has {len(line):,} characters; {MAX_LINE:,} are the limit", where=PLACE,
                          do="Write large networks as TOML or Python.")
    return [read_stage(text, f"{PLACE}:1:{column}") for text, column in _split(line)]


def read_stage(text: str, where: str) -> Words:
    """One stage: `16`, `16:relu`, `n1`, `dense(16):relu`."""
    if not text.strip():
        raise DeriveError("an empty stage", where=where, do="Write widths joined by '-', such as 784-16-10.")
    layer, colon, activation = text.partition(":")
    match = _STAGE.fullmatch("".join(layer.split()))
    if match is None:
        raise DeriveError(f"'{clip(text.strip())}' is not a stage", where=where, do=DASH if DASHES & {*text} else STAGE)
    if colon and not activation.strip():
        raise DeriveError("no activation after ':'", where=where, do="Write 16:relu, or leave out the ':'.")
    written = match["arguments"].split(",") if match["arguments"] is not None else []
    named = tuple((name, value) for name, equals, value in (text.partition("=") for text in written) if equals)
    sizes = tuple(text for text in written if "=" not in text)
    if any("=" in text for text in written[:len(sizes)]):
        raise DeriveError("an argument without a name stands after one with a name", where=where,
                          do="Write conv(8,5x5,stride=2).")
    return Words(match["head"], sizes, activation.strip() or None, where, named)


def _split(line: str) -> Iterator[tuple[str, int]]:
    """The texts between the dashes that stand outside brackets, each with its column."""
    depth, start = 0, 0
    for column, character in enumerate(line):
        depth += (character in "([") - (character in ")]")
        if character == "-" and depth == 0:
            yield line[start:column], start + 1
            start = column + 1
    if depth != 0:
        raise DeriveError("the brackets do not match", where=f"{PLACE}:1:{len(line)}",
                          do="Every '(' needs its ')'.")
    yield line[start:], start + 1


@contextmanager
def pointing(given: Sequence[Any]) -> Iterator[None]:
    """Errors about a line of architecture, with a caret under the character or the stage that they are about."""
    try:
        yield
    except DeriveError as error:
        column = _column(given[0], error.where) if len(given) == 1 and isinstance(given[0], str) else None
        if column is None or error.shown:
            raise
        raise DeriveError(error.what, where=error.where, do=error.do, shown=_marked(given[0], column)) from None


def _column(line: str, where: str) -> int | None:
    """architecture:1:7 is column 7; layer 2 is where the second stage after the input begins."""
    if match := re.fullmatch(rf"{PLACE}:1:(\d+)", where):
        return int(match[1])
    stage = re.match(r"layer (\d+)\b", where)
    columns = [column for _, column in _split(line)] if stage else []
    return columns[int(stage[1])] if stage and int(stage[1]) < len(columns) else None


def _marked(line: str, column: int) -> str:
    """The line, or what is near the column, and a caret under it; nothing where it could not be seen."""
    start = max(column - WIDTH // 2, 0) if len(line) > WIDTH else 0
    part = line[start:start + WIDTH]
    return f"{part}\n{' ' * (column - 1 - start)}^" if part.isprintable() else ""
