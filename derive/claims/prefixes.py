r"""d before a letter makes one name: dW is a gradient, not a product.

    d W^{[2]}      ->      a letter "d W" with the mark [2]

In: a tree. Out: the tree with such pairs merged. A context that has a letter d of its own keeps it as a factor.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from derive.claims.spelling import letter_of
from derive.written.tree import Group, Mark, Name, Node, Product, Scripted, Span, field_names, mapped

UNDERIVED = ("d", "delta", "Delta", "partial")
"""What people put before a letter for its gradient."""


def prefix_of(node: Node) -> str:
    """The d of a line that begins with dW."""
    if isinstance(node, Product) and len(node.factors) == 2 and node.signs == ("",) and isinstance(
            node.factors[0], Name) and node.factors[0].letter in UNDERIVED and isinstance(
            node.factors[1], Name | Scripted):
        return node.factors[0].letter
    return ""


_N = TypeVar("_N", bound=Node)


def merged(node: _N, prefixes: frozenset[str]) -> _N:
    """The tree with every prefix joined to the letter after it."""
    return mapped(node, lambda one: _product(one, prefixes) if isinstance(one, Product) else one)


def _product(node: Product, prefixes: frozenset[str]) -> Node:
    factors, signs = list(node.factors), list(node.signs)
    at = 0
    while at + 1 < len(factors):
        head, after = factors[at], factors[at + 1]
        if signs[at] == "" and isinstance(head, Name) and head.letter in prefixes and (one := _joined(head, after)):
            factors[at:at + 2], signs[at:at + 1] = [one], []
        at += 1
    if len(factors) == len(node.factors):
        return node
    return factors[0] if len(factors) == 1 else replace(node, factors=tuple(factors), signs=tuple(signs))


def _joined(head: Name, after: Node) -> Node | None:
    span = Span(head.span.start, after.span.stop)
    if isinstance(after, Name):
        return replace(after, span=span, letter=f"{head.letter} {letter_of(after)}", accents=(), font="")
    if isinstance(after, Scripted) and (base := _joined(head, after.base)) is not None:
        return replace(after, span=span, base=base)
    if isinstance(after, Group) and after.bracket == "{" and (inner := _joined(head, after.content)) is not None:
        return replace(after, span=span, content=inner)
    return None


def substituted(node: Node, old: Node, new: Node) -> Node:
    """The tree with every occurrence of a part replaced, in exponents as well; indices stay."""
    if node == old:
        return replace(new, span=node.span)
    if isinstance(node, Scripted):
        above = tuple(mark if mark.bracket else replace(mark, content=substituted(mark.content, old, new))
                      for mark in node.above)
        return replace(node, base=substituted(node.base, old, new), above=above)
    changes = {name: value for name in field_names(type(node))
               if (value := _substituted(getattr(node, name), old, new)) is not getattr(node, name)}
    return replace(node, **changes) if changes else node  # type: ignore[arg-type]


def _substituted(value: object, old: Node, new: Node) -> object:
    if isinstance(value, Mark):
        return value
    if isinstance(value, Node):
        return substituted(value, old, new)
    return tuple(_substituted(one, old, new) for one in value) if isinstance(value, tuple) and value else value
