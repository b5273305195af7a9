r"""A file of notes as text, and where in it an offset lies.

    read_source("notes.tex").place(offset)  ->  notes.tex:12:3

Lines end with \n, \r\n or \r; lines and columns count from 1, a tab is one column, a byte order mark none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from derive.errors import DeriveError, clip

LARGEST = 1_000_000
"""Bytes in a file of claims."""
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, order=True)
class Place:
    """A stretch of a file; the end column is the first one after it."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Source:
    """The text of a file (or of standard input), without its byte order mark."""

    name: str
    text: str

    @cached_property
    def starts(self) -> list[int]:
        """The offset at which each line begins."""
        return [0, *(found.end() for found in LINE_END.finditer(self.text))]

    def position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def place(self, start: int, stop: int | None = None) -> Place:
        return Place(self.name, *self.position(start), *self.position(max(start, start if stop is None else stop)))


def read_source(path: str) -> Source:
    """The file at `path`; refused where it is missing, too large, or no text."""
    where = clip(path, 200)
    if not path or "\0" in path:
        raise DeriveError("this is no file name", where=where)
    try:
        with Path(path).open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise DeriveError(f"cannot read the file: {error.strerror}", where=where) from None
    return source(where, data)


def source(name: str, data: bytes) -> Source:
    """The text that `data` spells; `name` stands in messages."""
    if len(data) > LARGEST:
        raise DeriveError(f"the file is larger than {LARGEST:,} bytes", where=name,
                          do="Split it, and check the parts one by one.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[:error.start].count(b"\n") + 1
        raise DeriveError(f"this is not UTF-8 text (byte {error.start + 1})", where=f"{name}:{line}",
                          do="Save it as UTF-8.") from None
    found = CONTROL.search(text)
    if found:
        made = Source(name, text)
        raise DeriveError("this is a control character, so the file is no text", where=str(made.place(found.start())),
                          do="Name a .tex or .md file.")
    return Source(name, text)
