"""Where in a text: from an offset to the line and column that an editor shows, both counted from one.

    place("a = b\\nc = d", 8)  =  "2:3"
"""

from __future__ import annotations

from derive.errors import DeriveError


def place(text: str, offset: int) -> str:
    """`line:column` of an offset; one behind the end is allowed."""
    before = text[: max(0, min(offset, len(text)))]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def refusal(text: str, offset: int, what: str, do: str = "") -> DeriveError:
    """The error that names the line and column of `offset`."""
    return DeriveError(what, where=place(text, offset), do=do)
