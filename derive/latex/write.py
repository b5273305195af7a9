"""A document as LaTeX: every block in the words of amsmath."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from derive.document.content import Block, Display, Document, Listing, Picture, Prose, Symbol, Symbols
from derive.latex.align import PAGE, in_step, said, together
from derive.latex.measure import width
from derive.latex.pairs import side_by_side
from derive.templates import environment

WIDE = 10.0
"""From this width on the formulas of a table leave less room for what they mean."""
WHOLE, PART = 12, 6
"""A table of more rows than this is taken apart into so many rows, between which a page may end."""


def filled(template: str, document: Document) -> str:
    """The document in a template that gets (heading, [source of each block]) for each section."""
    sections = [(section.title, sources(section.blocks)) for section in document.sections]
    return environment().get_template(template).render(
        title=document.title, subtitle=document.subtitle, sections=sections, macros=document.macros,
        apart=next((section.title for section in document.sections if section.apart), ""),
        pictures=any(isinstance(block, Picture) for section in document.sections for block in section.blocks))


def sources(blocks: Iterable[Block]) -> list[str]:
    """Each block in LaTeX; a paragraph after another, or after a table, begins anew."""
    texts: list[str] = []
    before: Block | Aligned | None = None
    for block in merged(blocks):
        anew = isinstance(block, Prose) and isinstance(before, Prose | Symbols)
        texts.append("\n" * anew + block_text(block))
        before = block
    return texts


@dataclass(frozen=True)
class Aligned:
    """Displays that stand under each other."""

    displays: tuple[Display, ...]


def merged(blocks: Iterable[Block]) -> Iterator[Block | Aligned]:
    """Displays that follow each other as one, where they fit."""
    for shown, group in groupby(blocks, lambda block: isinstance(block, Display)):
        some = list(group)
        displays = tuple(block for block in some if isinstance(block, Display))
        if shown and len(displays) > 1 and in_step(displays):
            yield Aligned(displays)
        else:
            yield from some


def block_text(block: Block | Aligned) -> str:
    """One block in LaTeX."""
    match block:
        case Prose(text):
            return text
        case Display(_, condition):
            return (f"{said(block)}\n" if condition else "") + together([block])
        case Aligned(displays):
            return (f"{said(displays[0])}\n" if displays[0].condition else "") + together(displays)
        case Symbols(rows, heads):
            return side_by_side(rows, heads) if heads else table(rows)
        case Picture(_, tikz, caption):
            return f"\\begin{{center}}\n{tikz.strip()}\\\\[4pt]\n{{\\small {caption}}}\n\\end{{center}}"
        case Listing(code, _):
            return f"\\begin{{verbatim}}\n{code.strip()}\n\\end{{verbatim}}"


def table(rows: tuple[Symbol, ...]) -> str:
    """Formula, meaning and sizes in three columns; what is long breaks, and a long table between pages."""
    parts = [rows[start:start + PART] for start in range(0, len(rows), PART)] if len(rows) > WHOLE else [rows]
    widest = max(width(row.formula) for row in rows)
    first = "l" if len(parts) == 1 else rf"p{{{widest / PAGE + 0.01:.2f}\linewidth}}"
    wide = 0.08 * (widest > WIDE)  # of several letters in one row
    columns = rf"@{{}}{first}p{{{0.4 - wide:.2g}\linewidth}}p{{{0.44 - wide:.2g}\linewidth}}@{{}}"
    bodies = ("\n".join(f"${row.formula}$ & {row.meaning} & {row.sizes} \\\\" for row in part) for part in parts)
    close = "\n\n\\setlength{\\parskip}{0pt}\n"
    tables = close.join(f"\\begin{{tabular}}{{{columns}}}\n{body}\n\\end{{tabular}}" for body in bodies)
    high = 1.4 if any(mark in row.formula for row in rows for mark in ("^{[", "^{(")) else 1.25
    return f"\n{{\\renewcommand{{\\arraystretch}}{{{high}}}\n{tables}}}"
