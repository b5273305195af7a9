r"""A letter with everything that hangs on it, taken apart.

    {W^{(2)}}^{\top}_{jk}    letter W, above [(2)], [T], below [j], [k]

In: a node of the neutral tree. Out: its letter and its hangings in order, whether they were nested or not; what
each of them is (a layer, an index, a label, a power, a transpose) is the context's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from derive.written.tree import Add, Group, Listing, Mark, Name, Negative, Node, Number, Product, Scripted, Text

TRANSPOSES = frozenset({"T", "top", "intercal", "t", "mathsf T", "tr"})


@dataclass(frozen=True)
class Hanging:
    """One thing above or below a letter."""

    place: str
    bracket: str
    node: Node

    @property
    def label(self) -> str:
        """Its text, if it were a label: "hh", "in", "2"."""
        return text_of(self.node)


@dataclass(frozen=True)
class Spelled:
    """A letter and its hangings. `outside`: those of an outer pair of brackets, as in (a^{(1)})^2."""

    node: Node
    name: Name
    hangings: tuple[Hanging, ...] = ()
    primes: int = 0

    @property
    def letter(self) -> str:
        return letter_of(self.name)

    @property
    def index(self) -> str:
        """The letter as an index: w' is another one than w, and i_0 than i."""
        return self.letter + (f"_{self.hangings[0].label}" if self.numbered else "") + "'" * self.primes

    @property
    def numbered(self) -> bool:
        """Whether all that hangs on it is one number below."""
        return len(self.hangings) == 1 and self.hangings[0].place == "below" \
            and isinstance(self.hangings[0].node, Number)


def spelled(node: Node) -> Spelled | None:
    """A letter with its hangings, or None where the node is no single letter."""
    if isinstance(node, Name):
        return Spelled(node, node)
    if isinstance(node, Group) and node.bracket == "{":
        inner = spelled(node.content)
        return replace(inner, node=node) if inner else None
    if isinstance(node, Scripted):
        inner = spelled(node.base)
        if inner is None:
            return None
        found = (*_hangings("below", node.below), *_hangings("above", node.above))
        return Spelled(node, inner.name, (*inner.hangings, *found), inner.primes + node.primes)
    return None


def letter_of(name: Name) -> str:
    """The letter with its accents: "hat y"; a calligraphic letter is another one than a plain one."""
    font = "cal " if name.font == "cal" else ""
    return " ".join((*reversed(name.accents), font + name.letter))


def _hangings(place: str, marks: tuple[Mark, ...]) -> tuple[Hanging, ...]:
    found: list[Hanging] = []
    for mark in marks:
        items = (mark.content,) if mark.bracket else split(mark.content)
        for item in items:
            nested = spelled(item) if isinstance(item, Scripted) else None
            if place == "above" and isinstance(item, Scripted) and nested and nested.letter not in TRANSPOSES:
                found += _nested(item)
            else:
                found.append(Hanging(place, mark.bracket, item))
    return tuple(found)


def _nested(item: Scripted) -> list[Hanging]:
    r"""h^{(t)^\top} and W^{l^T}: what hangs on a mark as a transpose belongs to the letter."""
    if all(is_transpose(mark.content) for mark in item.above) and item.above and not item.below:
        return [Hanging("above", "", item.base), *(Hanging("above", "", mark.content) for mark in item.above)]
    return [Hanging("above", "", item)]


def is_transpose(node: Node) -> bool:
    return isinstance(node, Name) and node.letter in TRANSPOSES


def is_inverse_transpose(node: Node) -> bool:
    """A^{-T}."""
    return isinstance(node, Negative) and is_transpose(node.content)


def split(node: Node) -> tuple[Node, ...]:
    """The items of a subscript: jk, j,k and [2]T are several, l-1 is one."""
    if isinstance(node, Listing):
        return tuple(item for one in node.items for item in ((one,) if _multiple(one) else split(one)))
    if isinstance(node, Group) and node.bracket == "{":
        return split(node.content)
    if isinstance(node, Product) and all(sign == "" for sign in node.signs) and all(map(_index_like, node.factors)):
        return tuple(item for one in node.factors for item in split(one))
    return (node,)


def _multiple(node: Node) -> bool:
    """2i between commas is one index, where w_{1j} has two."""
    return isinstance(node, Product) and len(node.factors) == 2 and isinstance(node.factors[0], Number) \
        and isinstance(node.factors[1], Name)


def _index_like(node: Node) -> bool:
    return isinstance(node, Name | Number) or (isinstance(node, Scripted) and isinstance(node.base, Name)) \
        or (isinstance(node, Group) and node.bracket in "([")


def text_of(node: Node) -> str:
    """What a node says, letters and digits alone: the text of a label."""
    if isinstance(node, Name):
        return letter_of(node)
    if isinstance(node, Number | Text):
        return node.text
    if isinstance(node, Negative):
        return "-" + text_of(node.content)
    joint = "+" if isinstance(node, Add) else ""
    return joint.join(text_of(child) for child in node.children())


def names_in(node: Node) -> tuple[str, ...]:
    """The letters that occur in a node, in order, once each."""
    return tuple(dict.fromkeys(_names(node)))


def _names(node: Node) -> Iterator[str]:
    if isinstance(node, Name):
        yield letter_of(node)
    elif isinstance(node, Scripted) and isinstance(node.base, Name):
        one = spelled(node)
        yield one.index if one is not None else letter_of(node.base) + "'" * node.primes
        for mark in (*node.below, *node.above):
            yield from _names(mark.content)
    else:
        for child in node.children():
            yield from _names(child)
