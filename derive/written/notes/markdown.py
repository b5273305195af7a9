r"""The formulas and magic comments of a Markdown file: $$, ```math, $...$, LaTeX environments; no code.

    <!-- derive: given -->
    $$ z = W x + b $$
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from derive.written.notes.formula import INLINE, Formula, Magic, hide, magic
from derive.written.notes.latex import Scanned, formulas

START = r"(?:(?<=\n)|(?<=\r)|\A)"
HIDES = re.compile(r"\\(?P<escaped>[$`\\])"
                   rf"|{START}[ \t>]*(?P<fence>`{{3,}}|~{{3,}})[ \t]*(?P<language>[^\s`{{]*)[^\r\n]*"
                   r"|(?P<comment><!--)|(?P<code>`+)")
FRONT = re.compile(r"\A---[ \t]*\r?\n(?:(?!---)[^\r\n]*\r?\n)*---[ \t]*\r?$", re.MULTILINE)
MATH = ("math", "latex-math")
END = re.compile(r"\$|(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)")
"""What ends a formula between two $, or the hope for one: an empty line."""


def scan(text: str) -> Scanned:
    comments: list[Magic] = []
    fenced: list[Formula] = []
    parts, at = [], 0
    for start, stop in _unread(text, comments, fenced):
        parts += [text[at:start], hide(text[start:stop])]
        at = stop
    shown = "".join([*parts, text[at:]])
    found = [*formulas(shown, 0, len(shown), end_of_inline), *fenced]
    return Scanned(_with_fences(shown, text, fenced), tuple(sorted(found, key=lambda one: one.start)), tuple(comments))


def _with_fences(shown: str, text: str, fenced: list[Formula]) -> str:
    """The text in which the formulas of ```math are seen again."""
    parts, at = [], 0
    for one in fenced:
        parts += [shown[at:one.start], text[one.start:one.stop]]
        at = one.stop
    return "".join([*parts, shown[at:]])


def end_of_inline(shown: str, at: int, stop: int) -> tuple[bool, int]:
    """What `latex.end_of_inline` says, by the rules of Markdown: `$5 and $6` is money."""
    found = END.search(shown, at, stop)
    end = found.start() if found else stop
    inside, after = shown[at:end], shown[end + 1:end + 2]
    if not found or found[0] != "$" or not inside or inside[0].isspace() or inside[-1].isspace() or after.isdigit():
        return False, at
    return True, end


def _unread(text: str, comments: list[Magic], fenced: list[Formula]) -> Iterator[tuple[int, int]]:
    """What no formula stands in; a ```math fence is listed, and hidden as well."""
    front = FRONT.match(text)
    at = front.end() if front else 0
    if front:
        yield 0, at
    while found := HIDES.search(text, at):
        at = found.end()
        if found["escaped"]:
            if found["escaped"] == "\\":
                continue
        elif found["fence"]:
            at = _fence(text, found, fenced)
        elif found["comment"]:
            at = _comment(text, at, comments)
        else:
            end = _code_end(text, found["code"], at)
            if end < 0:
                continue
            at = end
            if text[found.start() - 1:found.start()] == "$" == text[at:at + 1]:  # GitHub's $`...`$
                fenced.append(Formula(INLINE, found.end(), at - len(found["code"])))
                yield found.start() - 1, at + 1
                at += 1
                continue
        yield found.start(), at


def _code_end(text: str, ticks: str, at: int) -> int:
    """The end of inline code: as many ticks as it began with, in the same line."""
    for line in re.finditer(r"[^\r\n]*", text[at:at + 2000]):
        found = re.search(rf"(?<!`){ticks}(?!`)", line[0])
        return at + found.end() if found else -1
    return -1


def _comment(text: str, at: int, comments: list[Magic]) -> int:
    end = text.find("-->", at)
    stop = len(text) if end < 0 else end
    said = magic(text[at:stop], at)
    if said:
        comments.append(Magic(said.word.removesuffix("-->"), said.rest, said.start, said.rest_at, stop))
    return min(stop + 3, len(text))


def _fence(text: str, found: re.Match[str], fenced: list[Formula]) -> int:
    """The end of fenced code; a fence of mathematics is a display."""
    closing = re.compile(rf"(?:\n|\r)[ \t>]*{found['fence'][0]}{{{len(found['fence'])},}}[ \t]*(?=[\r\n]|\Z)")
    end = closing.search(text, found.end())
    if found["language"] in MATH:
        fenced.append(Formula("display", found.end(), end.start() if end else len(text)))
    return end.end() if end else len(text)
