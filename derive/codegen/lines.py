"""Lines that fit: a long sum or product is broken before its signs, inside brackets; a long list after its commas; any
other line behind the bracket that holds most of it. What is unpacked stands on as few lines as hold it.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import TypeVar

Named = TypeVar("Named")

WIDTH = 116
LIMIT = 120
MOST = 4
"""So many names are unpacked in a line."""
LEAST = 6
"""Entries of a list that are written below each other."""
SIGNS = (" + ", " - "), (" * ", " / ", " @ ")
"""Before these a line is broken, first at those that bind least."""


def in_lines(group: Sequence[Named], letters: Callable[[Named], int], width: int = WIDTH) -> Iterator[list[Named]]:
    """As many as a line holds, w1, b1 = params["w1"], params["b1"], and not more than four."""
    line: list[Named] = []
    for one in group:
        if len(line) == MOST or line and sum(map(letters, (*line, one))) > width:
            yield line
            line = []
        line.append(one)
    if line:
        yield line


def folded_line(line: str, inside: bool = False) -> Iterator[str]:
    """The line, or several where it is too long; `inside` a bracket it may be broken anywhere.

    What cannot be broken says so to the style checker.
    """
    if len(line) <= LIMIT or line.lstrip().startswith("#"):
        yield line
        return
    indent = line[: len(line) - len(line.lstrip())]
    code, mark, said = line.partition("  # ")
    if mark:
        yield f"{indent}# {said}"
        yield from folded_line(code, inside)
        return
    yield from _operated(line, indent, inside, SIGNS[0]) or _listed(line, indent) \
        or _operated(line, indent, inside, SIGNS[1]) or _opened(line, indent) or [f"{line}  # noqa: E501"]


def _operated(line: str, indent: str, inside: bool, signs: Sequence[str]) -> list[str]:
    """The lines of a sum, or of a product: an operand each."""
    if inside:
        parts = _operands(line.strip(), signs)
        return [row for part in parts for row in folded_line(indent + part, True)] if len(parts) > 1 else []
    equals = re.search(r" [-+*/@]?= ", line)
    head, right = (line[:equals.end()], line[equals.end():]) if equals else (line, "")
    inner, rest = _bracketed(right, signs)
    parts = _operands(inner, signs)
    if head.count("(") != head.count(")") or len(parts) < 2:
        return []
    rows = [row for part in parts for row in folded_line(f"{indent}    {part}", True)]
    return [f"{head}(", *rows, f"{indent}){rest}"]


def _opened(line: str, indent: str) -> list[str]:
    """What the largest bracket holds on lines of its own: grads = np.tensordot(, ..., ).transpose(1, 0)"""
    pairs, place = list[tuple[int, int]](), 0
    while place < len(line):
        if line[place] in "([{":
            pairs.append((place, _closing(line, place)))
            place = pairs[-1][1]
        place += 1
    first, last = max(pairs, key=lambda pair: pair[1] - pair[0], default=(0, 0))
    if last - first < 2 or last == len(line):
        return []
    held = folded_line(f"{indent}    {line[first + 1:last]}", True)
    return [line[:first + 1], *held, *folded_line(indent + line[last:], inside=False)]


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
    return [part.removeprefix(", ") for part in _cut(text, (", ",))]


def _bracketed(text: str, signs: Sequence[str]) -> tuple[str, str]:
    """(a - b) * c as a - b and what follows; a sum of its own ends with the line."""
    close = _closing(text, 0)
    if text.startswith("(") and close < len(text) and len(_operands(text, signs)) == 1:
        return text[1:close], text[close + 1:]
    return text, ""


def _operands(text: str, signs: Sequence[str]) -> list[str]:
    """The parts of a sum, or product, that stand outside every bracket, each with its sign."""
    return [part.removeprefix(" ") if n else part for n, part in enumerate(_cut(text, signs))]


def _cut(text: str, marks: Sequence[str]) -> list[str]:
    """The text cut before each mark that stands outside every bracket."""
    parts, depth, start = list[str](), 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 and text.startswith(tuple(marks), place):
            parts.append(text[start:place])
            start = place
    return [*parts, text[start:]]
