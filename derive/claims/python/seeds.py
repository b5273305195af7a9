"""Making one variable of a forward pass dual, each of its entries at its own last write.

    hs[t] = tanh(...)     entry (t, i) gets the tangent 1 for itself when it is written for the last time

A first run counts the writes (`Writes`), a second one seeds (`Seeds`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from derive.claims.python.evaluator import Frame
from derive.claims.python.values import Array, Value, stacked
from derive.claims.python.watch import Path, Watch
from derive.points import Dual, number

LEVEL = 1


@dataclass
class Writes(Watch):
    """Which assignment was the last to write each entry."""

    count: int = 0
    last: dict[Path, Any] = field(default_factory=dict)
    bounds: dict[Path, int] = field(default_factory=dict)
    """How often a name was bound as a whole."""

    def bound(self, path: Path, value: Value, node: Any, source: Any) -> Value:
        self.bounds[path] = self.bounds.get(path, 0) + 1
        for at, one in parts(value):
            self.bound((*path, at), one, node, source)
        self.count += 1
        if not isinstance(value, (list, dict)):
            self.last[path] = np.full(np.shape(value) if isinstance(value, np.ndarray) else (), self.count)
        return value

    def written(self, path: Path, array: Value, at: Value, node: Any, source: Any) -> None:
        self.count += 1
        if path in self.last and self.last[path].shape == array.shape:
            self.last[path][at] = self.count


@dataclass
class Seeds(Watch):
    """Makes the entries of one variable dual, each at its last write."""

    wanted: Path
    last: Any
    frame: Frame
    count: int = 0

    def bound(self, path: Path, value: Value, node: Any, source: Any) -> Value:
        for at, one in parts(value):
            value[at] = self.bound((*path, at), one, node, source)
        self.count += 1
        if path != self.wanted or not (self.last == self.count).any():
            return value
        new = self._seeded(np.array(stacked(value)))
        if len(path) > 1:
            _replace(self.frame, value, new)
        return new if isinstance(value, np.ndarray) else new[()]

    def written(self, path: Path, array: Value, at: Value, node: Any, source: Any) -> None:
        self.count += 1
        if path == self.wanted:
            self._seeded(array)

    def _seeded(self, array: Array) -> Array:
        for k, place in enumerate(np.ndindex(array.shape)):
            if self.last[place] == self.count:
                plain = number(array[place])
                array[place] = Dual(LEVEL, plain, {k: plain.like(1)})
        return array


def parts(value: Value) -> Iterable[tuple[Any, Value]]:
    return list(enumerate(value)) if isinstance(value, list) else list(value.items()) if isinstance(value, dict) else ()


def _replace(frame: Frame, old: Value, new: Value) -> None:
    """The same array under other names is the same quantity: z and zs[0]."""
    for name, value in frame.items():
        if value is old:
            frame[name] = new
        elif isinstance(value, list):
            value[:] = [new if one is old else one for one in value]
        elif isinstance(value, dict):
            value.update({k: new for k, one in value.items() if one is old})
