r"""The shape of every variable at its marks, drawn so that sizes differ wherever nothing makes them the same.

    z^l = w^l a^{l-1} + b^l      3 x 4 for w^1 where z^1 has 3 entries and a^0 has 4

In: a context, a seed, and what a claim says of shapes that the context leaves open. Out: shapes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import product as pairs

from derive.claims import bounds
from derive.claims import terms as T
from derive.claims.context import Context
from derive.claims.definitions import Definition
from derive.claims.demands import ARRAYS
from derive.claims.inference import ENTRYWISE, Elsewhere, Env, Inference, marks_with
from derive.claims.letters import free_letters
from derive.claims.ranges import Key, Ranges
from derive.claims.refused import Conflict, Refused
from derive.claims.shapes import ONE, Box, Cell, Mismatch, number, of, same
from derive.claims.usual import CAPITALS, GREEK, RATES
from derive.claims.where import Shape
from derive.errors import DeriveError
from derive.written import tree as W
from derive.written.latex.symbols import TIMES

WIDTHS = (2, 3, 4, 5)
SMALL = (2,)
"""The sizes of a point that is shown to a person."""
MOST_PASSES = 8


class Sizing(Ranges):
    """Shapes, inferred from the equations."""

    def __init__(self, context: Context, seed: int, demands: frozenset[tuple[str, int]], meter: bounds.Meter,
                 small: bool = False) -> None:
        super().__init__(context, seed)
        self.meter = meter
        self.choices = SMALL if small else WIDTHS
        self.demands = dict(demands)
        self.boxes: dict[Key, Box] = {}
        self.entrywise = ENTRYWISE | frozenset(TIMES.get(sign.lstrip("\\"), sign) for sign in context.elementwise)
        self._infer()

    def _infer(self) -> None:
        inference = Inference(self._box, self.whole, self.range_of, self.size, self.entrywise,
                              formula=self.context.whole_formula)
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
        for term in self.context.freed:
            self._claimed(term, inference)

    def _claimed(self, term: T.Term, inference: Inference) -> None:
        """What a side of a claim that stands alone says of shapes, as far as it holds."""
        letters = free_letters(term)
        env: Env = {name: self.range_of(name)[-1] if marks_with(term, name) else Cell() for name in letters}
        try:
            inference.of(term, env)
        except (Mismatch, Elsewhere, Conflict):
            return

    def _weights(self) -> None:
        """Among arrays, a factor on the left that nothing else fixes is a matrix: the w of w a + b."""
        for name in sorted(self.context.left_factors):
            for (variable, _), box in self.boxes.items():
                if variable == name and box.known is None:
                    same(box, of(Cell(), Cell()))

    def _define(self, one: Definition, env: Env, inference: Inference) -> None:
        cells = {name: self._axis(name, one) for name in one.letters}
        try:
            box = self._box(one.variable, inference.marks(one.marks, env), tuple(cells[name] for name in one.entries))
            for inner in self._entered(one, {**self._axes(env), **cells}):
                body = inference.of(one.body, inner)
                if one.places and box.known is None:
                    inference.picked(box, one.places, inner)
                elif not one.entries and not one.places:
                    same(box, body)
        except Elsewhere:
            return
        except Mismatch as mismatch:
            raise DeriveError(f"the sizes of '{one.line}' do not go together: {mismatch}", where="given",
                              do="Declare the shapes with `where`.") from mismatch

    def _axis(self, name: str, one: Definition) -> Cell:
        """The axis that an index on the left runs over; an index that marks something on the right has a range."""
        return Cell(value=len(self.range_of(name))) if marks_with(one.body, name) else Cell()

    def _axes(self, env: Env) -> Env:
        """The letters in the marks, with the axis of what reads one of them as an index: p_k = e^{f_k}/..., p_{y_i}."""
        ranges = {name: self.range_of(name) for name in env}
        return {**env, **{f"axis {name}": Cell(value=len(run)) for name, run in ranges.items() if run[0] == self.first}}

    def _entered(self, one: Definition, env: Env) -> Iterator[Env]:
        marking = [name for name in one.letters if marks_with(one.body, name)]
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
        traits = self.traits(variable)
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
        if "matrix" in traits or "symmetric" in traits or letter in CAPITALS and not defined \
                and variable.name not in self.context.divisors:
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

    def _declared(self, variable: T.Variable, marks: tuple[int, ...]) -> Box | None:
        for shape in self.context.said.shapes:
            if (env := self._declares(shape, variable, marks)) is not None:
                cells = [self._size_cell(size, env) for size in shape.sizes]
                if "row" in self.traits(variable) and len(cells) == 1:
                    return of(ONE, cells[0])
                return self._of_entries(tuple(cells), row=False) if len(cells) != 2 else of(*cells)
        return None

    def _declares(self, shape: Shape, variable: T.Variable, marks: tuple[int, ...]) -> dict[str, int] | None:
        term = self.context.declared(shape.name.node)
        if term is not None and term.variable == variable:
            return self.bound(term.marks, marks)
        return None

    def _size_cell(self, node: W.Node, env: dict[str, int]) -> Cell:
        if isinstance(node, W.Number):
            return ONE if node.text == "1" else self._counted(node.text)
        try:
            term = self.context.term(node, frozenset(env))
        except Refused:
            return Cell()
        if isinstance(term, T.Size):
            return self.size(term.name, tuple(self.whole(mark, env) for mark in term.marks))
        return Cell()

    def _counted(self, text: str) -> Cell:
        """A size that is declared as a number; a large one is as good as a letter, unless the claim counts with it."""
        small = len(text) < 3 and text.isdecimal() and int(text) <= bounds.LARGEST_SIZE
        if small or text.isdecimal() and text in self.context.counted:
            return Cell(value=int(text))
        return self.cells.setdefault((f"size {text}", ()), Cell())

    def _settle(self) -> None:
        """Every size a number: different ones wherever nothing says that they are the same."""
        shifted = self._shifted()
        free: list[Cell] = []
        for box in self.boxes.values():
            if box.root().dims is None:
                box.root().dims = ()
            roots = [cell.root() for cell in box.known or ()]
            free += [root for root in roots if root.value is None and root not in shifted]
        free += [cell.root() for cell in self.cells.values() if cell.root().value is None]
        taken = [cell.root().value for cell in self.cells.values() if cell.root().value is not None]
        widths = self.ordered([w for w in self.choices if w not in taken], "widths")
        widths += self.ordered([w for w in self.choices if w in taken], "taken")
        for at, cell in enumerate(dict.fromkeys(free)):
            cell.value = widths[at % len(widths)]
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
        for node in entry.walk():
            if isinstance(node, T.Letter) and node.name not in ends:  # a stride that the line leaves open
                ends[node.name] = self.range_of(node.name)[-1]
        try:
            return self.whole(entry, ends) + 1 - self.first
        except (Conflict, Elsewhere):
            return 1

    @property
    def planes(self) -> frozenset[str]:
        """Arrays with two axes, neither of one entry."""
        shapes = {name: box.known or () for (name, _), box in self.boxes.items()}
        return frozenset(name for name, dims in shapes.items()
                         if len(dims) == 2 and all((cell.root().value or 1) > 1 for cell in dims))

    def shape(self, variable: T.Variable, marks: tuple[int, ...]) -> tuple[int, ...]:
        box = self.boxes.get((variable.name, marks))
        if box is None and variable.name in RATES:
            return ()
        if box is None:
            raise Elsewhere(variable.name)
        return tuple(cell.root().value or 1 for cell in box.known or ())
