"""One file an output language: its `ENTRY` turns an explanation into the text of a module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from derive.errors import DeriveError, nearest
from derive.registry import discover


@dataclass(frozen=True)
class Target:
    """`emit(explanation, dtype)` gives the text of a module; `suffix` is that of its file."""

    name: str
    suffix: str
    emit: Callable[..., str]


def target(name: str) -> Target:
    """The output language of that name."""
    known = {entry.name: entry for entry in discover("derive.targets")}
    if name not in known:
        raise DeriveError(f"there is no output language '{name}'", do=nearest(name, sorted(known)))
    return known[name]
