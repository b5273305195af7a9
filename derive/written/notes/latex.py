r"""The formulas and magic comments of a LaTeX file.

    scan(text)  ->  the text with comments, verbatim and \iffalse hidden, formulas and magic in order

Every search that fails is not made again, so the time grows with the length of the file and no faster.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from derive.written.notes.formula import INLINE, Formula, Magic, hide, magic

VERBATIM = r"verbatim\*?|Verbatim\*?|lstlisting|minted|comment|alltt|filecontents\*?"
DISPLAYS = ("equation", "align", "gather", "multline", "eqnarray", "displaymath", "flalign", "alignat", "math",
            "xalignat", "dmath", "IEEEeqnarray")
HIDES = re.compile(rf"\\begin\{{(?P<verbatim>{VERBATIM})\}}|\\(?:verb|lstinline)(?![a-zA-Z])\*?(?P<bar>[^\s\w{{])"
                   r"|(?P<false>\\iffalse(?![a-zA-Z]))|\\(?:.|\s)|(?P<comment>%[^\r\n]*)")
BRANCH = re.compile(r"\\(?P<word>if(?!f(?![a-zA-Z])|thenelse|defined|stre)[a-zA-Z@]*|else|fi)(?![a-zA-Z@])")
OPENS = re.compile(rf"\\begin\{{(?P<name>{'|'.join(DISPLAYS)})(?P<star>\*?)\}}(?P<columns>\{{\w*\}})?"
                   r"|(?P<bracket>\\[\[(])|\\.|(?P<dollar>\$\$?)")
INSIDE = re.compile(r"\\.|[{}$]|(?P<paragraph>(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n))")
COLUMNED = ("alignat", "xalignat", "IEEEeqnarray")
"""Their columns are said in braces."""
CLOSING = {"\\[": ("\\]", "display"), "\\(": ("\\)", INLINE)}


@dataclass(frozen=True)
class Scanned:
    """`text` with all that is hidden replaced; what was found, from the first to the last."""

    text: str
    formulas: tuple[Formula, ...]
    magic: tuple[Magic, ...]


def scan(text: str) -> Scanned:
    shown, comments = _hidden(text)
    begin = shown.find("\\begin{document}")
    end = shown.find("\\end{document}", max(begin, 0))
    stop = end if end >= 0 else len(shown)
    found = formulas(shown, max(begin, 0), stop)
    return Scanned(shown, tuple(found), tuple(one for one in comments if one.start < stop))


def _hidden(text: str) -> tuple[str, list[Magic]]:
    r"""The text without what TeX would not read, and the magic of its comments."""
    comments: list[Magic] = []
    parts, at = [], 0
    for start, stop in _unread(text, comments):
        parts += [text[at:start], hide(text[start:stop])]
        at = stop
    return "".join([*parts, text[at:]]), comments


def _unread(text: str, comments: list[Magic]) -> Iterator[tuple[int, int]]:
    at = 0
    while found := HIDES.search(text, at):
        at = found.end()
        if found["comment"]:
            said = magic(found["comment"].lstrip("%"), found.end() - len(found["comment"].lstrip("%")))
            comments += [said] if said else []
        elif found["verbatim"]:
            at = _after(text, f"\\end{{{found['verbatim']}}}", at)
        elif found["bar"]:
            at = _end_of_verb(text, found["bar"], at)
        elif found["false"]:
            at = _end_of_false(text, at)
        else:
            continue
        yield found.start(), at


def _after(text: str, closing: str, at: int) -> int:
    found = text.find(closing, at)
    return len(text) if found < 0 else found + len(closing)


def _end_of_verb(text: str, bar: str, at: int) -> int:
    r"""\verb ends in its line."""
    closed = re.compile(rf"[\r\n{re.escape(bar)}]").search(text, at)
    return len(text) if not closed else closed.end() if closed[0] == bar else closed.start()


def _end_of_false(text: str, at: int) -> int:
    r"""After the \fi or \else of an \iffalse."""
    depth = 1
    for found in BRANCH.finditer(text, at):
        word = found["word"]
        depth += {"fi": -1, "else": 0}.get(word, 1)
        if depth == 0 or (depth == 1 and word == "else"):
            return found.end()
    return len(text)


def end_of_inline(shown: str, at: int, stop: int) -> tuple[bool, int]:
    """Whether a formula begins after the $ before `at`, and where to go on: at the $ that ends it, if it does.

    That is the next one outside all braces, in the same paragraph.
    """
    depth = 0
    for found in INSIDE.finditer(shown, at, stop):
        if found["paragraph"]:
            return False, found.start()
        if found[0] == "$" and depth <= 0:
            return True, found.start()
        depth += {"{": 1, "}": -1}.get(found[0], 0)
    return False, stop


Ends = Callable[[str, int, int], tuple[bool, int]]


def formulas(shown: str, at: int, stop: int, inline: Ends = end_of_inline) -> Iterator[Formula]:
    """The formulas of a text from which the comments are hidden."""
    missing: set[str] = set()
    while found := OPENS.search(shown, at, stop):
        at = found.end()
        if found["dollar"] == "$":
            closed, end = inline(shown, at, stop)
            if closed:
                yield Formula(INLINE, at, end)
            at = end + closed
            continue
        if found["columns"] and found["name"] not in COLUMNED:
            at = found.start("columns")
        closing, environment = _closing(found)
        if not closing or closing in missing:
            continue
        end = shown.find(closing, at, stop)
        if end < 0:
            missing.add(closing)
            continue
        yield Formula(environment, at, end)
        at = end + len(closing)


def _closing(found: re.Match[str]) -> tuple[str, str]:
    """What ends the formula that `found` begins, and its environment; nothing for another backslash."""
    if found["name"]:
        return f"\\end{{{found['name']}{found['star']}}}", found["name"]
    if found["dollar"]:
        return "$$", "display"
    return CLOSING.get(found["bracket"] or "", ("", ""))
