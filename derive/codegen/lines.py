"""Lines that fit: a long sum is broken before its + and -, inside brackets; a long list after its commas."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

WIDTH = 116
LIMIT = 120
LEAST = 6
"""Entries of a list that are written below each other."""
LIST = re.compile(r"(?P<head>.*?(zip\(|[(\[]))(?P<inside>([^()\[\]]|\[[^()\[\]]*\])*)(?P<rest>[)\]][^(),]*)")


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
    found = LIST.fullmatch(line)
    if found is None or len(entries := found["inside"].split(", ")) < LEAST:
        return []
    rows = textwrap.wrap(", ".join(entries), WIDTH - len(indent) - 4, break_long_words=False, break_on_hyphens=False)
    return [found["head"], *(f"{indent}    {row}" for row in rows), f"{indent}{found['rest']}"]


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
