"""Indices as they are typed without LaTeX: a1[k], w[2][j,k], delta[2][j].

    w[2][j,k]      layer 2 above, j and k below

In: the parser behind a letter, in a text without commands. Out: marks; brackets that hold anything but indices are left
for a product.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.written.latex.scripts import Scripts
from derive.written.tree import Add, Group, Listing, Mark, Name, Negative, Node, Number

if TYPE_CHECKING:
    from derive.written.latex.marks import Parser

INDICES = frozenset("cdhijklmnopqrstuv")


def subscripts(parser: Parser, found: Scripts) -> None:
    """All brackets with indices that follow directly."""
    while parser.token[:2] == ("open", "[") and not parser.token.spaced:
        start = parser.at
        group = parser.group()
        assert isinstance(group, Group)
        items = group.content.items if isinstance(group.content, Listing) else (group.content,)
        numbered = len(items) == 1 and isinstance(items[0], Number) and not (found.above or found.below)
        alone = numbered and parser.token[:2] != ("open", "[")  # g[1](z) is a product's business
        if alone or not all(map(_counts, items)):
            parser.at = start
            return
        marks = found.above if numbered else found.below
        marks.extend(Mark(item.span, "", item) for item in items)


def _counts(node: Node) -> bool:
    """j, 2, j + 1, t - 1"""
    if isinstance(node, Add):
        return all(map(_counts, node.terms))
    if isinstance(node, Negative):
        return _counts(node.content)
    return isinstance(node, Number) or isinstance(node, Name) and node.letter in INDICES and not node.accents
