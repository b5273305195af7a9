r"""The values of variables, computed when they are first asked for, and what every rule of evaluation may use.

    value of z^{l} at l = 2      the body of the equation that defines it there; else a random leaf

In: a world, perhaps with variables replaced by dual numbers. Out: numbers and arrays. The rules for the kinds of terms
are in entries.py, functions.py, derivatives.py, sums.py and conditions.py; evaluate.py puts them together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from derive.claims import bounds
from derive.claims import terms as T
from derive.claims.arrays import shape_of
from derive.claims.definitions import Definition
from derive.claims.inference import chosen
from derive.claims.naming import COST
from derive.claims.ranges import Key
from derive.claims.refused import Conflict, Refused
from derive.claims.world import World
from derive.errors import clip
from derive.points.dual import Dual

Env = dict[str, int]
COMPUTING = object()
"""Stands where a value is being computed: whoever finds it there asks for itself."""
RULES = {kind: "_" + kind.__name__.lower() for kind in vars(T).values() if isinstance(kind, type)}


@dataclass(frozen=True)
class Values:
    """A world, perhaps with variables replaced. `level`: how deep in derivatives; `direct`: along one path alone."""

    world: World
    replaced: dict[Key, Any] = field(default_factory=dict)
    values: dict[Key, Any] = field(default_factory=dict)
    level: int = 0
    parent: Values | None = None
    direct: bool = False
    arguments: dict[str, Any] = field(default_factory=dict)
    """The value of the parameter of a function that the context defines."""
    weight: int = 1
    """How many numbers stand for one: itself and its tangents."""

    def variable(self, variable: T.Variable, marks: tuple[int, ...], span: Any) -> Any:
        key = (variable.name, marks)
        if variable.name in self.arguments:
            return self.arguments[variable.name]
        if key in self.replaced:
            return self.replaced[key]
        if key not in self.values:
            self.values[key] = COMPUTING
            try:
                self.values[key] = self._computed(variable, marks, span)
            finally:
                if self.values[key] is COMPUTING:
                    del self.values[key]
        if self.values[key] is COMPUTING:
            raise Refused(f"{variable.name} is defined by itself", span, "Give it a mark for each step.", open=True)
        return self.values[key]

    def _computed(self, variable: T.Variable, marks: tuple[int, ...], span: Any) -> Any:
        if self.parent is not None and (self.direct or not self._reaches(variable)):
            return self.parent.variable(variable, marks, span)
        if (value := self.made(variable, marks, span)) is not None:
            return value
        if variable.name == COST:
            return self.term(self._cost(span), {})
        if self.parent is not None:
            return self.parent.variable(variable, marks, span)
        return self.world.leaf(variable, marks)

    def made(self, variable: T.Variable, marks: tuple[int, ...], span: Any) -> Any:
        """What the given lines make of a variable: the line that defines it, and those that define parts of it."""
        value = None
        for one, env in (*self.defining(variable, marks), *self.parts(variable, marks)):
            try:
                value = self.assembled(one, env, value) if one.places else self.defined(one, env)
            except Conflict as conflict:
                raise Refused(f"the given line '{clip(one.line)}' does not hold together: {conflict.what}", span,
                              "Declare shapes, or what its indices count, with `where`.", open=True) from conflict
        return value

    def _reaches(self, variable: T.Variable) -> bool:
        """Whether a variable can depend on what is replaced."""
        reached = self.world.reaches(variable.name)
        return any(name in reached for name, _ in self.replaced)

    def _cost(self, span: Any) -> T.Ref:
        if self.world.context.cost is None:
            raise Refused("the context does not say which number is the cost", span, "Define it: L = ...")
        return self.world.context.cost

    def defining(self, variable: T.Variable, marks: tuple[int, ...]) -> list[tuple[Definition, Env]]:
        """The definition that holds at these marks, with the values of its letters."""
        found = [pair for pair in self._about(variable, marks) if not pair[0].places]
        return sorted(found, key=lambda pair: len(pair[1]))[:1]

    def parts(self, variable: T.Variable, marks: tuple[int, ...]) -> list[tuple[Definition, Env]]:
        """The lines that define parts of it at these marks, each with the values of its letters."""
        return [pair for pair in self._about(variable, marks) if pair[0].places]

    def _about(self, variable: T.Variable, marks: tuple[int, ...]) -> Iterator[tuple[Definition, Env]]:
        for one in self.world.context.defining.get(variable, ()):
            if (env := self.world.bound(one.marks, marks)) is not None \
                    and all(value in self.world.range_of(name) for name, value in env.items()):
                yield one, env

    def assembled(self, one: Definition, env: Env, value: Any) -> Any:
        """An array with the part added that a line defines."""
        raise NotImplementedError

    def defined(self, one: Definition, env: Env) -> Any:
        """The value of a definition: of its body, or entry by entry."""
        if not one.entries:
            return self.term(one.body, env)
        marks = tuple(self.world.whole(mark, env) for mark in one.marks)
        shape = self.world.shape(one.variable, marks)
        bounds.entries(shape, one.body.span)
        array = np.empty(shape, dtype=object)
        axes = chosen(shape, len(one.entries))
        for at in np.ndindex(*shape):
            inner = {**env, **{name: at[axis] + self.world.first for name, axis in zip(one.entries, axes, strict=True)}}
            value = self.term(one.body, inner)
            if isinstance(value, np.ndarray):
                raise Conflict(f"an entry of {one.variable.name} is no number but {shape_of(value)}", one.body.span)
            array[at] = value
        return array

    def term(self, term: T.Term, env: Env) -> Any:
        value = getattr(self, RULES[type(term)])(term, env)
        self.world.meter.spend(self._spent(value), term.span)
        return value

    def _spent(self, value: Any) -> int:
        """How many numbers were computed."""
        if isinstance(value, np.ndarray):
            return self.weight * value.size
        return 1 + len(value.dots) if isinstance(value, Dual) else 1

    def marks(self, marks: tuple[T.Term, ...], env: Env) -> tuple[int, ...]:
        """The marks of a variable as integers."""
        return tuple(self.world.whole(mark, env) for mark in marks)
