"""A piece of a formula in its author's own words: the source between the ends of its span."""

from __future__ import annotations

from derive.written.tree import Node


def latex_of(node: Node, source: str) -> str:
    """What was written there, cut from the source."""
    return source[node.span.start:node.span.stop]
