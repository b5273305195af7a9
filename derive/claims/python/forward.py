"""The forward equations of a claim at one random point, and true derivatives by running them on dual numbers.

    d(cost)/d(z2):   run; when z2 gets its last value, make its entries dual; the tangents of the cost are the answer

An entry of an array that is written piece by piece (`hs[t] = ...`) becomes dual at its own last write.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from derive.claims.python.builtin_names import builtin
from derive.claims.python.declarations import Declared, Leaf
from derive.claims.python.evaluator import Frame, Function, Members
from derive.claims.python.machine import Machine
from derive.claims.python.names import slope_of
from derive.claims.python.seeds import LEVEL, Seeds, Writes, parts
from derive.claims.python.values import Array, Budget, Entries, Fault, Unread, Value, stacked
from derive.claims.python.watch import Path, Watch
from derive.errors import clip, nearest
from derive.points import Draw, apply, arity, known_functions, seed, tangents
from derive.written.python.read import Program

POSITIVE = ("eps", "epsilon", "tiny", "sigma2", "std", "var", "variance")
"""Declared names that no reader takes to be negative."""
MEMBERS = ("self", "params", "parameters", "cache", "caches", "model", "grads", "gradients", "args", "theta")


def entries_of(draw: Draw) -> Entries:
    def known(name: str, *values: Any) -> Any:
        return apply(draw, name, *values, site=name)

    return Entries(draw.rational, known)


class Forward:
    """Forward equations and declarations at one draw."""

    def __init__(self, program: Program, cost: str, declared: Declared, draw: Draw,
                 budget: Budget | None = None) -> None:
        self.text, self.cost, self.declared, self.draw = program, cost, declared, draw
        self.entries, self.budget = entries_of(draw), budget or Budget()
        letters = declared.letters()
        extents = list(range(3, 3 + len(letters)))
        draw.random.shuffle(extents)
        self.sizes = dict(zip(letters, extents, strict=True))
        self.leaves: Frame = {leaf.name: self._leaf(leaf) for leaf in declared.leaves}
        self.truths: dict[tuple[str, Path], Array] = {}

    def _leaf(self, leaf: Leaf) -> Value:
        found = [self._drawn(leaf, tuple(self.sizes.get(n, n) for n in shape)) for shape in leaf.shapes]  # type: ignore[arg-type]
        return list(found) if leaf.listed else found[0]

    def _drawn(self, leaf: Leaf, shape: tuple[int, ...]) -> Value:
        if leaf.trait == "integer":
            return self._labels(leaf, shape)
        positive = leaf.trait == "positive" or leaf.name.lower() in POSITIVE
        make = self.draw.positive if positive else self.draw.number
        result = np.empty(shape, dtype=object)
        for at in np.ndindex(shape):
            result[at] = make()
        if leaf.trait in ("one-hot", "probabilities") and shape:
            rows = self.draw.one_hot if leaf.trait == "one-hot" else self.draw.probabilities
            for at in np.ndindex(shape[:-1]):
                result[at] = rows(shape[-1])
        if leaf.trait == "symmetric" and len(shape) == 2 and shape[0] == shape[1]:
            result = np.where(np.tri(shape[0], dtype=np.bool_), result, result.T)
        return result if shape else result[()]

    def _labels(self, leaf: Leaf, shape: tuple[int, ...]) -> Value:
        own = {n for s in leaf.shapes for n in s}
        others = [n for letter, n in self.sizes.items() if letter not in own] or [2]
        limit = int(leaf.below) if leaf.below.isdecimal() else self.sizes.get(leaf.below, min(others))
        labels = np.array([self.draw.random.randrange(limit) for _ in range(int(np.prod(shape)))], dtype=np.int64)
        return labels.reshape(shape) if shape else int(labels[0])

    def run(self, watch: Watch, leaves: Frame | None = None) -> Frame:
        machine = Machine(self.entries, self.budget, self.known_function)
        machine.watch = watch
        frame = machine.frames[0]
        frame.update(self.sizes)
        frame.update(copied(self.leaves) if leaves is None else leaves)
        if isinstance(watch, Seeds):
            watch.frame = frame
        machine.program(self.text)
        functions = [f for f in frame.values() if isinstance(f, Function)]
        if self.cost and self.cost not in frame and functions:
            for function in functions:  # a forward pass that is written as a function
                inner, _ = machine.enter(function)
                frame.update(inner)
        return frame

    def known_function(self, name: str) -> Value:
        """Functions that the forward equations may use without defining them."""
        for generic, whole in self.declared.functions:
            if generic == name:
                return self._generic(name, whole)
        if name in MEMBERS:
            return Members(name)
        found = builtin(self._arithmetic(), name)
        if found is None and name in known_functions() and arity(name) == 1:
            return lambda x: self._arithmetic().each(lambda entry: self.entries.apply(name, entry), x)
        if found is None:
            raise Unread(f"nobody says what '{clip(name)}' is",
                         do=f"Declare it, as in '{clip(name)}: (n, m)', or define it in the forward equations.")
        return found

    def _arithmetic(self) -> Any:
        return Machine(self.entries, self.budget, self.known_function).do

    def _generic(self, name: str, whole: bool) -> Value:
        """Any differentiable function: a random polynomial."""
        def act(*values: Value) -> Value:
            if whole:
                flat = [entry for value in values for entry in self.entries.array(value).reshape(-1)]
                return self.draw.function(name, len(flat))(*flat)
            return self._arithmetic().each(self.draw.function(name), *values)

        return act

    @cached_property
    def writes(self) -> Writes:
        watch = Writes()
        self.values = self.run(watch)
        return watch

    @cached_property
    def frame(self) -> Frame:
        """Every name of the forward pass with its value."""
        assert self.writes
        return self.values

    @cached_property
    def variables(self) -> dict[str, Value]:
        """What a derivative can be taken by: no counters, no functions."""
        found = {n: v for n, v in self.frame.items() if n not in self.sizes or n in self.leaves}
        return {n: v for n, v in found.items() if not callable(v) and not isinstance(v, (Function, Members, str, int))}

    @cached_property
    def steady(self) -> list[str]:
        """The variables that are bound once: those of a loop stand for another thing each time."""
        return [n for n in self.variables if n in self.leaves or self.writes.bounds.get((n,), 0) <= 1]

    def parts(self, name: str) -> list[Path]:
        """The paths of a variable: itself, or each entry of a list or dictionary."""
        value = self.frame[name]
        return [(name, at) for at, _ in parts(value)] if isinstance(value, (list, dict)) else [(name,)]

    def derivative(self, path: Path, of: str = "") -> Array:
        """d(of)/d(path): the shape of `of` (nothing for a scalar), then the shape of the variable."""
        of = of or self.cost
        key = (of, path)
        if key not in self.truths:
            self.truths[key] = self._derived(path, of)
        return self.truths[key]

    def _derived(self, path: Path, of: str) -> Array:
        leaf = self.leaves.get(path[0])
        if leaf is not None:
            leaves = copied(self.leaves)
            target = leaves[path[0]] if len(path) == 1 else leaves[path[0]][path[1]]
            array = self.entries.array(target)
            seeded = seed(array, LEVEL)
            inner = seeded if array.shape else seeded[()]
            if len(path) == 1:
                leaves[path[0]] = inner
            else:
                leaves[path[0]][path[1]] = inner
            frame, shape = self.run(Watch(), leaves), array.shape
        else:
            if path not in self.writes.last:
                raise Fault(f"the derivative by '{clip(str(path[0]))}' is not covered")
            last = self.writes.last[path]
            frame, shape = self.run(Seeds(path, last, {})), last.shape
        above = self.entries.array(self._found(frame, of))
        if above.size == 1:
            above = above.reshape(())
        return tangents(above, LEVEL, int(np.prod(shape, dtype=int))).reshape((*above.shape, *shape))

    def _found(self, frame: Frame, name: str) -> Value:
        if name not in frame:
            raise Unread(f"the forward equations do not define '{clip(name)}'", where="forward",
                         do=nearest(name, sorted(n for n in frame if n not in self.sizes)))
        return frame[name]

    def slope(self, name: str, function: Value = None) -> Value:
        """The true derivative of a function, entry by entry."""
        function = function or self.frame.get(name) or self.known_function(name)

        def act(x: Value) -> Value:
            given = self.entries.array(x)
            machine = Machine(self.entries, self.budget, self.known_function)
            machine.frames[0].update(copied(self.frame))
            machine.sources.append(self.text.source)
            result = stacked(machine.call(function, [seed(given, LEVEL)], {}))
            every = tangents(self.entries.array(result), LEVEL, given.size).reshape(given.size, given.size)
            return np.diagonal(every).copy().reshape(given.shape) if given.shape else every[0, 0]

        return act

    def slope_name(self, name: str) -> str:
        functions = [n for n, v in self.frame.items() if isinstance(v, Function)]
        return slope_of(name, [*functions, *(n for n, _ in self.declared.functions), "sigmoid", "tanh", "relu", "exp",
                               "log", "sqrt", "sin", "cos", "logistic"])


def copied(frame: Frame) -> Frame:
    """A copy whose arrays may be written to; one array under two names stays one."""
    memo: dict[int, Value] = {}

    def copy(value: Value) -> Value:
        if id(value) not in memo:
            if isinstance(value, np.ndarray):
                memo[id(value)] = value.copy()
            elif isinstance(value, list):
                memo[id(value)] = [copy(one) for one in value]
            elif isinstance(value, dict):
                memo[id(value)] = {k: copy(one) for k, one in value.items()}
            else:
                return value
        return memo[id(value)]

    return {name: copy(value) for name, value in frame.items()}
