"""A page: how a document is written down. Found by looking into derive/pages/, one file each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from derive.document.content import Document
from derive.errors import DeriveError, nearest
from derive.registry import discover


@dataclass(frozen=True)
class Page:
    """`write` gives the text, or the bytes, of a file whose name ends in `suffix`.

    A page that `runs` its listings is given the generated code with the document.
    """

    name: str
    suffix: str
    write: Callable[[Document], str | bytes]
    runs: bool = False


@cache
def pages() -> dict[str, Page]:
    """Every page in derive/pages/, by name."""
    return {entry.name: entry for entry in discover("derive.pages")}


def page(name: str) -> Page:
    """The page of that name."""
    known = pages()
    if name not in known:
        raise DeriveError(f"there is no format '{name}'", do=nearest(name, sorted(known)))
    return known[name]
