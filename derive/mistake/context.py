r"""What the given lines of a claim tell the mistakes: the names with their marks, their roles, the slopes.

    z^{l} = w^{l} a^{l-1} + b^{l}, a^{l} = \sigma(z^{l})      Known("z", "z^{l}", preactivation), ..., \sigma'(z^{l})
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from derive.claims.prefixes import UNDERIVED
from derive.claims.references import Found, find
from derive.claims.spelling import Spelled, spelled
from derive.claims.vocabulary import Vocabulary
from derive.mistake.offered import Line, applied, divided, slopes, values
from derive.mistake.sites import names_in
from derive.mistake.written import Known, Meaning, Written
from derive.written.tree import (
    Add,
    Big,
    Fraction,
    Group,
    Mark,
    Negative,
    Node,
    Number,
    Relations,
    Scripted,
)

MOST_NAMES = 40
MOST_CONSTANTS = 6
AVERAGED = ("m", "n", "N", "M", "B", "T", "K")
CONSTANTS = ("pi", "i")
"""Letters that are numbers where nothing hangs on them; e^x is one with its exponent, too."""


def seen(source: str, tree: Relations, vocabulary: Vocabulary, lines: tuple[Line, ...], *,
         sides: tuple[int, ...] | None = None, language: str = "latex", elementwise: tuple[str, ...] = (),
         shapes: Mapping[str, tuple[str, ...]] | None = None, branches: tuple[str, ...] = ()) -> Written:
    """The claim as the mistakes see it. `tree` is the tree that is elaborated; `shapes` by the names of variables."""
    texts = tuple(text for text, _ in lines)
    constants = tuple(dict.fromkeys(divided(lines, language)))[:MOST_CONSTANTS]
    reading = _Reading(vocabulary, dict(shapes or {}), _roles(vocabulary, lines), frozenset(_averaged(lines)))
    return Written(source, tree, tuple(range(len(tree.parts))) if sides is None else sides, language,
                   reading.meaning(tree), tuple(reading.names(((source, tree), *lines)))[:MOST_NAMES],
                   tuple(slopes(vocabulary, lines)), branches,
                   constants, elementwise, texts, tuple(dict.fromkeys(values(vocabulary, lines))))


@dataclass(frozen=True)
class _Reading:
    vocabulary: Vocabulary
    shapes: dict[str, tuple[str, ...]]
    roles: dict[str, str]
    averaged: frozenset[str]

    def meaning(self, tree: Relations) -> Callable[[Node], Meaning | None]:
        bound = {name.letter for node in tree.walk() if isinstance(node, Big) for i in node.indices
                 for name in names_in(i)}

        def of(node: Node) -> Meaning | None:
            one = spelled(node)
            return self.spelled(one, one.letter in bound and not one.hangings) if one is not None else None

        return of

    def spelled(self, one: Spelled, bound: bool) -> Meaning | None:
        vocabulary, letter = self.vocabulary, one.letter
        if bound or not one.hangings and letter in vocabulary.kinds and letter not in vocabulary.variables:
            return Meaning("index", letter, vocabulary.kind(letter))
        if letter in vocabulary.functions and (one.primes or letter not in vocabulary.variables):
            return Meaning("function", letter, "slope" if one.primes else "")
        if letter in self.averaged and not one.hangings:
            return Meaning("size", letter)
        found = find(one, letter, vocabulary)
        if found is not None:
            shape = () if found.entries else self.shapes.get(found.variable.name)
            return Meaning("variable", found.variable.name, self.roles.get(found.variable.name, ""), shape,
                           tuple(zip(found.marks, (slot.kind for slot in found.variable.slots), strict=False)))
        if letter in vocabulary.sizes:
            return Meaning("size", letter)
        if letter.split(" ")[0] in UNDERIVED and " " in letter:
            return Meaning("derivative", letter.partition(" ")[2])
        return None

    def names(self, lines: tuple[Line, ...]) -> Iterator[Known]:
        """Every name once; the given equations show how it is written, the claim itself only where they do not."""
        listed: dict[str, Known] = {}
        for source, tree in (*lines[1:], lines[0]):
            meaning = self.meaning(tree)
            for node in _outermost(tree):
                known = self._known(source, node, meaning(node))
                if known is not None:
                    listed.setdefault(f"{known.meaning.kind} {known.meaning.name}", known)
            for name in names_in(tree):
                index = meaning(name)
                if index is not None and index.kind == "index":
                    text = source[name.span.start:name.span.stop]
                    listed.setdefault(f"index {text}", Known(text, text, index))
        for source, tree in lines[1:]:
            for node in tree.walk():
                inner = node.content if isinstance(node, Group) else None
                if isinstance(inner, Add) and len(inner.terms) == 2 and isinstance(inner.terms[1], Negative):
                    text = f"({source[inner.span.start:inner.span.stop].strip()})"
                    listed.setdefault(text, Known(text, text, Meaning("derivative", text)))
        yield from sorted(listed.values(), key=lambda known: known.meaning.kind != "variable")

    def _known(self, source: str, node: Node, meaning: Meaning | None) -> Known | None:
        one = spelled(node)
        if one is None or meaning is None or meaning.kind == "index" or one.letter == "e":
            return None
        if one.letter in CONSTANTS and not one.hangings:
            return None
        found = find(one, one.letter, self.vocabulary)
        after = found.after if found else ()
        if meaning.kind == "function":
            text = source[one.name.span.start:one.name.span.stop]
            return None if one.primes else Known(text, text, meaning)
        if after:
            return None
        return Known(_base(source, one, found), source[node.span.start:node.span.stop], meaning)


def _base(source: str, one: Spelled, found: Found | None) -> str:
    """The bare letter with its labels: W of W^{l}_{jk}, W_{hh} of W_{hh}."""
    text = source[one.name.span.start:one.name.span.stop]
    moved = {id(node) for node in (*found.marks, *found.entries)} if found else set()
    for hanging in one.hangings:
        if id(hanging.node) not in moved:
            inner = source[hanging.node.span.start:hanging.node.span.stop]
            text += ("^" if hanging.place == "above" else "_") + f"{{{inner}}}"
    return text


def _outermost(tree: Node) -> Iterator[Node]:
    """Letters with all that hangs on them; their marks are not looked into, but for the exponents of e."""
    one = spelled(tree)
    if one is not None and one.letter == "e" and isinstance(tree, Scripted):
        for mark in tree.above:
            yield from _outermost(mark.content)
    elif one is not None:
        yield tree
    elif isinstance(tree, Scripted):
        yield from _outermost(tree.base)
    elif not isinstance(tree, Mark):
        for child in tree.children():
            yield from _outermost(child)


def _roles(vocabulary: Vocabulary, lines: tuple[Line, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    heads: set[str] = set()
    for _, tree in lines:
        head = _variable(tree.parts[0], vocabulary)
        heads.add(head)
        for _, argument, _ in applied(tree, vocabulary):
            if name := _variable(argument, vocabulary):
                found.setdefault(name, "preactivation")
        if head and len(tree.parts) > 1 and any(True for _ in applied(tree.parts[1], vocabulary)):
            found.setdefault(head, "activation")
    for name in vocabulary.variables:
        if name not in heads and name.split("_")[0].split("^")[0] in ("W", "w", "b", "U", "V", "theta", "K", "B"):
            found.setdefault(name, "parameter")
    return found


def _averaged(lines: tuple[Line, ...]) -> Iterator[str]:
    """The sizes that a mean divides by: m of 1/m, where no line defines m."""
    heads = {one.letter for _, tree in lines if (one := spelled(tree.parts[0])) is not None}
    for _, tree in lines:
        for node in tree.walk():
            if isinstance(node, Fraction) and isinstance(node.top, Number):
                for name in names_in(node.bottom):
                    if name.letter not in heads and name.letter in AVERAGED:
                        yield name.letter


def _variable(node: Node, vocabulary: Vocabulary) -> str:
    one = spelled(node)
    found = find(one, one.letter, vocabulary) if one is not None else None
    return found.variable.name if found else ""
