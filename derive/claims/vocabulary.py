r"""The letters of a context: which are variables, functions and sizes, and what their marks are.

    z^{l} = w^{l} a^{l-1} + b^{l}      z, w, a, b: variables with one mark above; l: counts layers

In: the trees of the given lines and what `where` declares. Out: `Vocabulary`. Nothing is looked at twice: a mark is
a slot (it holds an index that the line binds), an entry (an index below), a label ("hh") or a power.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from derive.claims.spelling import Hanging, Spelled, is_transpose, names_in, spelled, text_of
from derive.claims.terms import Function, Kind, Slot, Variable
from derive.claims.usual import (
    COSTS,
    INDEX_LETTERS,
    KNOWN_FUNCTIONS,
    RATES,
    USUAL_FUNCTIONS,
    USUAL_KINDS,
)
from derive.claims.where import Said
from derive.written.tree import Add, Big, Group, Listing, Name, Node, Number, Product, Relations, Scripted


@dataclass
class Vocabulary:
    """What every letter of a context is."""

    variables: dict[str, Variable] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    sizes: set[str] = field(default_factory=set)
    kinds: dict[str, Kind] = field(default_factory=dict)
    said: Said = field(default_factory=Said)
    with_arguments: set[str] = field(default_factory=set)
    """Variables that are written as functions of others: J(W, b)."""
    hidden: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Indices that a line leaves out on its left: L = \\ell(h_t) is a number for each t."""
    bound: frozenset[str] = frozenset()
    """Letters that some sum of the context binds."""
    uppers: dict[str, str] = field(default_factory=dict)
    """How far an index runs, by the sums over it: i up to m."""
    lasts: frozenset[str] = frozenset()
    """The last layer, step, ...: L, T, K."""

    def kind(self, letter: str) -> Kind:
        return self.kinds.get(letter) or USUAL_KINDS.get(letter, "index")

    def indexes(self, letter: str) -> bool:
        return letter in self.kinds or letter in INDEX_LETTERS or letter in self.bound


def bound_letters(tree: Node) -> frozenset[str]:
    """The letters that a sum, product or maximum of the formula binds."""
    return frozenset(name for one in tree.walk() if isinstance(one, Big) for index in one.indices
                     for name in names_in(index))


def learn(lines: tuple[Relations, ...], said: Said, claim: Relations | None = None) -> Vocabulary:
    """The vocabulary of given lines, or of a claim that stands alone."""
    found = Vocabulary(said=said)
    found.kinds.update({letter: kind for letter, kind in said.kinds.items()})  # type: ignore[misc]
    found.kinds.update({letter: found.kind(letter) for letter in said.ranges})
    found.bound = frozenset(name.rstrip("'") for line in lines for name in bound_letters(line))
    for one in (node for line in lines for node in line.walk() if isinstance(node, Big) and node.upper is not None):
        for name in (name for index in one.indices for name in names_in(index)):
            found.uppers.setdefault(name.rstrip("'"), size_name(one.upper) if one.upper else "")
    found.lasts = frozenset(name for _, last in said.ranges.values() if (name := size_name(last))) | {"L", "T"}
    found.sizes |= _declared_sizes(said)
    heads = {head.letter for line in lines if (head := head_of(line.parts[0])) is not None}
    _functions((*lines, claim) if claim is not None else lines, said, heads, found)
    for shape in said.shapes:
        _variable(shape.name, _letters_in(shape.name) & {x for x in _letters_in(shape.name) if found.indexes(x)},
                  found, all_slots=True)
    for line in sorted(lines, key=lambda line: (head := head_of(line.parts[0])) is not None and updates(line, head)):
        _line(line, found)
    if claim is not None:
        bound = bound_letters(claim) | frozenset(
            name for one in occurrences(claim.parts[0], found) for hanging in one.hangings
            if hanging.bracket or hanging.place == "below" for name in names_in(hanging.node) if found.indexes(name))
        for one in occurrences(claim, found):
            _variable(one, bound, found)
    for rate in sorted(RATES - set(found.variables) - found.sizes - set(found.functions)):
        found.variables[rate] = Variable(rate)
    return found


def head_of(node: Node) -> Spelled | None:
    """The letter that a line defines: z of `z_j = ...`, J of `J(W, b) = ...`."""
    if isinstance(node, Product) and len(node.factors) == 2 and node.signs == ("",) \
            and isinstance(node.factors[1], Group) and node.factors[1].bracket in "([":
        return spelled(node.factors[0])
    return spelled(node)


