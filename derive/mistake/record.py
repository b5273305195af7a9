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
    for edit in sorted(edits, key=lambda e: (e.span.start, e.span.stop), reverse=True):
        source = source[:edit.span.start] + edit.text + source[edit.span.stop:]
    return source
