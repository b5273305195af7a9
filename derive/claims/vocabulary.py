r"""The letters of a context: which are variables, functions and sizes, and what their marks are.

    z^{l} = w^{l} a^{l-1} + b^{l}      z, w, a, b: variables with one mark above; l: counts layers

In: the trees of the given lines and what `where` declares. Out: `Vocabulary`. Nothing is looked at twice: a mark is
a slot (it holds an index that the line binds), an entry (an index below), a label ("hh") or a power.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from derive.claims.lines import (
    size_name,
)
from derive.claims.spelling import Hanging, Spelled, is_inverse_transpose, is_transpose, names_in, spelled, text_of
from derive.claims.terms import Function, Kind, Variable
from derive.claims.usual import (
    INDEX_LETTERS,
    KNOWN_FUNCTIONS,
    USUAL_KINDS,
)
from derive.claims.where import Said
from derive.written.tree import ENTRYWISE, Big, Node, Scripted

NEW = "new "
"""What makes the name of a variable after an update: w becomes "new w"."""
TOTAL = "total "
"""What makes the name of the L of L = \\sum_t L_t another one."""


@dataclass
class Vocabulary:
    """What every letter of a context is."""

    variables: dict[str, Variable] = field(default_factory=dict)
    exact: set[str] = field(default_factory=set)
    """Variables that are declared with their marks: no line teaches otherwise."""
    functions: dict[str, Function] = field(default_factory=dict)
    sizes: set[str] = field(default_factory=set)
    kinds: dict[str, Kind] = field(default_factory=dict)
    said: Said = field(default_factory=Said)
    with_arguments: set[str] = field(default_factory=set)
    """Variables that are written as functions of others: J(W, b)."""
    general: set[str] = field(default_factory=set)
    """Functions that lines apply to others than their parameter: D(u) = ..., D(x), D(G(z)). No number is called so."""
    hidden: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Indices that a line leaves out on its left: L = \\ell(h_t) is a number for each t."""
    bound: frozenset[str] = frozenset()
    """Letters that some sum of the context binds."""
    summed: frozenset[str] = frozenset()
    """Letters of layers that only sums use: the l of \\sum_k \\sum_l W_{kl}^2 is an index."""
    uppers: dict[str, str] = field(default_factory=dict)
    """How far an index runs, by the sums over it: i up to m."""
    lasts: frozenset[str] = frozenset()
    """The last layer, step, ...: L, T, K."""
    einstein: bool = False
    """Whether an index that occurs twice in a product is summed over."""

    def kind(self, letter: str) -> Kind:
        usual = "index" if letter in self.summed else USUAL_KINDS.get(letter, "index")
        return self.kinds.get(letter) or usual

    def indexes(self, letter: str) -> bool:
        return letter in self.kinds or letter in INDEX_LETTERS or letter in self.bound


def occurrences(tree: Node, found: Vocabulary) -> tuple[Spelled, ...]:
    """Every letter with its marks that stands for a number or an array, outermost first, in order."""
    one = spelled(tree)
    if one is not None:
        if one.letter in found.functions or _is_size(one, found) or one.letter in KNOWN_FUNCTIONS:
            return ()
        if one.letter == "e" and any(h.place == "above" for h in one.hangings):
            return tuple(name for h in one.hangings if h.place == "above" for name in occurrences(h.node, found))
        return (one,)
    if isinstance(tree, Big):
        own = {name for index in tree.indices for name in names_in(index)}
        return tuple(name for part in (tree.body, tree.condition) if part for name in occurrences(part, found)
                     if name.hangings or name.letter not in own)
    if isinstance(tree, Scripted):
        return occurrences(tree.base, found) + tuple(
            name for mark in tree.above if not is_transpose(mark.content) for name in occurrences(mark.content, found))
    return tuple(name for child in tree.children() for name in occurrences(child, found))


def _is_size(one: Spelled, found: Vocabulary) -> bool:
    """A letter that is declared as a size; the h^{(t)} of a context whose size is the bare h is a variable."""
    bare = {size_name(size) for shape in found.said.shapes for size in shape.sizes}
    return one.letter in found.sizes and not (one.letter in bare and bool(one.hangings)
                                              and size_name(one.node) not in found.sizes)


def kind_of(node: Node, found: Vocabulary) -> Kind:
    for letter in names_in(node):
        if found.kind(letter) != "index":
            return found.kind(letter)
    return "index" if names_in(node) and not any(size in found.lasts for size in names_in(node)) else "layer"


def sort(hanging: Hanging, bound: frozenset[str], found: Vocabulary, *, all_slots: bool = False) -> str:
    """What hangs there: "transpose", "power", "label", "slot" or "entry"."""
    node, letters = hanging.node, names_in(hanging.node)
    if is_transpose(node) and hanging.place == "above" and not hanging.bracket:
        return "transpose"
    if is_inverse_transpose(node) or hanging.bracket == ENTRYWISE:
        return "power"
    lasting = "".join((text_of(node),)) in found.lasts or any(letter in found.lasts for letter in letters)
    classes = {letter for letter, traits in found.said.traits.items() if "class" in traits}
    indexed = any(letter in bound or letter in found.kinds or letter in classes for letter in letters) or lasting and (
        hanging.place == "above" and bool(found.said.ranges or found.said.kinds) or bool(hanging.bracket))
    counting = {*found.sizes, "L", "T", *bound, *found.kinds}
    counted = all(letter in counting for letter in letters)
    if hanging.bracket:
        return "slot" if indexed or counted else "label"
    if hanging.place == "above":
        return "slot" if indexed else "power"
    if not letters:
        return "label"
    if not indexed:
        return "slot" if counted and len(letters) == 1 and letters[0] in found.lasts else "label"
    return "slot" if all_slots or kind_of(node, found) != "index" else "entry"
