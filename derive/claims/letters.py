"""The indices of a term that no sum of it binds."""

from __future__ import annotations

from derive.claims import terms as T


def free_letters(term: T.Term, bound: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The free indices, in order."""
    if isinstance(term, T.Letter):
        return () if term.name in bound else (term.name,)
    inner = bound | frozenset(term.letters) if isinstance(term, T.Reduced) else bound
    return tuple(dict.fromkeys(name for child in term.children() for name in free_letters(child, inner)))
