r"""Where in a formula the mistakes look: terms, factors, functions at their arguments, marks, letters.

    2 w^T \sigma'(z) + b      terms: 2 w^T \sigma'(z), b     factors: 2, w^T, \sigma'(z)     marks: T
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from derive.errors import clip
from derive.mistake.written import Known, Place, Written
from derive.written.tree import (
    Add,
    Big,
    Group,
    Listing,
    Mark,
    Name,
    Negative,
    Node,
    Number,
    Product,
    Scripted,
    Span,
)

MATRIX_SIGNS = ("", ".", "@")
HADAMARD_SIGNS = ("odot", "circ", "*", "x", "otimes")
MOST_SUFFIXES = 12


@dataclass(frozen=True)
class Unit:
    """A factor, or a function with the bracket behind it: what moves as one."""

    nodes: tuple[Node, ...]
    place: Place
    first: int

    @property
    def span(self) -> Span:
        return Span(self.nodes[0].span.start, self.nodes[-1].span.stop)

    @property
    def applied(self) -> bool:
        return len(self.nodes) > 1


def quoted(written: Written, text: str) -> str:
    """A piece of the formula within a sentence."""
    shown = clip(" ".join(text.split()), 90)
    return f"`{shown}`" if written.language == "python" else f"${shown}$"


def letter(node: Node) -> str:
    """The letter a node is built on: sigma of \\sigma'^{l}."""
    return node.letter if isinstance(node, Name) else letter(node.base) if isinstance(node, Scripted) else ""


def is_function(written: Written, node: Node) -> bool:
    meaning = written.meaning(node)
    if meaning is not None:
        return meaning.kind == "function"
    return isinstance(node, Scripted) and node.primes > 0 or letter(node) in ("sigma", "phi")


def units(written: Written, place: Place) -> list[Unit]:
    """The factors of a product, a function together with its bracket."""
    product = place.node
    assert isinstance(product, Product)
    found: list[Unit] = []
    i = 0
    while i < len(product.factors):
        one = product.factors[i]
        follows = product.factors[i + 1] if i + 1 < len(product.factors) and not product.signs[i] else None
        wide = isinstance(follows, Group) and (is_function(written, one) or _together(written, one, follows))
        nodes = product.factors[i:i + 2] if wide else (one,)
        found.append(Unit(nodes, place, i))
        i += len(nodes)
    return found


def _together(written: Written, head: Node, group: Group) -> bool:
    r"""Whether the given equations write these with each other: the h_\theta(x) of h_\theta(x) = \sigma(\theta^T x)."""
    text = "".join(written.source[head.span.start:group.span.stop].split())
    return isinstance(head, Name | Scripted) and any(text in "".join(line.split()) for line in written.context)


def products(written: Written, left: bool = False) -> Iterator[tuple[Place, list[Unit]]]:
    """Every product of at least two units."""
    for place in written.places(left):
        if isinstance(place.node, Product) and not in_marks(place):
            listed = units(written, place)
            if len(listed) > 1:
                yield place, listed


def in_marks(place: Place) -> bool:
    return isinstance(place.node, Mark) or any(isinstance(node, Mark) for node in place.above)


def terms(written: Written) -> Iterator[Place]:
    """Whole sides first, then what is added up within them; a Negative is looked through."""
    listed = [p for p in written.places() if not in_marks(p)]
    yield from (p for p in listed if not p.above)
    for place in listed:
        if isinstance(place.parent, Add | Negative) and not isinstance(place.node, Negative):
            yield place
        elif isinstance(place.parent, Group) and not isinstance(place.node, Add | Negative | Name | Scripted):
            yield place
        elif isinstance(place.parent, Big) and place.node is place.parent.body:
            yield place


def applications(written: Written, left: bool = False) -> Iterator[tuple[Place, Node, Group]]:
    """Every f(x): the product it stands in, the function, the bracket."""
    for place in written.places(left):
        if isinstance(place.node, Product):
            for unit in units(written, place):
                if len(unit.nodes) == 2 and isinstance(unit.nodes[1], Group):
                    yield place, unit.nodes[0], unit.nodes[1]


def marks(written: Written, left: bool = False) -> Iterator[tuple[Place, Mark, bool]]:
    """Every mark with its owner's place; True for those below."""
    for place in written.places(left):
        if isinstance(place.node, Scripted):
            for mark in place.node.below:
                yield place, mark, True
            for mark in place.node.above:
                yield place, mark, False


def indices(mark: Mark) -> tuple[Node, ...]:
    """j and k of jk or j,k."""
    content = mark.content
    if isinstance(content, Listing):
        return content.items
    if isinstance(content, Product) and not any(content.signs):
        return content.factors
    return ()


def names_in(node: Node) -> Iterator[Name]:
    return (one for one in node.walk() if isinstance(one, Name))


def plain(node: Node) -> Node:
    """The node within round brackets."""
    while isinstance(node, Group) and node.bracket in ("(", "{", "["):
        node = node.content
    return node


def is_one(node: Node) -> bool:
    return isinstance(node, Number) and node.text in ("1", "1.0", "1.")


def complement(node: Node) -> tuple[Node, int] | None:
    """x and n for 1 - x^n, in brackets or bare."""
    inner = plain(node)
    if isinstance(inner, Add) and len(inner.terms) == 2 and is_one(inner.terms[0]):
        second = inner.terms[1]
        if isinstance(second, Negative):
            return second.content, 1
    return None


def remove(written: Written, unit: Unit, listed: list[Unit]) -> tuple[Span, str] | None:
    """The edit that drops a unit from its product, with the sign beside it."""
    product = unit.place.node
    assert isinstance(product, Product)
    at = listed.index(unit)
    if at:
        return Span(listed[at - 1].span.stop, unit.span.stop), ""
    if product.signs[len(unit.nodes) - 1] == "/":
        return unit.span, "1"
    return Span(unit.span.start, listed[1].span.start), ""


def suffix(written: Written, node: Scripted) -> str:
    """What hangs on the letter: ^{l-1}_k."""
    return written.source[node.base.span.stop:node.span.stop]


def suffixes(written: Written) -> list[str]:
    """All that hangs on letters anywhere in the formula, in order of appearance, without transposes and primes."""
    found: dict[str, None] = {}
    for node in written.tree.walk():
        if isinstance(node, Scripted) and not node.primes and isinstance(node.base, Name):
            text = suffix(written, node)
            if text.count("{") == text.count("}"):
                found.setdefault(re.sub(r"\^(?:\{\\?(?:T|top)\}|\\?(?:T|top)\b)", "", text).strip(), None)
    return list(found)[:MOST_SUFFIXES]


def spelled(written: Written, known: Known) -> Iterator[str]:
    """A known variable as it may stand in this formula: its example, then with the marks of the other letters."""
    seen: dict[str, None] = {known.example: None}
    hung = known.base[-1:] == "}" and "_{" in known.base
    if known.meaning.kind != "derivative":
        for tail in suffixes(written):
            if hung and tail.startswith("_"):
                continue  # TeX has no x_{a}_b
            if known.example != known.base or tail.startswith("_"):
                seen.setdefault(known.base + tail, None)
            if tail.startswith("_") and "^" not in tail and "_" not in known.example and "^" in known.example:
                seen.setdefault(known.example + tail, None)
    yield from seen


def variables(written: Written) -> Iterator[Known]:
    return (known for known in written.names if known.meaning.kind in ("variable", "derivative", "constant"))


def factor_text(written: Written, unit: Unit) -> str:
    if len(unit.nodes) == 1:
        return written.writing.factor(unit.nodes[0])
    return written.source[unit.span.start:unit.span.stop]


