r"""What a scanner of a file finds: formulas and magic comments, by their offsets.

    \begin{align} ... \end{align}      Formula("align", start, stop) of what stands between
    % derive: notation ng              Magic("notation", "ng", ...)

`HIDDEN` stands in a scanner's text for each character that nobody reads (comments, verbatim): offsets stay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

HIDDEN = "\x01"
INLINE = "inline"
WORDS = ("given", "claim", "notation", "arch", "where", "layout", "elementwise", "einstein", "skip", "off", "on")
"""What a magic comment may begin with."""
MAGIC = re.compile(r"\s*derive\s*:[ \t]*(?P<word>\S*)[ \t]*(?P<rest>[^\r\n]*)")


@dataclass(frozen=True)
class Formula:
    """The text from `start` up to `stop`, within `environment`: align, equation, display, inline, ..."""

    environment: str
    start: int
    stop: int


@dataclass(frozen=True)
class Magic:
    """A comment that steers: `word` and what follows it, which begins at `rest_at`; the comment ends at `stop`."""

    word: str
    rest: str
    start: int
    rest_at: int
    stop: int


def magic(comment: str, offset: int) -> Magic | None:
    """The magic of a comment whose text begins at `offset`; None where it holds none."""
    found = MAGIC.match(comment)
    if not found:
        return None
    return Magic(found["word"], found["rest"].rstrip(), offset + found.start("word"), offset + found.start("rest"),
                 offset + len(comment))


def hide(text: str) -> str:
    """The text with every character hidden except the ends of lines."""
    return re.sub(r"[^\r\n]", HIDDEN, text)
