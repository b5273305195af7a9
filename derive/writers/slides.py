r"""A document as slides: each display is uncovered one equals sign at a time, its reason at the foot.

    rows  a = b, = c, = d    ->    three slides of one frame; a frame that is full goes on in the next

In: sections. Out: frames of LaTeX beamer. A frame that goes on repeats the last row of the one before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from derive.document.content import Block, Display, Listing, Picture, Prose, Row, Section, Symbol, Symbols
from derive.document.prose import sentence
from derive.latex.align import broken
from derive.latex.measure import width
from derive.latex.pairs import side_by_side

ROOM = 62.0
"""The width of a slide in letters of mathematics."""
HEIGHT, TALL, FLAT = 3.8, 1.0, 0.6
"""Of a slide, of a line with a fraction or a sum, of another line."""
FONTS = ((1.4, r"\scriptsize"), (1.15, r"\footnotesize"), (1.0, r"\small"))
"""Of a display that is so much higher than a slide."""
TALLER = (r"\frac", r"\sum", r"\brace", r" \\ ")
"""What makes a line tall: a fraction, a sum, a matrix of two rows."""
UNDER = 0.25
"""What a line of conditions under a sum adds to a line."""
DEEPER = 0.5
"""What a row of a matrix adds, behind the second."""
_MATRIX = re.compile(r"\\begin\{pmatrix\}(.*?)\\end\{pmatrix\}")
_BELOW = re.compile(r"\\substack\{(.*?)\}")
SMALL = r"\fontsize{6}{7.2}\selectfont"
LETTERS, LINE, SYMBOLS, CODE = 520, 80, 8, 24
"""What a slide takes of prose, a line of it, what a slide takes of rows of a table, of lines of code."""


@dataclass(frozen=True)
class Frame:
    """One frame; `fragile` where it holds verbatim text."""

    title: str
    body: str
    fragile: bool = False


def frames(part: Section) -> Iterator[Frame]:
    """The frames of a section; prose stands above the display that it leads to."""
    said = ""
    for block in part.blocks:
        if isinstance(block, Prose):
            if len(said) + len(block.text) > LETTERS and said:
                yield Frame(part.title, said)
                said = ""
            said += block.text + "\n\n"
            continue
        if said and (len(said) > LETTERS / 2 or not isinstance(block, Display) or _crowded(said, block)):
            yield Frame(part.title, said)
            said = ""
        for number, body in enumerate(_bodies(block)):
            yield Frame(part.title, body if number else said + body, isinstance(block, Listing))
        said = ""
    if said:
        yield Frame(part.title, said)


def _crowded(said: str, display: Display) -> bool:
    """Whether prose leaves too little of a slide for the first rows of what it leads to."""
    room = _room(display.rows)
    first = next(pages(display.rows))[1]
    lines = sum(-(-len(text) // LINE) for text in said.split("\n\n"))
    return lines * FLAT * 0.85 + sum(_height(row, room) for row in first) > HEIGHT


def _bodies(block: Block) -> Iterator[str]:
    match block:
        case Prose(text):
            yield text
        case Display(rows, condition):
            lead = f"{sentence(condition)}:\n" if condition else ""
            yield from (lead + _display(old, new) for old, new in pages(rows))
        case Symbols(rows, heads):
            most = SYMBOLS // 2 if heads else SYMBOLS
            step = -(-len(rows) // -(-len(rows) // most))
            yield from (_table(rows[start:start + step], heads) for start in range(0, len(rows), step))
        case Picture(_, tikz, caption):
            yield f"\\begin{{center}}\n\\fitted{{{tikz.strip()}}}\n\n{{\\small {caption}}}\n\\end{{center}}"
        case Listing(code, _):
            lines = code.strip().splitlines()
            for start in range(0, len(lines), CODE):
                text = "\n".join(lines[start:start + CODE])
                yield f"{SMALL}\n\\begin{{verbatim}}\n{text}\n\\end{{verbatim}}"


def pages(rows: Sequence[Row]) -> Iterator[tuple[Row | None, list[Row]]]:
    """The rows that fit on a frame, and before them the last one of the frame before, if they go on from it."""
    old: Row | None = None
    new: list[Row] = []
    left, filled, room = "", 0.0, _room(rows)
    for row in rows:
        if new and filled + _height(row, room) > HEIGHT:
            yield old, new
            old = replace(new[-1], left=left, tag="", boxed=False) if not row.left else None
            if old and _height(old, room) + _height(row, room) > HEIGHT:
                old, row = None, replace(row, left=left)
            new, filled = [], _height(old, room) if old else 0.0
        left = row.left or left
        new.append(row)
        filled += _height(row, room)
    yield old, new


def _room(rows: Sequence[Row]) -> float:
    return ROOM - max(width(row.left) for row in rows)


def _height(row: Row, room: float) -> float:
    lines = list(broken(row, room))
    below = max((found[1].count(r"\\") + 1 for found in _BELOW.finditer("".join(row.right))), default=0)
    return sum(_line_height("".join(line)) for line in lines) + UNDER * below


def _line_height(line: str) -> float:
    deepest = max((found[1].count(r"\\") for found in _MATRIX.finditer(line)), default=0)
    return (TALL if any(sign in line for sign in TALLER) else FLAT) + DEEPER * max(deepest - 1, 0)


def _display(old: Row | None, new: Sequence[Row]) -> str:
    """The display, its row k from slide k on, and the reason of row k on slide k."""
    every = [*([old] if old else []), *new]
    room = _room(every)
    lines = [line for line in (_lines(old, room, 0) if old else ())]
    lines += [line for number, row in enumerate(new, 1) for line in _lines(row, room, number)]
    body = " \\\\\n".join(lines)
    high = sum(_height(row, room) for row in every) / HEIGHT
    font = next((name + "\n" for most, name in FONTS if high > most), "")
    reasons = [rf"  \only<{number}>{{{sentence(row.reason)}}}" for number, row in enumerate(new, 1) if row.reason]
    foot = "\n".join(["\\begin{reasons}", *reasons, "\\end{reasons}"])
    return f"{font}\\begin{{alignat*}}{{2}}\n{body}\n\\end{{alignat*}}\n" + (foot if reasons else "")


def _lines(row: Row, room: float, number: int) -> Iterator[str]:
    formulas = ["".join(parts) for parts in broken(row, room)]
    for place, text in enumerate(formulas):
        text = rf"\boxed{{{text}}}" if row.boxed and len(formulas) == 1 else text
        right = rf"{row.relation} {text}" if place == 0 else rf"\qquad {text}"
        left = row.left if place == 0 else ""
        tag = rf" &\qquad& {_from(number, _tag(row))}" if row.tag and place == 0 else ""
        yield f"  {_from(number, left)} &{_from(number, '{}' + right)}{tag}"


def _tag(row: Row) -> str:
    return rf"\text{{\color{{mark}}({row.tag})}}"


def _from(number: int, text: str) -> str:
    """Shown from slide `number` on; the first slide shows its row at once."""
    return rf"\uncover<{number}->{{{text}}}" if number > 1 and text else text


def _table(rows: Sequence[Symbol], heads: tuple[str, ...]) -> str:
    if heads:
        return f"\\scriptsize\n{side_by_side(tuple(rows), heads)}"
    body = "\n".join(rf"${row.formula}$ & {row.meaning} & {row.sizes} \\" for row in rows)
    return ("\\renewcommand{\\arraystretch}{1.3}\\small\n"
            f"\\begin{{tabular}}{{@{{}}lp{{0.42\\linewidth}}p{{0.38\\linewidth}}@{{}}}}\n{body}\n\\end{{tabular}}")
