r"""One random point of a context: sizes, leaves, and every variable's value at it.

    value(z, (2,))  =  the body of  z^l = w^l a^{l-1} + b^l  at l = 2

In: a context and a draw. Out: values as arrays of exact numbers, evaluated when they are first asked for. A world
in which a variable is replaced (by dual numbers, for a derivative) shares everything else with the one it came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from itertools import product as pairs
from random import Random
from typing import Any

import numpy as np

from derive.claims import bounds
from derive.claims import terms as T
from derive.claims.context import Context, Definition, tells_arrays
from derive.claims.elaborate import COST
from derive.claims.inference import ENTRYWISE, Elsewhere, Env, Inference, marks_with
from derive.claims.refused import Conflict, Refused
from derive.claims.shapes import ONE, Box, Cell, Mismatch, number, of, same
from derive.claims.vocabulary import RATES, USUAL_SIZES, size_name
from derive.claims.where import Shape
from derive.errors import DeriveError
from derive.points import Draw, Small
from derive.points.polynomial import arbitrary
from derive.written import tree as W
from derive.written.latex.symbols import TIMES

Key = tuple[str, tuple[int, ...]]
WIDTHS = (2, 3, 4, 5)
MOST_PASSES = 8
GREEK = frozenset("alpha beta gamma delta epsilon varepsilon eta lambda mu nu rho theta tau kappa omega zeta".split())


class World:
    """A point of a context. `layout` says how derivatives by arrays lie; `seed` fixes everything that is random."""

    def __init__(self, context: Context, draw: Draw, seed: int = 0, layout: str = "mixed",
                 demands: frozenset[tuple[str, int]] = frozenset(), meter: bounds.Meter | None = None) -> None:
        self.context, self.draw, self.layout = context, draw, layout
        self.demands = dict(demands)
        self.first = context.first
        self.links = False
        """Whether the derivative of an inner variable is the one link, everything else that it reads held fixed."""
        self._unders: dict[str, frozenset[str]] = {}
        self.random = Random(f"sizes {seed}")
        self.boxes: dict[Key, Box] = {}
        self.cells: dict[Key, Cell] = {}
        self.counts: dict[str, int] = {}
        self.values: dict[Key, Any] = {}
        self.functions: dict[tuple[str, tuple[int, ...], int], Any] = {}
        self.nonzero: dict[T.Term, bool] = {}
        self.tangents: dict[Any, Any] = {}
        self.entrywise = ENTRYWISE | frozenset(TIMES.get(sign.lstrip("\\"), sign) for sign in context.elementwise)
        self.meter = meter or bounds.Meter()
        self._infer()

    # -- sizes -----------------------------------------------------------------------------

    def count(self, name: str) -> int:
        """The value of a size that is no axis: L layers, T steps, m examples."""
        if name not in self.counts:
            if name in self.context.vocabulary.lasts:
                self.counts[name] = self.random.choice((3, 4))
                return self.counts[name]
            self.counts[name] = self.random.choice((3, 4) if name == "L" else (2, 3, 4))
        return self.counts[name]

    def size(self, name: str, marks: tuple[int, ...]) -> Cell:
        if not marks and (name in self._upper_names or name in self.counts):
            return self.cells.setdefault((name, ()), Cell(value=self.count(name)))
        return self.cells.setdefault((name, marks), Cell())

    @cached_property
    def _upper_names(self) -> frozenset[str]:
        kinds = {last for last in USUAL_SIZES.values() for last in last[:1]} & {"L", "T"}
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
            case T.Ref() if "class" in self._traits(term.variable):
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
        if key not in self.values:
            self.values[key] = self.random.choice((1, 2))
        return int(self.values[key])

    # -- shapes ----------------------------------------------------------------------------

    def _infer(self) -> None:
        inference = Inference(self._box, self.whole, self.range_of, self.size,
                              self.entrywise)
        self.inference = inference
        self._passes(inference, ARRAYS in self.demands or self.context.about_arrays)
        if self._cost_is_array():
            self.boxes = {}
            self._passes(inference, False)
        self._settle()

    def _passes(self, inference: Inference, arrays: bool) -> None:
        """The equations again and again, until nothing more becomes known."""
        inference.final = False
        self._until_settled(inference)
        if arrays:
            self._weights()
            self._until_settled(inference)
        inference.final = True
        self._pass(inference)
        self._pass(inference)

    def _until_settled(self, inference: Inference) -> None:
        before = -1
        for _ in range(MOST_PASSES):
            self._pass(inference)
            known = sum(box.known is not None for box in self.boxes.values())
            if known == before:
                return
            before = known

    def _cost_is_array(self) -> bool:
        """Whether taking the weights for matrices made the cost an array: then they are numbers."""
        cost = self.context.cost
        return cost is not None and any(bool(box.known) for (name, _), box in self.boxes.items()
                                        if name == cost.variable.name)

    def _pass(self, inference: Inference) -> None:
        for one in self.context.definitions:
            for env in self.instances(one):
                self.meter.spend(1)
                self._define(one, env, inference)

    def _weights(self) -> None:
        """Among arrays, a factor on the left that nothing else fixes is a matrix: the w of w a + b."""
        for name in sorted(self.context.left_factors):
            for (variable, _), box in self.boxes.items():
                if variable == name and box.known is None:
                    same(box, of(Cell(), Cell()))

    def _define(self, one: Definition, env: Env, inference: Inference) -> None:
        cells = {name: self._axis(name, one) for name in one.entries}
        try:
            box = self._box(one.variable, inference.marks(one.marks, env), tuple(cells[name] for name in one.entries))
            for inner in self._entered(one, {**env, **cells}):
                body = inference.of(one.body, inner)
                if not one.entries:
                    same(box, body)
        except Elsewhere:
            return
        except Mismatch as mismatch:
            raise DeriveError(f"the sizes of '{one.line}' do not go together: {mismatch}", where="given",
                              do="Declare the shapes with `where`.") from mismatch

    def _axis(self, name: str, one: Definition) -> Cell:
        """The axis that an index on the left runs over; an index that marks something on the right has a range."""
        return Cell(value=len(self.range_of(name))) if marks_with(one.body, name) else Cell()

    def _entered(self, one: Definition, env: Env) -> Iterator[Env]:
        marking = [name for name in one.entries if marks_with(one.body, name)]
        for values in pairs(*map(self.range_of, marking)):
            yield {**env, **{f"axis {name}": env[name] for name in marking}, **dict(zip(marking, values, strict=True))}

    def instances(self, one: Definition) -> list[Env]:
        """The values of the letters in the marks of a definition."""
        letters = tuple(dict.fromkeys(node.name for mark in one.marks for node in mark.walk()
                                      if isinstance(node, T.Letter)))
        return [dict(zip(letters, values, strict=True)) for values in pairs(*map(self.range_of, letters))]

    def _box(self, variable: T.Variable, marks: tuple[int, ...], entries: tuple[Cell, ...] = ()) -> Box:
        key = (variable.name, marks)
        if key not in self.boxes:
            self.boxes[key] = self._fresh(variable, marks, entries)
        elif entries:
            self._match(self.boxes[key], entries)
        return self.boxes[key]

    def _match(self, box: Box, entries: tuple[Cell, ...]) -> None:
        mine = self._of_entries(entries, row=False)
        dims = box.known
        if dims is not None and len(entries) == 1 and len(dims) == 2 and dims[0].root() is ONE:
            mine = self._of_entries(entries, row=True)
        same(box, mine)

    def _fresh(self, variable: T.Variable, marks: tuple[int, ...], entries: tuple[Cell, ...]) -> Box:
        traits = self._traits(variable)
        if (declared := self._declared(variable, marks)) is not None:
            if entries:
                self._match(declared, entries)
            return declared
        if entries:
            return self._of_entries(entries, "row" in traits)
        defined = self.defines(variable, marks)
        arity = self._arity.get(variable.name, 0)
        if arity and not defined:
            return self._of_entries(tuple(Cell() for _ in range(arity)), "row" in traits)
        if "scalar" in traits or "cost" in traits:
            return number()
        if "vector" in traits or "column" in traits or "one-hot" in traits or "probabilities" in traits:
            return of(Cell(), ONE)
        if "row" in traits:
            return of(ONE, Cell())
        letter = variable.name.split("_")[0].split("^")[0].split(" ")[-1]
        if "matrix" in traits or "symmetric" in traits or letter in CAPITALS and not defined:
            return of(Cell(), Cell())
        return Box(open="" if defined else "right" if letter in GREEK else "both")

    def defines(self, variable: T.Variable, marks: tuple[int, ...]) -> bool:
        """Whether an equation gives the variable its value at these marks."""
        return any(one.variable == variable and (env := self.bound(one.marks, marks)) is not None
                   and all(value in self.range_of(name) for name, value in env.items())
                   for one in self.context.definitions)

    @staticmethod
    def _of_entries(cells: tuple[Cell, ...], row: bool) -> Box:
        if len(cells) == 1:
            return of(ONE, cells[0]) if row else of(cells[0], ONE)
        return Box(dims=cells)

    @cached_property
    def _arity(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for one in self.context.definitions:
            for node in one.body.walk():
                if isinstance(node, T.Ref) and node.entries:
                    found[node.variable.name] = max(found.get(node.variable.name, 0), len(node.entries))
        return {**self.demands, **found}

    def _traits(self, variable: T.Variable) -> set[str]:
        said = self.context.said.traits
        return said.get(variable.name, set()) | said.get(variable.name.split("_")[0].split("^")[0], set())

    def _declared(self, variable: T.Variable, marks: tuple[int, ...]) -> Box | None:
        for shape in self.context.said.shapes:
            if (env := self._declares(shape, variable, marks)) is not None:
                cells = [self._size_cell(size, env) for size in shape.sizes]
                if "row" in self._traits(variable) and len(cells) == 1:
                    return of(ONE, cells[0])
                return self._of_entries(tuple(cells), row=False) if len(cells) != 2 else of(*cells)
        return None

    def _declares(self, shape: Shape, variable: T.Variable, marks: tuple[int, ...]) -> dict[str, int] | None:
        term = self.context.declared(shape.name.node)
        if term is not None and term.variable == variable:
            return self.bound(term.marks, marks)
        return None

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

    def _size_cell(self, node: W.Node, env: dict[str, int]) -> Cell:
        if isinstance(node, W.Number):
            return ONE if node.text == "1" else self._counted(node.text)
        try:
            term = self.context.term(node, frozenset(env))
        except Exception:
            return Cell()
        if isinstance(term, T.Size):
            return self.size(term.name, tuple(self.whole(mark, env) for mark in term.marks))
        return Cell()

    def _counted(self, text: str) -> Cell:
        """A size that is declared as a number; a large one is as good as a letter, unless the claim counts with it."""
        if len(text) < 3 and text.isdigit() and int(text) <= bounds.LARGEST_SIZE or text.isdigit() and text in self.context.counted:
            return Cell(value=int(text))
        return self.cells.setdefault((f"size {text}", ()), Cell())

    def _settle(self) -> None:
        """Every size a number: different ones wherever nothing says that they are the same."""
        shifted = self._shifted()
        free: list[Cell] = []
        for box in self.boxes.values():
            if box.root().dims is None:
                box.root().dims = ()
            free += [cell.root() for cell in box.known or () if cell.root().value is None and cell.root() not in shifted]
        free += [cell.root() for cell in self.cells.values() if cell.root().value is None]
        taken = [cell.root().value for cell in self.cells.values() if cell.root().value is not None]
        widths = [w for w in WIDTHS if w not in taken] + [w for w in WIDTHS if w in taken]
        first, rest = widths[:3], widths[3:]
        self.random.shuffle(first)
        for at, cell in enumerate(dict.fromkeys(free)):
            cell.value = (first + rest)[at % len(widths)]
        for cell, reads in shifted.items():
            cell.value = max((self._last(entry, env) for entry, env in reads), default=1)

    def _shifted(self) -> dict[Cell, list[tuple[T.Term, Env]]]:
        """Axes of which no plain index says how long they are, with the indices that read them."""
        found: dict[Cell, list[tuple[T.Term, Env]]] = {}
        plain = {cell.root() for _, _, env in self.inference.shifted for cell in env.values() if isinstance(cell, Cell)}
        for cell, entry, env in self.inference.shifted:
            if cell.root().value is None and cell.root() not in plain:
                found.setdefault(cell.root(), []).append((entry, env))
        return found

    def _last(self, entry: T.Term, env: Env) -> int:
        """How long an axis must be for this index: the index at the ends of what it is made of."""
        ends = {name: (value.root().value or 1) - 1 + self.first if isinstance(value, Cell) else value
                for name, value in env.items()}
        try:
            return self.whole(entry, ends) + 1 - self.first
        except (Conflict, Elsewhere):
            return 1

    def shape(self, variable: T.Variable, marks: tuple[int, ...]) -> tuple[int, ...]:
        box = self.boxes.get((variable.name, marks))
        if box is None and variable.name in RATES:
            return ()
        if box is None:
            raise Elsewhere(variable.name)
        return tuple(cell.root().value or 1 for cell in box.known or ())

    def reaches(self, name: str) -> frozenset[str]:
        """Every variable that the value of this one can depend on."""
        return self._reach.get(name, frozenset((name,)))

    @cached_property
    def _reach(self) -> dict[str, frozenset[str]]:
        direct: dict[str, set[str]] = {}
        for one in self.context.definitions:
            direct.setdefault(one.variable.name, set()).update(
                node.variable.name for node in one.body.walk() if isinstance(node, T.Ref))
        found = {}
        for name in direct:
            seen, front = {name}, [name]
            while front:
                new = direct.get(front.pop(), set()) - seen
                seen |= new
                front += sorted(new)
            found[name] = frozenset(seen)
        if self.context.cost is not None:
            found[COST] = found.get(self.context.cost.variable.name, frozenset()) | {COST}
        return found

    # -- leaves ----------------------------------------------------------------------------

    def arbitrary(self, arity: int) -> Any:
        """A new differentiable function."""
        return arbitrary(self.draw.number, arity, isinstance(self.draw, Small))

    def leaf(self, variable: T.Variable, marks: tuple[int, ...]) -> Any:
        """A random value, of the kind that the context declares."""
        shape, traits = self.shape(variable, marks), self._traits(variable)
        draw = self.draw.positive if "positive" in traits else self.draw.number
        if "class" in traits:
            return self.draw.rational(self.entry_value(T.Ref(W.Span(0, 0), variable, tuple(
                T.Constant(W.Span(0, 0), Fraction(m)) for m in marks)), {}))
        if variable.name in self._under("log"):
            draw = self._fraction
        elif variable.name in self._under("sqrt"):
            draw = self.draw.positive
        if "binary" in traits:
            draw = self._bit
        if not shape:
            return draw()
        bounds.entries(shape)
        array = np.empty(shape, dtype=object)
        array.ravel()[:] = [draw() for _ in range(array.size)]
        if "symmetric" in traits:
            for i, j in np.ndindex(*shape):
                array[i, j] = array[min(i, j), max(i, j)]
        if "one-hot" in traits or "probabilities" in traits:
            self._distribute(array, "one-hot" in traits, "by rows" in traits)
        return array

    def _bit(self) -> Any:
        return self.draw.rational(self.random.choice((0, 1)))

    def _fraction(self) -> Any:
        """Between 0 and 1, for what stands under a logarithm."""
        value = self.draw.positive()
        return value / (value + self.draw.positive())

    def _distribute(self, array: np.ndarray[Any, Any], hot: bool, rows: bool) -> None:
        """Each example a distribution: the columns of a column or matrix, the rows where rows are examples."""
        lines = array if rows or array.shape[0] == 1 else array.T
        for i in range(len(lines)):
            lines[i] = self.draw.one_hot(lines.shape[1]) if hot else self.draw.probabilities(lines.shape[1])

    def _under(self, function: str) -> frozenset[str]:
        """Leaves under a logarithm or a root."""
        if function not in self._unders:
            self._unders[function] = frozenset(
                ref.variable.name for one in self.context.definitions for node in one.body.walk()
                if isinstance(node, T.Applied) and node.function.known == function
                for ref in node.walk() if isinstance(ref, T.Ref))
        return self._unders[function]


ARRAYS = "arrays"
"""The demand that numbers be told from arrays: the claim has transposes or products entry by entry."""


def demanded(context: Context, terms: tuple[T.Term, ...]) -> frozenset[tuple[str, int]]:
    """What a claim says of the shapes that its context leaves open: how many indices its variables have."""
    found: dict[str, int] = {}
    nodes = [node for term in terms for node in term.walk()]
    for node in nodes:
        if isinstance(node, T.Ref) and node.entries and node.variable.name not in context.settled:
            found[node.variable.name] = max(found.get(node.variable.name, 0), len(node.entries))
    if context.tells_arrays or any(map(tells_arrays, nodes)):
        found[ARRAYS] = 1
    return frozenset(found.items())


CAPITALS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ") | {"Phi", "Theta", "Sigma", "Lambda", "Omega", "Psi", "Gamma"}


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
