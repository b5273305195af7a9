"""What a document says, apart from how a page writes it: sections of prose, displays and tables.

In: nothing. Out: plain data. Every text is prose with formulas between dollars, every formula is
LaTeX mathematics; a writer (LaTeX, Markdown, HTML, a notebook) turns them into its page.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One equals sign. `right` is the sum in pieces, each with its sign; `reason` is prose."""

    left: str
    right: tuple[str, ...]
    reason: str = ""
    tag: str = ""
    boxed: bool = False
    relation: str = "="


@dataclass(frozen=True)
class Prose:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Display:
    """Rows aligned at their equals signs; `condition` says in prose when they hold ("for l < L")."""

    rows: tuple[Row, ...]
    condition: str = ""


@dataclass(frozen=True)
class Symbol:
    """A formula, what it means, and its range or shape."""

    formula: str
    meaning: str
    sizes: str = ""


@dataclass(frozen=True)
class Symbols:
    """The table of symbols. `heads`, where there are any, name the columns; then all are formulas or prose."""

    rows: tuple[Symbol, ...]
    heads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picture:
    """One drawing, twice; `caption` is prose and says what it shows."""

    svg: str
    tikz: str
    caption: str


@dataclass(frozen=True)
class Listing:
    """Source code that runs; a notebook runs it."""

    code: str
    language: str = "python"


Block = Prose | Display | Symbols | Picture | Listing


@dataclass(frozen=True)
class Section:
    """A heading (prose) and what stands under it."""

    title: str
    blocks: tuple[Block, ...]
    apart: bool = False
    """Whether it begins a part of its own, on a new page where there are pages."""


@dataclass(frozen=True)
class Document:
    """A whole derivation, ready for any writer."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    macros: str = ""
    """LaTeX that defines what the formulas use beyond amsmath."""
