r"""Prose, as documents hold it, taken apart: words and formulas.

    the error $\delta^l$ of 100\% of them    ->    "the error ", \delta^l, " of 100% of them"

In: text with formulas between dollars, its special characters escaped as in TeX. Out: runs of plain text
and of LaTeX mathematics.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MEANT = {r"\&": "&", r"\%": "%", r"\#": "#", r"\_": "_", r"\{": "{", r"\}": "}", r"\$": "$", "~": "\u00a0",
         r"\textasciicircum{}": "^", r"\textasciitilde{}": "~", r"\textbackslash{}": "\\", "---": "\u2014",
         "--": "\u2013", "``": "\u201c", "''": "\u201d", r"\ ": " "}
_WRITTEN = re.compile("|".join(re.escape(written) for written in sorted(MEANT, key=len, reverse=True)))
_FORMULA = re.compile(r"(?<!\\)\$([^$]*)(?<!\\)\$")


@dataclass(frozen=True)
class Run:
    """A piece of text, or a formula."""

    text: str
    formula: bool = False


def runs(prose: str) -> tuple[Run, ...]:
    """The pieces in order; none is empty."""
    found, end = [], 0
    for match in _FORMULA.finditer(prose):
        found += [Run(plain(prose[end:match.start()])), Run(match[1], formula=True)]
        end = match.end()
    return tuple(run for run in (*found, Run(plain(prose[end:]))) if run.text)


def plain(text: str) -> str:
    """Text without TeX's escapes."""
    return _WRITTEN.sub(lambda found: MEANT[found[0]], text)


def sentence(words: str) -> str:
    """The words with a capital letter at their start."""
    return f"{words[:1].upper()}{words[1:]}"
