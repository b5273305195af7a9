r"""The shape of a term: the definitions run over shapes in place of numbers.

    z^l = w^l a^{l-1} + b^l, l = 1..3      for each l the sizes of w, a and b follow

In: terms, the letters in force (an index is a size cell, a mark a number). Out: boxes of cells (derive.claims.shapes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from derive.claims import terms as T
from derive.claims.shapes import ONE, Box, Cell, Mismatch, alike, column, number, of, product, same, together

Env = dict[str, "int | Cell"]
ENTRYWISE = frozenset({"odot", "circ", "bullet"})
"""Signs that multiply entry by entry for everybody."""


class Elsewhere(Exception):
    """A mark outside the range of a family: w^{l+1} of the last layer."""


@dataclass
class Inference:
    """`box` looks a variable up at its marks, `whole` evaluates a mark, `values` gives the range of a mark letter."""

    box: Callable[[T.Variable, tuple[int, ...]], Box]
    whole: Callable[[T.Term, dict[str, int]], int]
    values: Callable[[str], range]
    size: Callable[[str, tuple[int, ...]], Cell]
    entrywise: frozenset[str] = ENTRYWISE
    final: bool = False
    """Whether this is the last pass: then what is still unknown is what its neighbours are."""
    formula: Callable[[T.Applied], tuple[T.Variable, T.Term] | None] = lambda term: None
    """The parameter and the body of a function of a whole array that the context defines."""
    shifted: list[tuple[Cell, T.Term, Env]] = field(default_factory=list)
    """Axes that are read at i + k: they are as long as the largest index."""

    def of(self, term: T.Term, env: Env) -> Box:
        rule = getattr(self, "_" + type(term).__name__.lower(), None)
        return rule(term, env) if rule else number()

    def marks(self, marks: tuple[T.Term, ...], env: Env) -> tuple[int, ...]:
        return tuple(self.whole(mark, {name: value for name, value in env.items() if isinstance(value, int)})
                     for mark in marks)

    def _ref(self, term: T.Ref, env: Env) -> Box:
        box = self.box(term.variable, self.marks(term.marks, env))
        return self.picked(box, term.entries, env) if term.entries else box

    def _entry(self, term: T.Entry, env: Env) -> Box:
        return self.picked(self.of(term.content, env), term.entries, env)

    def picked(self, box: Box, entries: tuple[T.Term | None, ...], env: Env) -> Box:
        """What is left of a shape where entries of it are picked; an index there runs over that axis."""
        if box.known is None:
            same(box, column() if len(entries) == 1 else of(*(Cell() for _ in entries)))
        dims = box.known or ()
        axes = chosen(dims, len(entries))
        if max(axes, default=0) >= len(dims):
            raise Mismatch(f"{len(entries)} indices on an array of {len(dims)} axes")
        for axis, entry in zip(axes, entries, strict=False):
            cell = env.get(f"axis {entry.name}", env.get(entry.name)) if isinstance(entry, T.Letter) else None
            if isinstance(cell, Cell):
                alike(dims[axis], cell)
            elif isinstance(entry, T.Sum | T.Times):
                self.shifted.append((dims[axis], entry, dict(env)))
        rest = [cell for i, cell in enumerate(dims) if i not in axes or entries[axes.index(i)] is None]
        if len(dims) == 2 and len(rest) == 1 and rest[0].root() is not ONE:
            return of(rest[0], ONE) if 0 not in axes or entries[0] is None else of(ONE, rest[0])
        return number()

    def _sum(self, term: T.Sum, env: Env) -> Box:
        return together([self.of(one, env) for one in term.terms], self.final)

    def _opposite(self, term: T.Opposite, env: Env) -> Box:
        return self.of(term.content, env)

    def _times(self, term: T.Times, env: Env) -> Box:
        left, right = self.of(term.left, env), self.of(term.right, env)
        if term.sign in self.entrywise:
            return together([left, right])
        if term.sign == "otimes" and left.known and right.known:
            return of(left.known[0], right.known[0])
        if term.sign in ("*", "x") and left.known and right.known and _alike(left, right):
            return together([left, right])
        return product(left, right, term.sign == ".")

    def _over(self, term: T.Over, env: Env) -> Box:
        top, bottom = self.of(term.top, env), self.of(term.bottom, env)
        if bottom.known is None and bottom.root().open:
            same(bottom, number())
        return together([top, bottom], self.final)

    def _power(self, term: T.Power, env: Env) -> Box:
        return self.of(term.base, env)

    def _transposed(self, term: T.Transposed, env: Env) -> Box:
        box = self.of(term.content, env)
        if box.known is None:
            same(box, column())
        return of(*reversed(box.known or ()))

    def _applied(self, term: T.Applied, env: Env) -> Box:
        boxes = [self.of(one, env) for one in term.arguments]
        if boxes and (formula := self.formula(term)) is not None:
            parameter, body = formula
            same(self.box(parameter, ()), boxes[0])
            return self.of(body, {})
        if term.function.known == "softmax" and boxes[0].known is None and boxes[0].root().open:
            same(boxes[0], column())
        return number() if term.function.scalar or not boxes else together(boxes)

    def _primed(self, term: T.Primed, env: Env) -> Box:
        return self.of(term.content, env)

    def _differential(self, term: T.Differential, env: Env) -> Box:
        of_box, by = self.of(term.of, env), self.of(term.by[-1], env)
        if not of_box.known:
            return Box(dims=by.known) if by.known is not None else by
        return Box(dims=of_box.known) if not by.known else of(of_box.known[0], by.known[0])

    def _reduced(self, term: T.Reduced, env: Env) -> Box:
        found = number()
        for inner in self._bindings(term.letters, term, env):
            self._bounded(term, inner)
            try:
                found = self.of(term.body, inner)
                if term.condition:
                    self.of(term.condition, inner)
            except Elsewhere:
                continue
        return found

    def _bounded(self, term: T.Reduced, env: Env) -> None:
        """A sum from 1 to n, or from 0 to n - 1, is over an axis of n."""
        upper, cell = term.upper, env.get(term.letters[0]) if len(term.letters) == 1 else None
        first = term.lower.value if isinstance(term.lower, T.Constant) else None
        if first == 0 and isinstance(upper, T.Sum) and len(upper.terms) == 2 and isinstance(upper.terms[1], T.Opposite):
            upper = upper.terms[0]
        elif first != 1:
            return
        if isinstance(cell, Cell) and isinstance(upper, T.Size):
            alike(cell, self.size(upper.name, self.marks(upper.marks, env)))

    def _bindings(self, letters: tuple[str, ...], term: T.Term, env: Env) -> Iterator[Env]:
        marking = [name for name in letters if marks_with(term, name)]
        inner: Env = {**env, **{name: Cell() for name in letters if name not in marking}}
        if not marking:
            yield inner
            return
        values, rest = self.values(marking[0]), tuple(marking[1:])
        for value in values:
            bound: Env = {**inner, marking[0]: value, f"axis {marking[0]}": Cell(value=len(values))}
            yield from self._bindings(rest, term, bound) if rest else [bound]

    def _whole(self, term: T.Whole, env: Env) -> Box:
        box = self.of(term.content, env)
        if term.kind == "trace" and box.known:
            alike(box.known[0], box.known[1])
        if term.kind != "diag" or not box.known:
            return number()
        return of(box.known[0], box.known[0]) if box.known[1].root() is ONE else of(box.known[0], ONE)

    def _compared(self, term: T.Compared, env: Env) -> Box:
        return together([self.of(term.left, env), self.of(term.right, env)])

    def _both(self, term: T.Both, env: Env) -> Box:
        return together([self.of(part, env) for part in term.parts])

    def _indicated(self, term: T.Indicated, env: Env) -> Box:
        return self.of(term.condition, env)

    def _chosen(self, term: T.Chosen, env: Env) -> Box:
        return together([self.of(value, env) for value, _ in term.rows])

    def _array(self, term: T.Array, env: Env) -> Box:
        for row in term.rows:
            for one in row:
                self.of(one, env)
        return of(Cell(value=len(term.rows)) if len(term.rows) > 1 else ONE,
                  Cell(value=len(term.rows[0])) if len(term.rows[0]) > 1 else ONE)

    def _unit(self, term: T.Unit, env: Env) -> Box:
        if isinstance(term.size, T.Size):
            return of(self.size(term.size.name, self.marks(term.size.marks, env)), ONE)
        return column()


def _alike(left: Box, right: Box) -> bool:
    """Whether a sign that could be either product must be the entrywise one."""
    a, b = left.known or (), right.known or ()
    return len(a) == len(b) and all(x.root() is y.root() for x, y in zip(a, b, strict=True))


def chosen(dims: tuple[Cell, ...] | tuple[int, ...], count: int) -> list[int]:
    """Which axes `count` indices pick from: of a row or column the one that is not 1."""
    if count == 1 and len(dims) == 2:
        ones = [cell is ONE or (isinstance(cell, Cell) and cell.root() is ONE) or cell == 1 for cell in dims]
        return [1] if ones[0] and not ones[1] else [0]
    return list(range(count))


def marks_with(term: T.Term, letter: str) -> bool:
    """Whether a letter stands in a mark of the term, such as the l of w^{l}."""
    return letter in term.marking


__all__ = ["ENTRYWISE", "Elsewhere", "Env", "Inference", "Mismatch", "chosen", "marks_with"]
