r"""One random point of a context: the values of everything that no equation gives.

    x, w^1, b^1, w^2, ...      random exact numbers, of the kind that the context declares

In: a context and a draw. Out: sizes, leaves, arbitrary functions; and what a point remembers of the claims that were
judged at it.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from fractions import Fraction
from functools import cached_property
from random import Random
from typing import Any

import numpy as np

from derive.claims import bounds
from derive.claims import terms as T
from derive.claims.context import Context
from derive.claims.naming import COST
from derive.claims.sizing import Sizing
from derive.points import Draw, Small
from derive.points.polynomial import arbitrary
from derive.written import tree as W


class World(Sizing):
    """A point of a context. `layout` says how derivatives by arrays lie; `seed` fixes everything that is random."""

    def __init__(self, context: Context, draw: Draw, seed: int = 0, layout: str = "mixed",
                 demands: frozenset[tuple[str, int]] = frozenset(), meter: bounds.Meter | None = None) -> None:
        super().__init__(context, seed, demands, meter or bounds.Meter(), isinstance(draw, Small))
        self.draw, self.layout = draw, layout
        self.links = False
        """Whether the derivative of an inner variable is the one link, everything else that it reads held fixed."""
        self.reversed = False
        """Whether a product over an index is written from its last factor to its first."""
        self.reading: dict[str, int] = {}
        """How the indices of a claim are read where it is not as the given lines have it: `first`, `beyond`."""
        self._unders: dict[str, frozenset[str]] = {}
        self.functions: dict[tuple[str, tuple[int, ...], int], Any] = {}
        self.nonzero: dict[T.Term, bool] = {}
        self.tangents: dict[Any, Any] = {}

    def at(self, draw: Draw, seed: int, layout: str) -> World:
        """Another point of the same sizes."""
        world = copy(self)
        world.draw, world.layout, world.random = draw, layout, Random(f"sizes {seed}")
        world.classes, world.functions, world.nonzero, world.tangents = {}, {}, {}, {}
        return world

    def reaches(self, name: str) -> frozenset[str]:
        """Every variable that the value of this one can depend on."""
        return self._reach.get(name, frozenset((name,)))

    @cached_property
    def _reach(self) -> dict[str, frozenset[str]]:
        direct: dict[str, set[str]] = {}
        for one in self.context.definitions:
            direct.setdefault(one.variable.name, set()).update(self._reads(one.body))
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

    def _reads(self, body: T.Term) -> Iterator[str]:
        """The variables in a term, and in the formulas of the functions that it applies."""
        for node in body.walk():
            if isinstance(node, T.Ref):
                yield node.variable.name
            elif isinstance(node, T.Applied) and (formula := self.context.formulas.get((node.function.name, 0))):
                yield from (ref.variable.name for ref in formula.body.walk() if isinstance(ref, T.Ref))

    def arbitrary(self, arity: int) -> Any:
        """A new differentiable function."""
        return arbitrary(self.draw.number, arity, isinstance(self.draw, Small))

    def leaf(self, variable: T.Variable, marks: tuple[int, ...]) -> Any:
        """A random value, of the kind that the context declares."""
        shape, traits = self.shape(variable, marks), self.traits(variable)
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
            hot = "one-hot" in traits
            self._distribute(array, hot, "by rows" in traits or hot and array.shape[1] > 1)
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
