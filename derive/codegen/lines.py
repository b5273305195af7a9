"""Lines that fit: a long sum is broken before its + and -, inside brackets; a long list after its commas."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import accumulate

WIDTH = 116
LIMIT = 120
LEAST = 6
"""Entries of a list that are written below each other."""


def folded_line(line: str) -> Iterator[str]:
    """The line, or several lines where it is too long; what cannot be broken says so to the style checker."""
    if len(line) <= LIMIT or line.lstrip().startswith("#"):
        yield line
        return
    indent = line[: len(line) - len(line.lstrip())]
    head, equals, right = line.partition(" = ")
    inside, rest = _bracketed(right)
    parts = _summands(inside)
    if not equals or head.count("(") != head.count(")") or len(parts) < 2:
        yield from _listed(line, indent) or [f"{line}  # noqa: E501"]
        return
    yield f"{head} = ("
    for part in parts:
        yield from folded_line(f"{indent}    {part}")
    yield f"{indent}){rest}"


def _listed(line: str, indent: str) -> list[str]:
    """The lines of a list of several entries that ends the line, or a loop over such; none for anything else."""
    for place in (place for place, letter in enumerate(line) if letter in "(["):
        close = _closing(line, place)
        entries = _entries(line[place + 1:close])
        if len(entries) >= LEAST and not {*line[close + 1:]} & {*"(,"}:
            return [line[:place + 1], *_rows(entries, indent), f"{indent}{line[close:]}"]
    head, equals, right = line.partition(" = ")
    entries = _entries(right)
    return [f"{head} = (", *_rows(entries, indent), f"{indent})"] if equals and len(entries) > 1 else []


def _rows(entries: Sequence[str], indent: str) -> list[str]:
    rows = textwrap.wrap(", ".join(entries), WIDTH - len(indent) - 4, break_long_words=False, break_on_hyphens=False)
    return [f"{indent}    {row}" for row in rows]


def _closing(text: str, place: int) -> int:
    """Where the bracket that is opened here is closed."""
    depths = accumulate((letter in "([{") - (letter in ")]}") for letter in text[place:])
    return place + next((n for n, depth in enumerate(depths) if depth == 0), len(text) - place)


def _entries(text: str) -> list[str]:
    """What its commas part, outside of every bracket."""
    found, start, depth = list[str](), 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 and text.startswith(", ", place):
            found.append(text[start:place])
            start = place + 2
    return [*found, text[start:]]


def _bracketed(text: str) -> tuple[str, str]:
    """(a - b) * c as a - b and what follows; a sum of its own ends with the line."""
    if text.startswith("(") and len(_summands(text)) == 1:
        depth = 0
        for place, letter in enumerate(text):
            depth += (letter in "([{") - (letter in ")]}")
            if depth == 0:
                return text[1:place], text[place + 1:]
    return text, ""


def _summands(text: str) -> list[str]:
    """The parts of a sum that stand outside every bracket, each with its sign."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += letter in "([{"
        depth -= letter in ")]}"
        if depth == 0 and text[place:place + 3] in (" + ", " - "):
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]
