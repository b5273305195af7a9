"""One file an output language: its `ENTRY` turns an explanation into the text of a module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from derive.errors import DeriveError, nearest
from derive.registry import discover


@dataclass(frozen=True)
class Target:
    """`emit(explanation, dtype)` gives the text of a module; `suffix` is that of its file.

    `variants(explanation, dtype, tags)` gives a function that writes the fast module again and again, with
    constants `measured=` and words `tuned=` about them; a language that has none cannot be tuned.
    """

    name: str
    suffix: str
    emit: Callable[..., str]
    variants: Callable[..., Callable[..., str]] | None = None


def target(name: str) -> Target:
    """The output language of that name."""
    known = {entry.name: entry for entry in discover("derive.targets")}
    if name not in known:
        raise DeriveError(f"there is no output language '{name}'", do=nearest(name, sorted(known)))
    return known[name]
