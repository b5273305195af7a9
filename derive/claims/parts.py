r"""Arrays that several lines write, each a part.

    a_{3p+q-3} = x_{pq}      every entry of x at its place in a
    x_{p+1} += v_p           within a border of zeros

In: a definition whose left side says where it writes. Out: the array with that part added to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from derive.claims import bounds
from derive.claims import terms as T
from derive.claims.definitions import Definition
from derive.claims.inference import chosen
from derive.claims.refused import Conflict, Refused
from derive.claims.sums import Sums
from derive.claims.values import Env


class Parts(Sums):
    """The rule for lines that define a part of an array."""

    def assembled(self, one: Definition, env: Env, value: Any) -> Any:
        """An array with the part added that a line defines; nothing yet is zeros."""
        marks = tuple(self.world.whole(mark, env) for mark in one.marks)
        shape = self.world.shape(one.variable, marks)
        bounds.entries(shape, one.body.span)
        array = np.empty(shape, dtype=object)
        array.fill(self.world.draw.rational(0))
        if value is not None:
            array[...] = value
        axes = chosen(shape, len(one.places))
        for inner in self._written(one, env, dict(zip(axes, one.places, strict=True)), shape):
            at = [0] * len(shape)
            for axis, place in zip(axes, one.places, strict=True):
                at[axis] = self.world.whole(place, inner) - self.world.first
                if not 0 <= at[axis] < shape[axis]:
                    raise Conflict(f"it writes beyond the {shape[axis]} entries of {one.variable.name}", place.span)
            array[tuple(at)] = array[tuple(at)] + self.term(one.body, inner)
        return array

    def _written(self, one: Definition, env: Env, places: dict[int, T.Term], shape: tuple[int, ...]) -> Iterator[Env]:
        """The values of the indices on the left."""
        found = [env]
        for name in one.letters:
            plain = next((shape[axis] for axis, place in places.items()
                          if isinstance(place, T.Letter) and place.name == name), None)
            found = [{**inner, name: value} for inner in found for value in self._run(one, name, inner, plain)]
        yield from found

    def _run(self, one: Definition, name: str, env: Env, plain: int | None) -> range:
        count = self.extent(one.body, name, env) or plain
        if count is None and name not in self.world.context.said.ranges:
            raise Refused(f"nothing says how far {name} runs", one.body.span,
                          rf"Say it: {name} = 1, \dots, n", open=True)
        return range(self.world.first, self.world.first + count) if count else self.world.range_of(name)
