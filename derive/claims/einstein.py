r"""Sums that nobody writes: an index that occurs twice in a product is summed over.

    y_i = W_{ij} x_j      Reduced(sum, (j,), W_{ij} x_j)

In: a line, or a term and the indices free on its left. Out: the indices that are meant, or the term with its sums.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from derive.claims import terms as T
from derive.claims.letters import free_letters
from derive.claims.lines import spelled_names
from derive.claims.spelling import names_in
from derive.written.tree import Node


def repeated(tree: Node) -> frozenset[str]:
    """The letters that stand below two letters of a line."""
    counts = Counter(name for one in spelled_names(tree) for hanging in one.hangings if hanging.place == "below"
                     for name in names_in(hanging.node))
    return frozenset(name for name, count in counts.items() if count > 1)


def einstein(term: T.Term, free: tuple[str, ...]) -> T.Term:
    """Indices that occur twice in a product, and not on the left, are summed over."""
    if isinstance(term, T.Sum):
        return replace(term, terms=tuple(einstein(one, free) for one in term.terms))
    if isinstance(term, T.Opposite | T.Reduced):
        inner = term.content if isinstance(term, T.Opposite) else term.body
        changed = einstein(inner, free if isinstance(term, T.Opposite) else (*free, *term.letters))
        return replace(term, content=changed) if isinstance(term, T.Opposite) else replace(term, body=changed)
    counts = Counter(node.name for node in term.walk() if isinstance(node, T.Letter))
    letters = tuple(name for name in free_letters(term) if name not in free and counts[name] > 1)
    return T.Reduced(term.span, "sum", letters, term) if letters else term
