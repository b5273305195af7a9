r"""An edit of the written text, and a kind of mistake as the edits that would mend it.

    source[:start] + text + source[stop:]        everything else stays as its author wrote it
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from derive.mistake.written import Written
from derive.written.tree import Span


@dataclass(frozen=True)
class Edit:
    """`source[span]` becomes `text`. `said` is the sentence for the reader, its names filled in.

    `weight` orders the search: small and common edits come first. `part` is the side of the chain it changes.
    """

    span: Span
    text: str
    said: str
    mistake: str
    weight: int
    part: int = -1
    also: tuple[str, ...] = ()
    """Other kinds of mistake that the same correction could be called."""

    def touches(self, other: Edit) -> bool:
        """Do the two change the same place? Then they cannot be made together."""
        if self.span == other.span:
            return True
        return self.span.start < other.span.stop and other.span.start < self.span.stop


@dataclass(frozen=True)
class Mistake:
    """One kind of mistake. `name` is what reports and JSON call it, `title` is for a list of all of them."""

    name: str
    title: str
    edits: Callable[[Written], Iterator[Edit]]


def corrected(source: str, edits: Iterable[Edit]) -> str:
    """The formula with all edits made; they must not touch each other."""
    return _shown(source, edits, lambda old, new: new)


def marked_text(source: str, edits: Iterable[Edit]) -> str:
    """The corrected formula with every changed place between >> and <<."""
    return _shown(source, edits, lambda old, new: f">>{new}<<")


def marked_latex(source: str, edits: Iterable[Edit]) -> str:
    r"""The corrected formula with every changed place in colour, for pages.

    Where nothing but a deletion happened there is nothing left to colour; a small mark shows the place.
    """
    return _shown(source, edits, lambda old, new: rf"{{\color{{red}}{new}}}" if new.strip() and _closed(new)
                  else new or r"{\color{red}{}_{\wedge}}")


def _shown(source: str, edits: Iterable[Edit], shown: Callable[[str, str], str]) -> str:
    for edit in sorted(edits, key=lambda e: (e.span.start, e.span.stop), reverse=True):
        start, stop = edit.span.start, edit.span.stop
        source = source[:start] + shown(source[start:stop], edit.text) + source[stop:]
    return source


def _closed(text: str) -> bool:
    """Can the text stand in braces of its own? A lone bracket, script or \\left cannot."""
    return (text.count("{") == text.count("}") and text.count(r"\left") == text.count(r"\right")
            and not text.lstrip().startswith(("^", "_", "'")))
