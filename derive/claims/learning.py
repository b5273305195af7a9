r"""What given lines teach: which letters are variables, functions and sizes, and what their marks are.

    z^{l} = w^{l} a^{l-1} + b^{l}      z, w, a, b: variables with one mark above; l: counts layers

In: the trees of the lines, and what `where` declares. Out: a `Vocabulary`.
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.claims.lines import (
    applied,
    applied_otherwise,
    bound_letters,
    counting,
    head_of,
    is_cost,
    marked,
    parameter,
    primed,
    self_made,
    shifted_letter,
    size_name,
    spelled_names,
    totals,
    updates,
)
from derive.claims.spelling import Spelled, names_in
from derive.claims.terms import Function, Variable
from derive.claims.usual import (
    COSTS,
    KNOWN_FUNCTIONS,
    RATES,
    USUAL_FUNCTIONS,
)
from derive.claims.variables import add_declared, add_variable, letters_in, name_of
from derive.claims.vocabulary import NEW, TOTAL, Vocabulary, occurrences
from derive.claims.where import Said
from derive.written.tree import Big, Listing, Node, Product, Relations


def learn(lines: tuple[Relations, ...], said: Said, claim: Relations | None = None,
          summed: frozenset[str] | None = None) -> Vocabulary:
    """The vocabulary of given lines, or of a claim that stands alone; `summed`: indices of sums that nobody writes."""
    found = Vocabulary(said=said, einstein=summed is not None)
    _indices(lines, said, summed or frozenset(), found)
    heads = {head.letter for line in lines if (head := head_of(line.parts[0])) is not None}
    _functions((*lines, claim) if claim is not None else lines, said, heads, found)
    for declared in said.variables:
        add_declared(declared, found)
    for shape in said.shapes:
        add_variable(shape.name, frozenset(filter(found.indexes, letters_in(shape.name))), found, all_slots=True)
    found.variables.update({TOTAL + letter: Variable(TOTAL + letter) for letter in totals(lines)})
    for line in sorted(lines, key=_late):
        _line(line, found)
    if claim is not None and claim.parts:
        _claim(claim, found)
    for other, one in said.same:
        if (variable := found.variables.get(name_of(one, found))) is not None:
            found.variables.setdefault(name_of(other, found), variable)
    for rate in sorted(RATES - set(found.variables) - found.sizes - set(found.functions)):
        found.variables[rate] = Variable(rate)
    return found


def _indices(lines: tuple[Relations, ...], said: Said, summed: frozenset[str], found: Vocabulary) -> None:
    """Which letters count: layers, times, examples, entries; what they run to is a size."""
    found.kinds.update(dict.fromkeys(sorted(summed), "index"))
    found.kinds.update({letter: kind for letter, kind in said.kinds.items()})  # type: ignore[misc]
    found.kinds.update({letter: found.kind(letter) for letter in said.ranges})
    for letter in (name for line in lines for name in counting(line) if found.kind(name) == "index"):
        found.kinds[letter] = "example"
    found.bound = frozenset(name.rstrip("'") for line in lines for name in bound_letters(line))
    for big in (node for line in lines for node in line.walk() if isinstance(node, Big) and node.upper is not None):
        for name in (name for index in big.indices for name in names_in(index)):
            found.uppers.setdefault(name.rstrip("'"), size_name(big.upper) if big.upper else "")
    found.lasts = frozenset(name for _, last in said.ranges.values() if (name := size_name(last))) | {"L", "T"}
    found.sizes |= _declared_sizes(said, found)
    found.summed = frozenset({"l", "ell"} & found.bound - marked(lines) - set(said.ranges))
    found.kinds.update({name: found.kind(name) for line in lines for name in _recurring(line, found)
                        if found.kind(name) != "index"})


def _claim(claim: Relations, found: Vocabulary) -> None:
    """What the claim itself shows: its left side says which letters are free."""
    bound = bound_letters(claim) | frozenset(
        name for one in occurrences(claim.parts[0], found) for hanging in one.hangings
        if hanging.bracket or hanging.place == "below" for name in names_in(hanging.node) if found.indexes(name))
    for one in occurrences(claim, found):
        add_variable(one, bound, found)


def _late(line: Relations) -> int:
    """First lines that define a letter at all marks, then those at one (m_0 = 0), then updates."""
    head = head_of(line.parts[0])
    if head is None:
        return 0
    return 2 if updates(line, head) else int(bool(head.hangings) and not any(names_in(h.node) for h in head.hangings))


def _declared_sizes(said: Said, vocabulary: Vocabulary) -> set[str]:
    found = {name for shape in said.shapes for size in shape.sizes for name in _size_names(size)}
    found |= {size_name(one.node) for shape in said.shapes for size in shape.sizes for one in spelled_names(size)
              if all(vocabulary.kind(name) == "index" and name not in vocabulary.kinds for name in letters_in(one))}
    return found | {name for letter, (_, last) in said.ranges.items() for name in _last_names(letter, last)}


def _last_names(letter: str, last: Node) -> tuple[str, ...]:
    """n_l, where l runs to n_l, is one name."""
    whole = size_name(last)
    return (whole,) if whole and letter in names_in(last) else tuple(_size_names(last))


def _size_names(node: Node) -> Iterator[str]:
    for name in spelled_names(node):
        yield name.letter


GENERIC = ("elementwise", "function", "vector", "any", "activation", "differentiable")
SCALAR = ("scalar_function", "cost_function")


def _functions(lines: tuple[Relations, ...], said: Said, heads: set[str], found: Vocabulary) -> None:
    for letter, known in said.functions.items():
        by_mark = said.by_mark.get(letter, {})
        found.functions[letter] = Function(
            letter, "" if by_mark or known in (*GENERIC, *SCALAR) else known, known in SCALAR and not by_mark,
            tuple((mark, "" if one in GENERIC else one) for mark, one in by_mark.items()))
    shaped = {shape.name.letter for shape in said.shapes} | {name.letter for name in said.variables}
    for line in lines:
        for letter, arguments in applied(line):
            scalars = "scalar" in said.traits.get(letter, set())
            own = letter in heads and (head := head_of(line.parts[0])) is not None and head.letter == letter
            if letter in found.functions or letter in shaped:
                continue
            if own and parameter(line.parts[0]) and applied_otherwise(lines, line.parts[0]):
                found.general.add(letter)
            if own and parameter(line.parts[0]) and (letter in USUAL_FUNCTIONS - COSTS or letter in found.general
                                                     or primed(line.parts[0])):
                found.functions[letter] = Function(letter)
                continue
            if letter in KNOWN_FUNCTIONS:
                found.functions[letter] = Function(letter, letter.lower())
            elif (letter in USUAL_FUNCTIONS or scalars) and letter not in heads:
                cost = all(is_cost(one, letter) for one in lines if any(name == letter for name, _ in applied(one)))
                found.functions[letter] = Function(letter, "", scalars or arguments > 1 or cost)
            elif own and letter in COSTS and self_made(line, letter):
                found.functions[letter] = Function(letter, "", True)


def _line(line: Relations, found: Vocabulary) -> None:
    head = head_of(line.parts[0])
    if head is not None and updates(line, head):
        if (known := find_updated(head, found)) is not None:
            found.variables[NEW + known.name] = Variable(NEW + known.name, known.slots)
        return
    bound = bound_letters(line)
    if head is not None:
        bound |= frozenset(name for name in letters_in(head) if found.indexes(name) or _together(head, found))
        if isinstance(line.parts[0], Product):
            found.with_arguments.add(head.letter)
    for upper in (one.upper for one in line.walk() if isinstance(one, Big) and one.upper is not None):
        found.sizes |= {name for name in _size_names(upper) if not found.indexes(name) or name in "mn"}
    found.kinds.update({name: "layer" for name in _recurring(line, found) if found.kind(name) == "index"})
    if head is not None and not (head.letter in found.general and isinstance(line.parts[0], Product)):
        add_variable(head, bound, found, squares=True)
    counted = bound | {name for h in head.hangings for name in names_in(h.node)} if head is not None else bound
    for one in occurrences(line, found):
        if one.hangings or not found.exact or one.index not in counted:  # a bare index counts: [r > t]
            add_variable(one, bound, found)


def _recurring(line: Relations, found: Vocabulary) -> list[str]:
    """The t of h_t = f(h_{t-1})."""
    head = head_of(line.parts[0])
    return sorted({name for one in occurrences(line, found) for hanging in one.hangings
                   if hanging.place == "below" and (name := shifted_letter(hanging.node)) and head is not None
                   and name in letters_in(head)})


def find_updated(head: Spelled, found: Vocabulary) -> Variable | None:
    return next((v for name, v in found.variables.items() if name == head.letter), None)


def _together(head: Spelled, found: Vocabulary) -> bool:
    """O_{i,j,f}: among three letters below of which some are indices, all are."""
    below = [names_in(h.node) for h in head.hangings if h.place == "below" and not h.bracket]
    listed = any(isinstance(node, Listing) for node in head.node.walk())
    return listed and len(below) > 2 and any(found.indexes(name) for names in below for name in names)
