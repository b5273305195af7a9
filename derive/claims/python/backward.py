"""A backward pass run beside its forward equations: which names it binds, and what each claims.

What the text does not define it takes from the forward pass: values by their names, true derivatives for
d-names (`dscores`, `delta3`), true slopes for `sigmoid_prime`. Functions that nobody calls are entered,
with arguments found by their names.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from derive.claims.python.evaluator import Frame, Function
from derive.claims.python.forward import Forward, copied
from derive.claims.python.free_index import layer
from derive.claims.python.machine import Machine
from derive.claims.python.names import Asserted, asserted, slope_of
from derive.claims.python.values import Array, Fault, Misfit, Unread, Value
from derive.claims.python.watch import Path, Places
from derive.errors import DeriveError, clip
from derive.written.python.read import Program

REMEMBERED = 40


@dataclass
class Corrected(Places):
    """Puts the true derivative in place of wrong ones, once their formulas are done."""

    truths: dict[str, tuple[int, Value]] = field(default_factory=dict)
    """By name: after how many assignments, and the value."""
    count: dict[str, int] = field(default_factory=dict)
    earlier: dict[str, list[Value]] = field(default_factory=dict)
    """The values that a name had on the way."""

    def bound(self, path: Path, value: Value, node: ast.AST, source: Any) -> Value:
        super().bound(path, value, node, source)
        return self._put(path, value)

    def written(self, path: Path, array: Value, at: Value, node: ast.AST, source: Any) -> None:
        super().written(path, array, at, node, source)
        new = self._put(path, array)
        if new is not array:
            array[...] = new

    def _put(self, path: Path, value: Value) -> Value:
        name = path[0]
        self.count[name] = self.count.get(name, 0) + 1
        if len(path) == 1 and self.count[name] <= REMEMBERED and isinstance(value, np.ndarray):
            self.earlier.setdefault(name, []).append(value.copy())
        when, truth = self.truths.get(name, (0, None))
        return truth.copy() if when == self.count[name] and len(path) == 1 else value


@dataclass(frozen=True)
class Pass:
    """The names of one frame after the run."""

    frame: Frame
    places: Corrected


class Backward(Machine):
    """One run of a claim."""

    def __init__(self, program: Program, forward: Forward, fixed: Frame | None = None) -> None:
        self.forward, self.text = forward, program
        super().__init__(forward.entries, forward.budget, self.meant)
        self.fixed = fixed or {}
        self.frames[0].update(self.fixed)
        self.values = copied(forward.frame) | {
            name: value for name, value in copied(forward.leaves).items() if name in _assigned(program)}
        self.truths_read: set[str] = set()
        self.unread: list[Fault] = []
        self.returned: Frame = {}

    def passes(self, truths: dict[str, tuple[int, Value]]) -> list[Pass]:
        """The text itself, then every function of it that nobody calls."""
        self.watch = first = Corrected(truths=truths)
        self.program(self.text)
        found = [Pass(self.frames[0], first)]
        for function in [f for f in self.frames[0].values() if isinstance(f, Function)]:
            slope = self.forward.slope_name(function.name) or self.own_slope(function.name)
            if slope or function.name in self.used or not isinstance(function.body, tuple):
                continue
            self.watch = places = Corrected(truths=truths)
            try:
                frame, result = self.enter(function)
            except Unread as fault:
                self.unread.append(fault)
                continue
            if isinstance(result, dict):
                frame = frame | {"grads": result}
                places.last.setdefault(("grads",), (function.body[-1], function.source))
            found.append(Pass(frame, places))
        return found

    @property
    def used(self) -> set[str]:
        return loaded(self.text)

    def own_slope(self, name: str) -> str:
        """The function of this text whose slope a function of it claims to be."""
        return slope_of(name, [n for n, v in self.frames[0].items() if isinstance(v, Function)])

    def meant(self, name: str) -> Value:
        """A name that the text does not bind."""
        if name in self.values:
            return self.values[name]
        claim = self.asserted(name)
        if claim:
            self.truths_read.add(name)
            self.values[name] = self.truth(name, claim)
            return self.values[name]
        if self.fixed and name in ("delta", "error") and isinstance(self.forward.frame.get("zs"), list):
            return self._error()
        slope = self.forward.slope_name(name)
        if slope:
            return self.forward.slope(slope, self.lookup(slope))
        try:
            return self.forward.known_function(name)
        except Unread as fault:
            known = ", ".join(n for n in self.forward.variables)[:200]
            raise Unread(fault.what, do=f"{fault.do} The forward equations know: {known}.") from None

    def _error(self) -> Value:
        """`delta` in a line of a loop: the error of the layer that the line is about."""
        place = layer(self.text)
        at = self.value(place) if place is not None else None
        count = len(self.forward.frame["zs"])
        if not isinstance(at, int) or not -count <= at < count:
            raise Misfit(f"the list zs has {count} entries")
        return self.jacobian(("zs", at % count), "")

    def begun(self, name: str) -> Value:
        claim = self.asserted(name)
        if name in self.values or not claim:
            return self.values.get(name, {})
        value = self.truth(name, claim)
        return copied({name: value})[name] if isinstance(value, (list, dict, np.ndarray)) else {}

    def started(self, name: str) -> Value:
        claim = self.asserted(name)
        if name in self.values or not claim:
            return self.known(name)
        return self.do.binary("*", 0, self.truth(name, claim))

    def asserted(self, name: str) -> Asserted | None:
        if name in self.forward.leaves or name in self.forward.sizes:
            return None
        if not self.forward.cost:
            return None
        steady = self.forward.steady
        return asserted(name, steady, self.forward.cost) or asserted(name, self.forward.variables, self.forward.cost)

    def truth(self, name: str, claim: Asserted) -> Value:
        """The true derivative, times what the context says that the name carries."""
        parts = self.forward.parts(claim.by)
        found = {path: self._scaled(name, self.jacobian(path, claim.of)) for path in parts}
        if parts == [(claim.by,)]:
            return found[parts[0]] if found[parts[0]].shape else found[parts[0]][()]
        whole = self.forward.frame[claim.by]
        listed = [value for value in found.values()]
        return listed if isinstance(whole, list) else dict(zip(whole, listed, strict=True))

    def jacobian(self, path: Path, of: str) -> Array:
        """The derivative of a scalar; of an array by one of its shape, entry by entry where entries do not mix."""
        full = self.forward.derivative(path, of)
        above = self.entry_shape(of)
        below = full.shape[len(above):]
        if not above or int(np.prod(above)) == 1:
            return full.reshape(below).copy()
        square = full.reshape(int(np.prod(above)), -1)
        if above != below or any(square[i, j] != 0 for i, j in np.ndindex(square.shape) if i != j):
            raise Unread(f"d{clip(of)}/d{clip(str(path[0]))} has an entry for every pair: no array here stands for it")
        return np.diagonal(square).copy().reshape(below)

    def entry_shape(self, of: str) -> tuple[int, ...]:
        value = self.forward.frame.get(of or self.forward.cost)
        return value.shape if isinstance(value, np.ndarray) and value.size > 1 else ()

    def _scaled(self, name: str, value: Array) -> Array:
        factor = dict(self.forward.declared.scaled).get(name)
        return value if factor is None else self.do.entries.array(self.do.binary("*", self._factor(factor), value))

    def _factor(self, text: str) -> Fraction:
        above, _, below = text.partition("/")
        found = [self.forward.sizes.get(part, part) for part in (above, below or "1")]
        try:
            return Fraction(found[0]) / Fraction(found[1])
        except (ValueError, ZeroDivisionError):
            raise DeriveError(f"'{clip(text)}' is no factor", where="where",
                              do="Write a size letter or a number.") from None


def _assigned(program: Program) -> set[str]:
    return {node.id if isinstance(node, ast.Name) else node.attr for body in program.body for node in ast.walk(body)
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store)}


def loaded(program: Program) -> set[str]:
    return {node.id if isinstance(node, ast.Name) else node.attr for body in program.body for node in ast.walk(body)
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load)}


