"""A document as LaTeX: every block in the words of amsmath."""

from __future__ import annotations

from derive.content import Block, Display, Document, Listing, Picture, Prose, Symbol, Symbols
from derive.latex.align import align
from derive.latex.pairs import side_by_side
from derive.templates import environment


def filled(template: str, document: Document) -> str:
    """The document in a template that gets (heading, [source of each block]) for each section."""
    sections = [(section.title, [block_text(block) for block in section.blocks]) for section in document.sections]
    return environment().get_template(template).render(
        title=document.title, subtitle=document.subtitle, sections=sections)


def block_text(block: Block) -> str:
    match block:
        case Prose(text):
            return text
        case Display(rows, condition):
            said = f"{condition[:1].upper()}{condition[1:]}:\n" if condition else ""
            return said + align(rows)
        case Symbols(rows, heads):
            return side_by_side(rows, heads) if heads else table(rows)
        case Picture(_, tikz, caption):
            return f"\\begin{{center}}\n{tikz.strip()}\\\\[4pt]\n{{\\small {caption}}}\n\\end{{center}}"
        case Listing(code, _):
            return f"\\begin{{verbatim}}\n{code.strip()}\n\\end{{verbatim}}"


def table(rows: tuple[Symbol, ...]) -> str:
    """Formula, meaning and sizes in three columns; what is long breaks."""
    body = "\n".join(f"${row.formula}$ & {row.meaning} & {row.sizes} \\\\" for row in rows)
    columns = r"@{}lp{0.4\linewidth}p{0.44\linewidth}@{}"
    return f"\n{{\\renewcommand{{\\arraystretch}}{{1.25}}\n\\begin{{tabular}}{{{columns}}}\n{body}\n\\end{{tabular}}}}"


def side_by_side(rows: tuple[Symbol, ...], heads: tuple[str, ...]) -> str:
    """Two columns of formulas under their heads, and what they are."""
    lines = [" & ".join(rf"\textbf{{{head}}}" if head else "" for head in heads)]
    lines += [f"${row.formula}$ & {row.meaning} & {row.sizes}" for row in rows]
    body = "\n".join(rf"\raggedright {line} \tabularnewline[4pt]" for line in lines).replace(" & ", r" & \raggedright ")
    widths = "".join(rf"p{{{part}\linewidth}}" for part in (0.4, 0.4, 0.14))
    return f"\n\\begin{{tabular}}{{@{{}}{widths}@{{}}}}\n{body}\n\\end{{tabular}}"
