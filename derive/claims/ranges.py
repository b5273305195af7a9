r"""How far indices run, and marks and indices as integers.

    l = 1, \dots, L      a random L, the same wherever the point is used

In: a context, a seed. Out: ranges of letters, values of sizes and of marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from itertools import permutations
from random import Random

from derive.claims import bounds
from derive.claims import terms as T
from derive.claims.context import Context
from derive.claims.inference import Elsewhere
from derive.claims.lines import size_name
from derive.claims.refused import Conflict, Refused
from derive.claims.shapes import Cell
from derive.claims.usual import USUAL_SIZES
from derive.written import tree as W

Key = tuple[str, tuple[int, ...]]
"""A variable at its marks."""

ROOTED = 4000
"""The number of a point from which on sizes are small; the attempts at a point are a thousand apart."""


class Ranges:
    """The sizes of one random point."""

    def __init__(self, context: Context, seed: int) -> None:
        self.context, self.seed = context, seed
        self.first = context.first
        self.constant = context.said.first if context.said.first is not None else 1
        """What x_1 or x_0 counts from, where no letter says it."""
        self.random = Random(f"sizes {seed}")
        self.cells: dict[Key, Cell] = {}
        self.counts: dict[str, int] = {}
        self.classes: dict[Key, int] = {}

    def count(self, name: str) -> int:
        """The value of a size that is no axis: L layers, T steps, m examples."""
        if (known := self.context.said.counts.get(name)) is not None:
            return known
        if name not in self.counts:
            longer = name == "L" or name in self.context.vocabulary.lasts
            self.counts[name] = self.ordered((3, 4) if longer else (2, 3, 4), name)[0]
        return self.counts[name]

    def ordered(self, choices: Sequence[int], name: str) -> list[int]:
        """The choices as they are taken: shuffled for every two points, and none at its place at the second.

        So no size is the same at both: a number in a claim that happens to be a size at one is not at the other. Where
        many points did not serve (each root has a value at one in two), small sizes come first.
        """
        small, pair = sorted(choices), sorted(choices)
        Random(f"{name} {(self.seed % ROOTED + 1) // 2}").shuffle(pair)
        usual = pair, _deranged(pair)
        if self.seed < ROOTED:
            return usual[1 - self.seed % 2]
        first = _unlike(small, usual[1])
        return first if self.seed % 2 else _unlike(small, usual[0], first)

    def size(self, name: str, marks: tuple[int, ...]) -> Cell:
        if not marks and (name in self._upper_names or name in self.counts or name in self.context.said.counts):
            return self.cells.setdefault((name, ()), Cell(value=self.count(name)))
        return self.cells.setdefault((name, marks), Cell())

    @cached_property
    def _upper_names(self) -> frozenset[str]:
        kinds = {usual for names in USUAL_SIZES.values() for usual in names[:1]} & {"L", "T"}
        ranges = self.context.said.ranges.values()
        return frozenset(kinds) | frozenset(last.letter for _, last in ranges if isinstance(last, W.Name))

    def range_of(self, letter: str) -> range:
        """The values of a mark: what `where` says, or 1 to the usual letter of its kind."""
        said = self.context.said.ranges.get(letter)
        if said is not None:
            first, last = (self._end(one) for one in said)
            bounds.values(last + 1 - first)
            return range(first, last + 1)
        kind = self.context.vocabulary.kind(letter)
        if (upper := self.context.vocabulary.uppers.get(letter, "")) in self.context.vocabulary.sizes:
            return range(1, self.count(upper) + 1)
        known = [name for name in USUAL_SIZES.get(kind, ()) if name in self.context.vocabulary.sizes]
        others = [lasts for other, lasts in self.context.said.ranges.items()
                  if self.context.vocabulary.kind(other) == kind and kind != "index"]
        if others:
            return range(1, self.whole(self.context.term(others[0][1]), {}) + 1)
        if kind == "index" and any(letter in hidden for hidden in self.context.vocabulary.hidden.values()):
            return range(1, 3)
        usual = known or list(USUAL_SIZES.get(kind, (f"values of {letter}",)))
        return range(1, self.count(usual[0]) + 1)

    def _end(self, node: W.Node) -> int:
        """Where a declared range begins or ends."""
        try:
            return self.whole(self.context.term(node), {})
        except Conflict as conflict:
            raise Refused("a declared range has an end that is no whole number", conflict.span,
                          r"Write a number or a letter: l = 1, \dots, L.", open=True) from conflict

    def whole(self, term: T.Term, env: dict[str, int]) -> int:
        """A mark, index or bound as an integer."""
        match term:
            case T.Constant():
                value = term.value
            case T.Letter():
                if term.name not in env:
                    raise Conflict(f"the index {term.name} has no value here", term.span, "index")
                return env[term.name]
            case T.Size():
                value = Fraction(self._size_value(term, env))
            case T.Sum():
                return sum(self.whole(one, env) for one in term.terms)
            case T.Opposite():
                return -self.whole(term.content, env)
            case T.Times():
                return self.whole(term.left, env) * self.whole(term.right, env)
            case T.Ref() if "class" in self.traits(term.variable):
                return int(self.entry_value(term, env))
            case _:
                raise Conflict("this is no index", term.span, "index")
        if value.denominator != 1:
            raise Conflict("this is no whole number", term.span, "index")
        return int(value)

    def _size_value(self, term: T.Size, env: dict[str, int]) -> int:
        marks = tuple(self.whole(mark, env) for mark in term.marks)
        if term.name in ("L", "T") and not marks:
            wanted = "time" if term.name == "T" else "layer"
            letters = [x for x in self.context.said.ranges if self.context.vocabulary.kind(x) == wanted]
            if letters and size_name(self.context.said.ranges[letters[0]][1]) != term.name:
                return self.range_of(letters[0])[-1]
        cell = self.cells.get((term.name, marks))
        if cell is None and not marks:
            return self.count(term.name)
        if cell is None or (value := cell.root().value) is None:
            raise Elsewhere(term.name)
        return value

    def entry_value(self, term: T.Ref, env: dict[str, int]) -> int:
        """A class such as y_i, counted from 1."""
        from_env = {name: value for name, value in env.items() if isinstance(value, int)}
        marks = (*(self.whole(m, from_env) for m in term.marks),
                 *(self.whole(e, from_env) for e in term.entries if e is not None))
        key = (f"class {term.variable.name}", marks)
        if key not in self.classes:
            self.classes[key] = self.random.choice((1, 2))
        return int(self.classes[key])

    def bound(self, pattern: tuple[T.Term, ...], marks: tuple[int, ...]) -> dict[str, int] | None:
        """The letters that make the pattern these marks."""
        env: dict[str, int] = {}
        for term, value in zip(pattern, marks, strict=True):
            letter, offset = _affine(term)
            if letter is not None and letter not in env:
                env[letter] = value - offset
            else:
                try:
                    if self.whole(term, env) != value:
                        return None
                except Conflict:
                    return None
        return env

    def traits(self, variable: T.Variable) -> set[str]:
        said = self.context.said.traits
        return said.get(variable.name, set()) | said.get(variable.name.split("_")[0].split("^")[0], set())


def _unlike(choices: list[int], *others: list[int]) -> list[int]:
    """The choices, small ones first, none at the place that it has in one of the others."""
    return next((list(order) for order in permutations(choices)
                 if all(one != two for other in others for one, two in zip(order, other, strict=True))), choices)


def _deranged(order: list[int]) -> list[int]:
    """The same values, none at its place: neighbours change places."""
    found = list(order)
    for at in range(0, len(found) - 1, 2):
        found[at], found[at + 1] = found[at + 1], found[at]
    if len(found) % 2 and len(found) > 1:
        found[0], found[-1] = found[-1], found[0]
    return found


def _affine(term: T.Term) -> tuple[str | None, int]:
    """l + 1 as (l, 1)."""
    if isinstance(term, T.Letter):
        return term.name, 0
    if isinstance(term, T.Sum) and len(term.terms) == 2 and isinstance(term.terms[0], T.Letter):
        other = term.terms[1]
        sign = -1 if isinstance(other, T.Opposite) else 1
        inner = other.content if isinstance(other, T.Opposite) else other
        if isinstance(inner, T.Constant):
            return term.terms[0].name, sign * int(inner.value)
    return None, 0
