"""A table of formulas side by side as LaTeX: two columns under their heads, and what they are."""

from __future__ import annotations

from derive.document.content import Symbol

WIDTHS = (0.4, 0.4, 0.13)
"""Parts of a line; a formula that is wider breaks behind its signs."""


def side_by_side(rows: tuple[Symbol, ...], heads: tuple[str, ...]) -> str:
    lines = [tuple(rf"\textbf{{{head}}}" if head else "" for head in heads)]
    lines += [(f"${row.formula}$", row.meaning, row.sizes) for row in rows]
    lines = [tuple(cell.replace("$", r"$\displaystyle ", 1) if cell.startswith("$") else cell for cell in line)
             for line in lines]
    body = "\n".join(" & ".join(rf"\raggedright {cell}" for cell in line) + r" \tabularnewline[6pt]" for line in lines)
    widths = "".join(rf"p{{{part}\linewidth}}" for part in WIDTHS)
    return f"\n\\begin{{tabular}}{{@{{}}{widths}@{{}}}}\n{body}\n\\end{{tabular}}"
