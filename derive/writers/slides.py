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
HEIGHT, TALL, FLAT = 3.9, 1.0, 0.6
"""Of a slide, of a line with a fraction or a sum, of another line."""
UNDER = 0.25
"""What a line of conditions under a sum adds to a line."""
_BELOW = re.compile(r"\\substack\{(.*?)\}")
SMALL = r"\fontsize{6}{7.2}\selectfont"
LETTERS, SYMBOLS, CODE = 520, 8, 24
"""What a slide takes of prose, of rows of a table, of lines of code."""


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
        if said and (len(said) > LETTERS / 2 or not isinstance(block, Display)):
            yield Frame(part.title, said)
            said = ""
        for number, body in enumerate(_bodies(block)):
            yield Frame(part.title, body if number else said + body, isinstance(block, Listing))
        said = ""
    if said:
        yield Frame(part.title, said)


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
    left, filled = "", 0.0
    for row in rows:
        if new and filled + _height(row) > HEIGHT:
            yield old, new
            old = replace(new[-1], left=left, tag="", boxed=False) if not row.left else None
            new, filled = [], _height(old) if old else 0.0
        left = row.left or left
        new.append(row)
        filled += _height(row)
    yield old, new


def _height(row: Row) -> float:
    lines = list(broken(row, ROOM - width(row.left)))
    tall = sum(TALL if any(r"\frac" in p or r"\sum" in p or r"\brace" in p for p in line) else FLAT for line in lines)
    below = max((found[1].count(r"\\") + 1 for found in _BELOW.finditer("".join(row.right))), default=0)
    return tall + UNDER * below


def _display(old: Row | None, new: Sequence[Row]) -> str:
    """The display, its row k from slide k on, and the reason of row k on slide k."""
    room = ROOM - max(width(row.left) for row in ([old] if old else []) + list(new))
    lines = [line for line in (_lines(old, room, 0) if old else ())]
    lines += [line for number, row in enumerate(new, 1) for line in _lines(row, room, number)]
    body = " \\\\\n".join(lines)
    reasons = [rf"  \only<{number}>{{{sentence(row.reason)}}}" for number, row in enumerate(new, 1) if row.reason]
    foot = "\n".join(["\\begin{reasons}", *reasons, "\\end{reasons}"])
    return f"\\begin{{alignat*}}{{2}}\n{body}\n\\end{{alignat*}}\n" + (foot if reasons else "")


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
