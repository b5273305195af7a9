r"""What a context says beside its equations: shapes, ranges, kinds of marks, which function a letter is.

    W \in \mathbb{R}^{n \times d}      l = 1, \dots, L      \sigma: sigmoid      i: example      y: one-hot

In: lines of text. Out: `Said`, one table for each kind of saying.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from derive.claims.prefixes import UNDERIVED, merged
from derive.claims.spelling import Spelled, letter_of, spelled, text_of
from derive.errors import DeriveError, clip
from derive.written.latex import read
from derive.written.tree import Big, Group, Listing, Name, Node, Number, Product, Relations, Scripted

KINDS = {"layer": "layer", "time": "time", "example": "example", "sample": "example", "index": "index"}
TRAITS = ("symmetric", "one-hot", "probabilities", "row", "column", "class", "positive", "scalar", "vector", "matrix",
          "cost", "constant", "binary", "linear")
INDICES = frozenset("i j k l m n p q r s t tau".split())
_RANGE = re.compile(r"^(?P<letter>[^=]+?)=(?P<first>.+?),\s*(?:\\[lc]?dots|\.\.\.|…)\s*,?\s*(?P<last>.+)$")
_COUNT = re.compile(r"^(?P<letter>[^=\s]+)\s*=\s*(?P<count>\d{1,6})$")
_FIRST = re.compile(r"^indices count from (?P<first>[01])$")
_SAME = re.compile(r"^(?P<letter>.+?):\s*same as\s+(?P<other>.+)$")
VARIABLE = "variable"
_TRAIT = re.compile(r"^(?P<letters>.+?):\s*(?P<word>[A-Za-z][A-Za-z0-9_ -]*)$")


@dataclass(frozen=True)
class Shape:
    """How somebody declared the sizes of an array: a node for each axis; none: a number."""

    name: Spelled
    sizes: tuple[Node, ...]


@dataclass
class Said:
    """The declarations, by letter."""

    shapes: list[Shape] = field(default_factory=list)
    ranges: dict[str, tuple[Node, Node]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    by_mark: dict[str, dict[str, str]] = field(default_factory=dict)
    """Functions with the number of a layer: of g^{[1]} and g^{[2]} what each is."""
    traits: dict[str, set[str]] = field(default_factory=dict)
    conditions: list[Relations] = field(default_factory=list)
    """What the indices of a claim satisfy: j \\ne y_i."""
    variables: list[Spelled] = field(default_factory=list)
    """Letters with marks that are one name, h^{1}_t: only what is declared a kind (t: time) is not part of it."""
    same: list[tuple[Spelled, Spelled]] = field(default_factory=list)
    """Another name, and the one that the given lines use: W_{hh}, w^1."""
    counts: dict[str, int] = field(default_factory=dict)
    """Sizes of which the number is known: n = 24."""
    first: int | None = None
    """Where indices count from."""

    def declares_array(self, letter: str, indices: int) -> bool:
        """Whether a letter without marks is declared an array with as many axes, so that x_1 is an entry of x.

        W_2 beside a matrix W is another one.
        """
        return any(shape.name.letter == letter and not shape.name.hangings and 0 < len(shape.sizes) <= indices
                   for shape in self.shapes)


def said(lines: tuple[str, ...]) -> Said:
    """The declarations of these lines."""
    found = Said()
    for line in lines:
        _say(line.strip().rstrip(".").replace("$", ""), found)
    return found


def _say(line: str, found: Said) -> None:
    if match := _FIRST.match(line):
        found.first = int(match["first"])
        return
    if match := _SAME.match(line):
        found.same.append((_name(line, match["letter"]), _name(line, match["other"])))
        return
    if match := _COUNT.match(line):
        found.counts[text(match["letter"])] = int(match["count"])
        return
    if match := _RANGE.match(line):
        found.ranges[text(match["letter"])] = (one(match["first"]), one(match["last"]))
        return
    if match := _TRAIT.match(line):
        for letter in _letters(match["letters"]):
            if match["word"].strip() == VARIABLE:
                found.variables.append(_name(line, letter))
            else:
                _trait(letter, match["word"].strip(), found)
        return
    _formula(line, merged(read(line), frozenset(UNDERIVED)), found)


def _name(line: str, source: str) -> Spelled:
    name = spelled(merged(read(source), frozenset(UNDERIVED)).parts[0])
    if name is None:
        raise DeriveError(f"'{clip(line)}' declares no single letter", where="where", do="Declare one letter a line.")
    return name


def _trait(letters: str, word: str, found: Said) -> None:
    letter, whole = text(letters), named(letters)
    if word in KINDS:
        found.kinds[letter] = KINDS[word]
    elif word in TRAITS:
        found.traits.setdefault(whole, set()).add(word)
    else:
        known, one_of = word.replace(" ", "_"), spelled(one(letters))
        for hanging in one_of.hangings if one_of is not None else ():
            if isinstance(hanging.node, Number):
                found.by_mark.setdefault(letter, {})[hanging.label] = known
        found.functions[letter] = known


def _formula(line: str, tree: Relations, found: Said) -> None:
    if tree.signs == ("in",):
        for node in _listed(tree.parts[0]):
            _member(line, node, tree.parts[1], found)
    elif tree.signs == ("=",):
        for name in (n for n in tree.parts[0].walk() if isinstance(n, Scripted)):
            if (inner := spelled(name)) is not None:
                summed = {text_of(i) for one in tree.parts[0].walk() if isinstance(one, Big) for i in one.indices}
                below = [h.label for h in inner.hangings if h.place == "below"]
                crosswise = len(below) == 2 and below[1] in summed
                found.traits.setdefault(inner.letter, set()).update(
                    ("probabilities", "by rows") if crosswise else ("probabilities",))
    elif len(tree.signs) == 1 and tree.signs[0] in ("!=", "<", ">", "<=", ">="):
        found.conditions.append(tree)
    else:
        raise DeriveError(f"cannot tell what '{clip(line)}' declares", where="where",
                          do=r"Write a shape (W \in \mathbb{R}^{n \times d}), a range (l = 1, \dots, L), "
                             "or a kind (t: time; i: example; \\sigma: sigmoid; y: one-hot).")


def _member(line: str, node: Node, place: Node, found: Said) -> None:
    name = spelled(node)
    if name is None:
        raise DeriveError(f"'{clip(line)}' declares no single letter", where="where", do="Declare one letter a line.")
    if isinstance(place, Group):
        found.traits.setdefault(name.letter, set()).add("class" if _counts(place) else "scalar")
        found.shapes.append(Shape(name, ()))
        return
    sizes: tuple[Node, ...] = ()
    if isinstance(place, Scripted) and place.above:
        content = place.above[0].content
        sizes = content.factors if isinstance(content, Product) and "x" in content.signs else (content,)
    found.shapes.append(Shape(name, sizes))


def _counts(place: Group) -> bool:
    r"""Whether {1, \dots, C} counts classes, rather than {0, 1} or {-1, 1} naming numbers."""
    return isinstance(place.content, Listing) and len(place.content.items) > 2


def _listed(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Listing) else (node,)


def _letters(source: str) -> list[str]:
    """Letters parted by commas, which may also stand in their marks."""
    return re.split(r",(?![^{(\[]*[})\]])", source)


def named(source: str) -> str:
    """The letter with its labels: S_b; without its indices: y of y_i."""
    name = spelled(one(source))
    if name is None:
        return text(source)
    labels = [h for h in name.hangings if h.label not in INDICES and not h.bracket]
    return name.letter + "".join(("^" if h.place == "above" else "_") + h.label for h in labels)


def one(source: str) -> Node:
    return read(source).parts[0]


def text(source: str) -> str:
    """The letter that a piece of source names."""
    name = spelled(one(source))
    if name is None:
        node = one(source)
        if isinstance(node, Name):
            return letter_of(node)
        raise DeriveError(f"'{clip(source)}' is no single letter", where="where", do="Declare one letter a line.")
    return name.letter