def _declared_sizes(said: Said) -> set[str]:
    found = {name for shape in said.shapes for size in shape.sizes for name in _size_names(size)}
    return found | {name for letter, (_, last) in said.ranges.items() for name in _last_names(letter, last)}


def _last_names(letter: str, last: Node) -> tuple[str, ...]:
    """n_l, where l runs to n_l, is one name."""
    whole = size_name(last)
    return (whole,) if whole and letter in names_in(last) else tuple(_size_names(last))


def size_name(node: Node) -> str:
    """A size with its labels, as one name: n_l."""
    one = spelled(node)
    return "".join((one.letter, *(label(h) for h in one.hangings))) if one is not None else ""


def _size_names(node: Node) -> Iterator[str]:
    for name in _spelled_names(node):
        yield name.letter


def _functions(lines: tuple[Relations, ...], said: Said, heads: set[str], found: Vocabulary) -> None:
    for letter, known in said.functions.items():
        scalar = known in ("scalar_function", "cost_function")
        generic = known in ("elementwise", "function", "vector", "any", "activation", "differentiable") or scalar
        found.functions[letter] = Function(letter, "" if generic else known, scalar)
    shaped = {shape.name.letter for shape in said.shapes}
    for line in lines:
        for letter, arguments in applied(line):
            scalars = "scalar" in said.traits.get(letter, set())
            own = letter in heads and (head := head_of(line.parts[0])) is not None and head.letter == letter
            if letter in found.functions or letter in shaped:
                continue
            if own and _parameter(line.parts[0]) and (letter in USUAL_FUNCTIONS - COSTS or _primed(line.parts[0])):
                found.functions[letter] = Function(letter)
                continue
            if letter in KNOWN_FUNCTIONS:
                found.functions[letter] = Function(letter, letter.lower())
            elif (letter in USUAL_FUNCTIONS or scalars) and letter not in heads:
                cost = all(_is_cost(one, letter) for one in lines if any(name == letter for name, _ in applied(one)))
                found.functions[letter] = Function(letter, "", scalars or arguments > 1 or cost)
            elif own and letter in COSTS and _self_made(line, letter):
                found.functions[letter] = Function(letter, "", True)


def _is_cost(line: Relations, letter: str) -> bool:
    r"""L = \ell(a): the cost is a number, so the function makes one of all entries."""
    head, body = head_of(line.parts[0]), line.parts[1]
    return head is not None and head.letter in COSTS and not head.hangings and isinstance(body, Product) \
        and len(body.factors) == 2 and (one := spelled(body.factors[0])) is not None and one.letter == letter


def _parameter(head: Node) -> bool:
    """f(x): a bare letter in brackets after a bare letter; or f'(z^l)."""
    if not isinstance(head, Product) or not isinstance(head.factors[1], Group):
        return False
    content = head.factors[1].content
    return isinstance(head.factors[0], Name) and isinstance(content, Name) or \
        _primed(head) and spelled(content) is not None


def _primed(head: Node) -> bool:
    return isinstance(head, Product) and (one := spelled(head.factors[0])) is not None and one.primes > 0


def _self_made(line: Relations, letter: str) -> bool:
    """C = C(a, y): the letter names the function too."""
    return any(name == letter for part in line.parts[1:] for name, _ in applied(part))


def applied(tree: Node) -> Iterator[tuple[str, int]]:
    """Every letter that stands directly before a bracket, with the number of its arguments."""
    for node in tree.walk():
        if isinstance(node, Product):
            for head, sign, group in zip(node.factors, node.signs, node.factors[1:], strict=False):
                if sign == "" and isinstance(group, Group) and group.bracket == "(" \
                        and (name := spelled(head)) is not None:
                    yield name.letter, len(group.content.items) if isinstance(group.content, Listing) else 1


def _line(line: Relations, found: Vocabulary) -> None:
    head = head_of(line.parts[0])
    if head is not None and updates(line, head):
        if (known := find_updated(head, found)) is not None:
            found.variables[NEW + known.name] = Variable(NEW + known.name, known.slots)
        return
    bound = bound_letters(line)
    if head is not None:
        bound |= frozenset(name for name in _letters_in(head) if found.indexes(name))
        if isinstance(line.parts[0], Product):
            found.with_arguments.add(head.letter)
    for upper in (one.upper for one in line.walk() if isinstance(one, Big) and one.upper is not None):
        found.sizes |= {name for name in _size_names(upper) if not found.indexes(name) or name in "mn"}
    shifted = frozenset(name for one in occurrences(line, found) for hanging in one.hangings
                        if hanging.place == "below" and (name := _shifted(hanging.node)) and head is not None
                        and name in _letters_in(head))
    found.kinds.update({name: "layer" for name in sorted(shifted) if found.kind(name) == "index"})
    if head is not None:
        _variable(head, bound, found, squares=True)
    for one in occurrences(line, found):
        _variable(one, bound, found)


