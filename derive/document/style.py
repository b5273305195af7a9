r"""How a derivation is shown: where its reasons stand, what is boxed and tagged, and which macros it uses.

In: a document. Out: the same document, its formulas untouched, for any page.

    column   a = b        because              over   a \overset{(1)}{=} b      prose   Because ...:
                                                      (1) because                       a = b
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Literal, get_args

from derive.document.content import Block, Display, Document, Prose, Row
from derive.errors import DeriveError, nearest

Reasons = Literal["column", "over", "prose"]
PLACES: tuple[Reasons, ...] = get_args(Reasons)
SHORT = 14
"""A reason of so many letters stands over the equals sign itself."""


@dataclass(frozen=True)
class Style:
    """The defaults are a textbook's."""

    reasons: Reasons = "column"
    boxed: bool = True
    tags: bool = True
    macros: bool = False
    """Derivatives, products and transposes as macros, which a lecturer may redefine; for LaTeX alone."""


def style(reasons: str, *, boxed: bool = True, tags: bool = True, macros: bool = False) -> Style:
    """A style from words that a user typed."""
    for known in PLACES:
        if reasons == known:
            return Style(known, boxed, tags, macros)
    raise DeriveError(f"reasons cannot stand '{reasons}'", do=nearest(reasons, list(PLACES)))


def styled(document: Document, style: Style) -> Document:
    """The document in this style."""
    sections = tuple(replace(section, blocks=tuple(block for one in section.blocks for block in _blocks(one, style)))
                     for section in document.sections)
    shown = replace(document, sections=sections)
    return with_macros(shown) if style.macros else shown


def _blocks(block: Block, style: Style) -> Iterable[Block]:
    if not isinstance(block, Display):
        return [block]
    rows = tuple(replace(row, boxed=row.boxed and style.boxed, tag=row.tag if style.tags else "") for row in block.rows)
    return SHOWN[style.reasons](replace(block, rows=rows))


def _over(display: Display) -> Iterator[Block]:
    """Short reasons over the equals sign; a number there for each longer one, which follows below."""
    rows: list[Row] = []
    below: list[str] = []
    for row in display.rows:
        mark = rf"\text{{{row.reason}}}"
        if row.reason and (len(row.reason) > SHORT or "$" in row.reason):
            below.append(f"({len(below) + 1}) {row.reason}")
            mark = rf"\text{{({len(below)})}}"
        rows.append(replace(row, reason="", relation=rf"\overset{{{mark}}}{{{row.relation}}}") if row.reason else row)
    yield replace(display, rows=tuple(rows))
    if below:
        yield Prose("; ".join(below) + ".")


def _prose(display: Display) -> Iterator[Block]:
    """A sentence, and the step that follows from it; the left side stands again where a sentence has come between."""
    step: list[Row] = []
    left, condition = "", display.condition
    for row in display.rows:
        left = row.left or left
        if row.reason:
            yield from _step(step, condition)
            condition = condition if not step else ""
            yield Prose(_sentence(row.reason, condition))
            step, condition = [replace(row, left=left, reason="")], ""
        else:
            step.append(row)
    yield from _step(step, condition)


def _step(rows: list[Row], condition: str) -> Iterator[Block]:
    if rows:
        yield Display(tuple(rows), condition)


def _sentence(reason: str, condition: str) -> str:
    whole = f"{condition}: {reason}" if condition else reason
    return f"{whole[:1].upper()}{whole[1:]}:"


SHOWN: dict[str, Any] = {"column": lambda display: [display], "over": _over, "prose": _prose}

# -- macros --------------------------------------------------------------------------------

MACROS = ((r"\pd", 2, r"\frac{\partial #1}{\partial #2}"), (r"\had", 0, r"\odot"), (r"\ones", 0, r"\mathbf{1}"))
"""Name, number of arguments, meaning."""
PARTIAL = r"\frac{\partial "


def definitions() -> str:
    """The macros, as a preamble states them."""
    return "\n".join(rf"\newcommand{{{name}}}{f'[{count}]' if count else ''}{{{meaning}}}"
                     for name, count, meaning in MACROS)


def with_macros(document: Document) -> Document:
    """The document with its formulas in macros, and their definitions."""
    changed: Document = _mapped(document)
    return replace(changed, macros=definitions())


def _mapped(part: Any) -> Any:
    """Every text in a tree of records."""
    if isinstance(part, str):
        return in_macros(part)
    if isinstance(part, tuple):
        return tuple(_mapped(one) for one in part)
    if is_dataclass(part) and not isinstance(part, type) and type(part).__name__ not in ("Picture", "Listing"):
        return replace(part, **{field.name: _mapped(getattr(part, field.name)) for field in fields(part)})
    return part


def in_macros(text: str) -> str:
    r"""\frac{\partial C}{\partial w} as \pd{C}{w}."""
    start = text.find(PARTIAL)
    while start >= 0:
        above = _closing(text, start + len(r"\frac"))
        below = _closing(text, above + 1)
        upper, lower = text[start + len(PARTIAL):above], text[above + 2:below]
        if lower.startswith(r"\partial "):
            lower = lower.removeprefix(r"\partial ")
            text = text[:start] + rf"\pd{{{upper}}}{{{lower}}}" + text[below + 1:]
        start = text.find(PARTIAL, start + 1)
    text = re.sub(r"\\odot(?![A-Za-z])", lambda _: r"\had", text)
    return text.replace(r"\mathbf{1}", r"\ones")


def _closing(text: str, start: int) -> int:
    """Where the brace that opens at `start` closes."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return at
    return len(text)
