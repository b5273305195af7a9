r"""Blocks of a document as Markdown, with formulas for MathJax or KaTeX: $...$ in a line, $$...$$ apart.

In: a block. Out: Markdown as GitHub, Jupyter, Pandoc and MkDocs read it. Displays are `aligned`, with at most
one \tag, outside of it; reasons have no dollars inside, which would end the display.
"""

from __future__ import annotations

import base64
import re

from derive.content import Block, Display, Listing, Picture, Prose, Row, Section, Symbols
from derive.latex.align import align
from derive.prose import runs, sentence

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")
_INSIDE = re.compile(r"\$([^$]*)\$")
_TAG = re.compile(r" \\tag\{([^{}]*)\}")


def section(part: Section) -> str:
    """A heading and its blocks."""
    return "\n\n".join([f"## {words(part.title)}", *(block(b) for b in part.blocks)])


def block(given: Block) -> str:
    match given:
        case Prose(text):
            return words(text)
        case Display(rows, condition):
            return (f"{words(sentence(condition))}:\n\n" if condition else "") + display(rows)
        case Symbols(rows):
            return table([(f"${row.formula}$", row.meaning, row.sizes) for row in rows])
        case Picture(_, _, caption):
            return f"![{words(caption)}]({picture_address(given)})"
        case Listing(code, language):
            return f"```{language}\n{code.strip()}\n```"


def words(prose: str) -> str:
    """Prose; what Markdown takes for markup is escaped outside of formulas."""
    return "".join(f"${run.text}$" if run.formula else _SPECIAL.sub(r"\\\1", run.text) for run in runs(prose))


def display(rows: tuple[Row, ...]) -> str:
    """The rows at their equals signs; the only tag stands outside, one of several in its row."""
    text = align(rows).replace(r"\begin{alignat*}{2}", r"\begin{aligned}").replace(r"\end{alignat*}", r"\end{aligned}")
    tags = _TAG.findall(text)
    text = _TAG.sub("" if len(tags) == 1 else r" \\quad\\text{(\1)}", text)
    text = _INSIDE.sub(r"}{\\textstyle \1}\\text{", text).replace(r"\text{}", "")
    return f"$$\n{text}" + (rf" \tag{{{tags[0]}}}" if len(tags) == 1 else "") + "\n$$"


def table(rows: list[tuple[str, str, str]]) -> str:
    """Three columns; a bar inside a formula would start a fourth."""
    cells = [[words(cell).replace("|", r"\vert ") if "$" in cell else words(cell) for cell in row] for row in rows]
    lines = ["| Symbol | Meaning | Range or size |", "| --- | --- | --- |"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in cells])


def picture_address(picture: Picture) -> str:
    """The picture itself, as an address."""
    return f"data:image/svg+xml;base64,{base64.b64encode(picture.svg.encode()).decode()}"
