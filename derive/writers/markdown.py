r"""Blocks of a document as Markdown, with formulas for MathJax or KaTeX: $...$ in a line, $$...$$ apart.

In: a block. Out: Markdown as GitHub, Jupyter, Pandoc and MkDocs read it. Displays are `aligned`, with at most
one \tag, outside of it; reasons have no dollars inside, which would end the display.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Sequence

from derive.document.content import Block, Display, Listing, Picture, Prose, Row, Section, Symbols
from derive.document.prose import runs, sentence
from derive.latex.align import align

HEADS = ("Symbol", "Meaning", "Range or size")
MOST = 20
"""Rows in one display."""
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")
_INSIDE = re.compile(r"\$([^$]*)\$")
_PORTABLE = {r"\,": r"\thinspace ", r"\;": r"\thickspace ", r"\!": r"\negthinspace ", r"\{": r"\lbrace ",
             r"\}": r"\rbrace ", r"\|": r"\Vert ", r"\operatorname": r"\mathrm", "_": "_ ", "*": r"\ast ",
             "<": " < ", ">": " > "}
"""What stands for signs from which GitHub takes the backslash, that it takes for emphasis or tags, or refuses. A tag
has a letter right behind its bracket; `\\lt` is no LaTeX, which Pandoc makes of a page."""
_SIGN = re.compile(r"\\\\(?:\[-?\d+pt\])?(?P<row>)|\\[A-Za-z]+|\\.|(?<![A-Za-z0-9])_|\*| *[<>] *")
_TAG = re.compile(r" \\tag\{([^{}]*)\}")


def section(part: Section) -> str:
    """A heading and its blocks."""
    return "\n\n".join([f"## {words(part.title)}", *(block(b) for b in part.blocks)])


def block(given: Block) -> str:
    match given:
        case Prose(text):
            return words(text)
        case Display(rows, condition):
            said = f"{words(sentence(condition))}:\n\n" if condition else ""
            return said + "\n\n".join(portable(display(some)) for some in parts(rows))
        case Symbols(rows, heads):
            columns = 3 if any(row.sizes for row in rows) else 2
            cells = [(f"${row.formula}$", row.meaning, row.sizes)[:columns] for row in rows]
            return table((heads or HEADS)[:columns], cells)
        case Picture(_, _, caption):
            return f"![{words(caption)}]({picture_address(given)})"
        case Listing(code, language):
            return f"```{language}\n{code.strip()}\n```"


def portable(formula: str) -> str:
    r"""A formula that Markdown leaves alone: \cr for a double backslash, \thinspace for \,."""
    return _SIGN.sub(_sign, formula)


def _sign(found: re.Match[str]) -> str:
    return r"\cr" if found["row"] is not None else _PORTABLE.get(found[0].strip(), found[0])


def words(prose: str) -> str:
    """Prose; what Markdown takes for markup is escaped outside of formulas."""
    return "".join(f"${portable(run.text)}$" if run.formula else _SPECIAL.sub(r"\\\1", run.text) for run in runs(prose))


def display(rows: tuple[Row, ...]) -> str:
    """The rows at their equals signs; the only tag stands outside, one of several in its row."""
    text = align(rows).replace(r"\begin{alignat*}{2}", r"\begin{aligned}").replace(r"\end{alignat*}", r"\end{aligned}")
    tags = _TAG.findall(text)
    text = _TAG.sub("" if len(tags) == 1 else r" \\quad\\text{(\1)}", text)
    text = _INSIDE.sub(r"}{\\textstyle \1}\\text{", text).replace(r"\text{}", "")
    return f"$$\n{text}" + (rf" \tag{{{tags[0]}}}" if len(tags) == 1 else "") + "\n$$"


def parts(rows: tuple[Row, ...]) -> Iterator[tuple[Row, ...]]:
    """Rows by `MOST`, parted only where a left side begins: MathJax and KaTeX refuse a formula that is too long."""
    start = 0
    for end, row in enumerate(rows):
        if end - start >= MOST and row.left:
            yield rows[start:end]
            start = end
    yield rows[start:]


def table(heads: Sequence[str], rows: Iterable[tuple[str, ...]]) -> str:
    """A bar inside a formula would start a column of its own."""
    cells = [[_INSIDE.sub(lambda found: found[0].replace("|", r"\vert "), words(cell)) for cell in row] for row in rows]
    lines = [[words(head) for head in heads], ["---"] * len(heads), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def picture_address(picture: Picture) -> str:
    """The picture itself, as an address."""
    return f"data:image/svg+xml;base64,{base64.b64encode(picture.svg.encode()).decode()}"
