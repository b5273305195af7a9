r"""A displayed formula taken apart into statements, each with its place in the file.

    a &= b \\        one statement, a = b = c: a row that begins with a relation or an operator goes on
      &= c \\        with the one above it in the same column
    d &= e, \quad f = g           two more
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from derive.written.notes.formula import Formula
from derive.written.notes.writing import RELATION, Writing, outside, relations

WRAPPERS = "split|aligned|alignedat|gathered"
BARE = ("notag", "nonumber", "displaystyle", "allowdisplaybreaks", "centering", "hfill", "newline")
PIECE = re.compile(r"(?P<row>\\\\\*?(?:[ \t]*\[[^\]\r\n]*\])?)"
                   rf"|(?:\\left\s*(?:\\\{{|\.|\\lbrace)\s*)?(?P<wrapped>\\begin\{{(?:{WRAPPERS})\}}(?:\[[tbc]\])?(?:\{{\d+\}})?)"
                   rf"|(?P<unwrapped>\\end\{{(?:{WRAPPERS})\}})(?:\s*\\right\s*(?:\.|\\\}}))?"
                   r"|(?P<open>\\begin\{[^{}]*\}|(?<!\\)\{)|(?P<close>\\end\{[^{}]*\}|(?<!\\)\})"
                   rf"|(?P<bare>\\(?:{'|'.join(BARE)})(?![a-zA-Z]))"
                   r"|(?P<dropped>\\(?:label|tag\*?|hspace\*?|vspace\*?)\s*\{[^{}]*\})"
                   r"|(?P<said>\\(?:short)?intertext\s*\{(?:[^{}]|\{[^{}]*\})*\})|\\(?:[a-zA-Z]+|[\s\S])|(?P<cell>&)")
COLUMNED = ("align", "flalign", "alignat", "xalignat", "eqnarray", "IEEEeqnarray")
ROWED = (*COLUMNED, "gather")
"""Where \\\\ parts statements; elsewhere it only breaks the line, unless a wrapper stands within."""
SPACE = r"(?:\\q?quad(?![a-zA-Z])|\\[,;:! >]|\\phantom\{[^{}]*\}|\{\}|~|\s)*"
OPERATOR = r"[+\-*/]|\\(?:cdot|times|odot|circ|otimes|pm|mp)(?![a-zA-Z])"
STARTS = re.compile(SPACE + rf"(?:(?P<relation>{RELATION.pattern})|(?P<operator>{OPERATOR}))")
DANGLES = re.compile(rf"(?:{RELATION.pattern}|{OPERATOR})\s*\Z")
PROSE = re.compile(r"\\(?:text|mbox|textrm|textit)\s*\{(?!d\})"
                   r"(?=[\s(]|[^{}]*\s|(?:for|where|with|and|since|by|because)\})"
                   r"(?![^{}]*\b(?:if|when|otherwise|else|unless)\b)")
DEPTH = {"(": 1, "{": 1, "[": 1, "\\{": 1, ")": -1, "}": -1, "]": -1, "\\}": -1}
FAR = re.compile(r"\\q?quad(?![a-zA-Z])|\\forall(?![a-zA-Z])")


@dataclass
class _Row:
    """Cells as they stand between &."""

    cells: list[Writing] = field(default_factory=lambda: [Writing()])


def statements(shown: str, formula: Formula) -> list[Writing]:
    """The statements of a formula, in the order in which they begin; words between them are none."""
    above: dict[int, Writing] = {}
    found: list[Writing] = []
    for row in _rows(shown, formula):
        if row is None:  # words between the rows
            above = {}
            continue
        for column, (text, follows) in enumerate(_pairs(row, formula.environment)):
            first, *others = _parted(text) or [Writing()]
            before = above.get(column)
            if before is not None and _goes_on(first.text, follows, before.text):
                whole = before.joined(first.trimmed())
                before.text, before.at = whole.text, whole.at
            elif first.text.strip():
                above[column] = first
                found.append(first)
            found += others
    ended = [one.trimmed() for one in found]
    return [one for one in ended if one.text]


def _goes_on(text: str, follows: bool, before: str) -> bool:
    """Whether a row continues the statement above it; `follows`: nothing stands before its &."""
    if not text.strip() or PROSE.match(text.strip()):
        return False
    starts = STARTS.match(text)
    if DANGLES.search(before) or (starts and starts["relation"]):
        return True
    return bool(follows and starts) if relations(text) else bool(starts or follows or before.rstrip()[-1:] in "([,")


def _rows(shown: str, formula: Formula) -> Iterator[_Row | None]:
    columned, rowed = formula.environment in COLUMNED, formula.environment in ROWED
    row, wrapped, depth, at = _Row(), 0, 0, formula.start
    for piece in PIECE.finditer(shown, formula.start, formula.stop):
        kind = piece.lastgroup
        depth = max(depth + {"open": 1, "close": -1}.get(kind or "", 0), 0)
        if kind in (None, "open", "close") or depth and kind in ("row", "cell"):
            continue
        row.cells[-1].add(shown[at:piece.start()], at)
        at = piece.end()
        wrapped += {"wrapped": 1, "unwrapped": -1}.get(kind or "", 0)
        if kind == "cell" and (columned or wrapped):
            row.cells.append(Writing())
        elif kind == "said" or kind == "row" and (rowed or wrapped):
            yield row
            row = _Row()
            if kind == "said":
                yield None
        elif kind != "wrapped":
            row.cells[-1].add(" ", piece.start())
    row.cells[-1].add(shown[at:formula.stop], at)
    yield row


def _pairs(row: _Row, environment: str) -> Iterator[tuple[Writing, bool]]:
    """The cells of a row two by two (in an eqnarray three by three): right & left of an alignment."""
    width = 3 if environment in ("eqnarray", "IEEEeqnarray") else 2
    for start in range(0, len(row.cells), width):
        first, *others = row.cells[start:start + width]
        whole = first
        for other in others:
            whole = whole.joined(other)
        yield whole, bool(others) and not first.text.strip()


def _parted(cell: Writing) -> list[Writing]:
    """A cell at its far spaces, its words and the commas between formulas; words that say nothing are left out."""
    cuts = sorted({0, len(cell.text), *_cuts(cell.text)})
    parts = [cell.cut(start, stop) for start, stop in zip(cuts, cuts[1:], strict=False)]
    whole: list[Writing] = []
    for part in parts:
        text = FAR.sub("", part.text).strip(" ,;")
        if PROSE.match(text) or FAR.match(part.text.strip()) and "forall" in part.text[:12]:
            whole += [part] if relations(text) else []
        elif whole and not _separate(whole[-1].text, text):
            whole[-1] = Writing(whole[-1].text + part.text, [*whole[-1].at, *part.at])
        else:
            whole.append(part)
    return whole


def _separate(before: str, text: str) -> bool:
    """Whether `text` is a formula of its own beside the one before it."""
    whole = relations(text) and (relations(before) or STARTS.match(before))
    return bool(whole) and not STARTS.match(text) and not DANGLES.search(before)


def _cuts(text: str) -> Iterator[int]:
    """Where a part may begin: at a space, a word or a comma outside all brackets."""
    if "," not in text and ";" not in text and "\\" not in text:
        return
    depth_free = {found.start() for found in outside(text)}
    for found in re.finditer(rf"(?:{FAR.pattern})|{PROSE.pattern}", text):
        if found.start() in depth_free:
            yield found.start()
    yield from _commas(text)


def _commas(text: str) -> Iterator[int]:
    depth = 0
    for found in re.finditer(r"\\.|[(){}\[\],;]", text, re.DOTALL):
        depth = max(depth + DEPTH.get(found[0], 0), 0)
        if depth == 0 and found[0] in ",;":
            yield found.start() + 1
