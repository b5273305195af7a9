"""The indices of a term that no sum of it binds."""

from __future__ import annotations

from derive.claims import terms as T


def free_letters(term: T.Term) -> tuple[str, ...]:
    """The free indices, in order."""
    return term.free
