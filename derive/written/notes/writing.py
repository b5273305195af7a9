r"""A text with the place in the file of each of its characters, and its relations outside all brackets.

    a = f(x = y)      one relation, the first =
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from derive.written.notes.formula import HIDDEN

WORDS = ("equiv|doteq|coloneqq|coloneq|triangleq|approx|simeq|propto|leftarrow|gets|in|leq?|geq?|neq?|to|rightarrow|sim"
         "|stackrel|overset|Rightarrow|implies|Longrightarrow|iff")
RELATION = re.compile(rf":=|<-|=|<|>|\\(?:{WORDS})(?![a-zA-Z])")
TOKEN = re.compile(rf"(?P<open>\\begin\{{[^{{}}]*\}}|\\\{{|[({{\[])|(?P<close>\\end\{{[^{{}}]*\}}|\\\}}|[)}}\]])"
                   rf"|(?P<relation>{RELATION.pattern})|\\(?:[a-zA-Z]+|.)", re.DOTALL)
LEADING = re.compile(rf"[\s{HIDDEN}]|\\[,;:! ]|\\q?quad(?![a-zA-Z])|~|\{{\}}|\\(?:therefore|because)(?![a-zA-Z])"
                     r"|\\(?:text|mbox|textrm|textit|textbf)\{(?:[^{}]*\s|where|so|and|with|then|let|thus|hence|since)"
                     r"\}(?=\s*[\\a-zA-Z])")
TRAILING = re.compile(r"(?:[\s.,;]|\\[,;:! ]|~|\\(?:quad|qquad|hfill)(?![a-zA-Z]))+\Z")


@dataclass
class Writing:
    """`at[i]` is the offset in the file of the character `text[i]`."""

    text: str = ""
    at: list[int] = field(default_factory=list)

    def add(self, text: str, start: int) -> None:
        """Append what stands in the file from `start` on; the hidden is left out."""
        kept = [i for i, letter in enumerate(text) if letter != HIDDEN]
        self.text += text if len(kept) == len(text) else "".join(text[i] for i in kept)
        self.at += [start + i for i in kept]

    def cut(self, start: int, stop: int) -> Writing:
        return Writing(self.text[start:stop], self.at[start:stop])

    def joined(self, other: Writing) -> Writing:
        """Both, with one space between them."""
        first, last = self.cut(0, len(self.text.rstrip())), len(other.text) - len(other.text.lstrip())
        other = other.cut(last, len(other.text))
        between = " " if first.text and other.text else ""
        return Writing(first.text + between + other.text, [*first.at, *(first.at[-1:] if between else []), *other.at])

    def trimmed(self) -> Writing:
        """Without the space, the punctuation and the words around it."""
        end = TRAILING.search(self.text)
        stop, start = (end.start() if end else len(self.text)), 0
        while start < stop and (found := LEADING.match(self.text, start)):
            start = found.end()
        return self.cut(min(start, stop), stop)

    def offset(self, index: int) -> int:
        """Where in the file the character `index` stands; one behind the last is allowed."""
        if index < len(self.at):
            return self.at[max(index, 0)]
        return self.at[-1] + 1 if self.at else 0


def outside(text: str) -> Iterator[re.Match[str]]:
    """The tokens that stand outside all brackets."""
    depth = 0
    for found in TOKEN.finditer(text):
        if found["close"]:
            depth = max(depth - 1, 0)
        elif found["open"]:
            depth += 1
        elif depth == 0:
            yield found


def relations(text: str) -> list[re.Match[str]]:
    """The relations of a formula, from left to right."""
    return [found for found in outside(text) if found["relation"]]


def links(text: str) -> list[str]:
    """The parts of a chain a = b = c."""
    cuts = [found.span() for found in relations(text)]
    starts, stops = [0, *(stop for _, stop in cuts)], [*(start for start, _ in cuts), len(text)]
    return [text[start:stop].strip() for start, stop in zip(starts, stops, strict=True)]