NEW = "new "
"""What makes the name of a variable after an update: w becomes "new w"."""


def find_updated(head: Spelled, found: Vocabulary) -> Variable | None:
    return next((v for name, v in found.variables.items() if name == head.letter), None)


def updates(line: Relations, head: Spelled) -> bool:
    """w = w - eta g gives w a new value; it defines nothing."""
    return any(one.letter == head.letter and one.hangings == head.hangings and one.primes == head.primes
               for part in line.parts[1:] for one in _spelled_names(part))


def _shifted(node: Node) -> str:
    """The letter of `i - 1` or `t + 1`."""
    if isinstance(node, Add) and len(node.terms) == 2 and isinstance(node.terms[0], Name) \
            and any(isinstance(part, Number) for part in node.terms[1].walk()):
        return node.terms[0].letter
    return ""


def occurrences(tree: Node, found: Vocabulary) -> tuple[Spelled, ...]:
    """Every letter with its marks that stands for a number or an array, outermost first, in order."""
    one = spelled(tree)
    if one is not None:
        if one.letter in found.functions or one.letter in found.sizes or one.letter in KNOWN_FUNCTIONS:
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


def _letters_in(name: Spelled) -> frozenset[str]:
    return frozenset(letter for hanging in name.hangings if not is_transpose(hanging.node)
                     for letter in names_in(hanging.node))


def _variable(one: Spelled, bound: frozenset[str], found: Vocabulary, all_slots: bool = False,
              squares: bool = False) -> None:
    euler = any(hanging.place == "above" for hanging in one.hangings) and "e" not in found.variables \
        and all(shape.name.letter != "e" for shape in found.said.shapes)
    if one.letter in ("e", "1") and one.name.font in ("", "bold", "bb") and (one.letter == "1" or euler):
        return
    labels: list[str] = []
    slots: list[Slot] = []
    turned = any(is_transpose(hanging.node) for hanging in one.hangings)
    family = found.variables.get(one.letter)
    above = family is not None and any(s.place == "above" for s in family.slots)
    numbered = family is not None and any(s.kind == "layer" and s.place == "below" and not s.bracket
                                          for s in family.slots)
    for hanging in one.hangings:
        match sort(hanging, bound, found, all_slots=all_slots or turned):
            case "label" if numbered and hanging.place == "below" and not slots \
                    and all(name in found.sizes for name in names_in(hanging.node)):
                slots.append(Slot(hanging.place, hanging.bracket, "layer"))
            case "label":
                labels.append(label(hanging))
            case "power" if squares and not above and not hanging.bracket and not is_transpose(hanging.node):
                labels.append(label(hanging))
            case "slot":
                slots.append(Slot(hanging.place, hanging.bracket, _kind(hanging.node, found)))
    name = "".join((one.letter, *labels))
    known = found.variables.get(name)
    if known is None or len(slots) > len(known.slots):
        found.variables[name] = Variable(name, tuple(slots))


def label(hanging: Hanging) -> str:
    """What a label adds to the name of a letter."""
    return ("^" if hanging.place == "above" else "_") + hanging.label


def _kind(node: Node, found: Vocabulary) -> Kind:
    for letter in names_in(node):
        if found.kind(letter) != "index":
            return found.kind(letter)
    return "index" if names_in(node) and not any(size in found.lasts for size in names_in(node)) else "layer"


def sort(hanging: Hanging, bound: frozenset[str], found: Vocabulary, *, all_slots: bool = False) -> str:
    """What hangs there: "transpose", "power", "label", "slot" or "entry"."""
    node, letters = hanging.node, names_in(hanging.node)
    if is_transpose(node) and hanging.place == "above" and not hanging.bracket:
        return "transpose"
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
    return "slot" if all_slots or _kind(node, found) != "index" else "entry"


def _spelled_names(node: Node) -> tuple[Spelled, ...]:
    one = spelled(node)
    if one is not None:
        return (one,)
    return tuple(name for child in node.children() for name in _spelled_names(child))
