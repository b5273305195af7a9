"""Evaluates expressions node by node, by a table of rules; nothing is left to Python's own evaluation.

    value(node)  =  RULES[type(node)](self, node)

A name that no statement has bound is asked of the context (`known`): forward values, and d-names that stand for
the true derivative. Whatever has no meaning here is refused with its place.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from derive.claims.python.arithmetic import Arithmetic
from derive.claims.python.values import Broken, Budget, Entries, Fault, Misfit, Value, named, scalar
from derive.errors import DeriveError, clip
from derive.written.python.source import Source

Frame = dict[str, Value]
DEEPEST_CALL = 30
NUMPY_REFUSES = (ValueError, IndexError, TypeError, KeyError, OverflowError, AttributeError)


@dataclass(frozen=True)
class Function:
    """A function that a text defines; `scope`: the names around it."""

    name: str
    parameters: ast.arguments
    body: tuple[ast.stmt, ...] | ast.expr
    source: Source
    scope: Frame


@dataclass(frozen=True)
class Members:
    """`self`, or a dictionary that nobody made, such as `params` and `cache`: its entries are names of the context."""

    name: str


class Expressions:
    """The rules are those of operators and of access; statements are the business of the class below it."""

    rules: ClassVar[dict[type, Callable[[Any, Any], Value]]] = {}

    def __init__(self, entries: Entries, budget: Budget, known: Callable[[str], Value]) -> None:
        self.entries, self.do = entries, Arithmetic(entries, budget)
        self.budget, self.known = budget, known
        self.frames: list[Frame] = [{}]
        self.scopes: list[Frame] = [{}]
        self.sources: list[Source] = []

    @property
    def source(self) -> Source:
        return self.sources[-1]

    def value(self, node: ast.expr) -> Value:
        """The value; every failure below says where it happened."""
        self.budget.spend(0)
        rule = self.rules.get(type(node))
        if rule is None:
            raise self.source.refuse(node, f"'{type(node).__name__}' has no value here", "Write arithmetic on arrays.")
        try:
            return rule(self, node)
        except DeriveError as error:
            if not error.where:
                error.where = self.source.where(node)
                error.args = (str(error),)
            raise
        except ZeroDivisionError:
            raise Fault("a division by zero", where=self.source.where(node)) from None
        except NUMPY_REFUSES as error:
            raise Misfit(clip(f"numpy cannot compute this: {error}", 160), where=self.source.where(node)) from None

    def lookup(self, name: str) -> Value:
        for frame in (self.frames[-1], self.scopes[-1], self.frames[0]):
            if name in frame:
                found = frame[name]
                if isinstance(found, Broken):
                    raise found.fault
                return found
        return self.known(name)

    def call(self, function: Value, given: list[Value], named_values: Frame) -> Value:
        if isinstance(function, Function):
            return self.run(function, given, named_values)
        if not callable(function):
            raise Fault(f"{named(function)} is called like a function")
        return function(*given, **named_values)

    def run(self, function: Function, given: list[Value], named_values: Frame) -> Value:
        """A user's function on values, in a frame of its own."""
        if len(self.frames) > DEEPEST_CALL:
            raise Fault(f"functions call each other more than {DEEPEST_CALL} deep")
        frame = self.bound(function, given, named_values)
        self.frames.append(frame)
        self.scopes.append(function.scope)
        self.sources.append(function.source)
        try:
            if isinstance(function.body, ast.expr):
                return self.value(function.body)
            return self.statements(function.body)
        finally:
            self.frames.pop()
            self.scopes.pop()
            self.sources.pop()

    def bound(self, function: Function, given: list[Value], named_values: Frame) -> Frame:
        names = [a.arg for a in (*function.parameters.posonlyargs, *function.parameters.args)]
        names = names[1:] if names[:1] == ["self"] else names
        only = [a.arg for a in function.parameters.kwonlyargs]
        if len(given) > len(names) or set(named_values) - set(names) - set(only):
            raise Fault(f"{clip(function.name)} takes the arguments ({', '.join(names + only)[:80]})")
        frame: Frame = dict(zip(names, given, strict=False)) | named_values
        defaults = dict(zip(reversed(names), reversed(function.parameters.defaults), strict=False))
        defaults |= {n: d for n, d in zip(only, function.parameters.kw_defaults, strict=True) if d is not None}
        for name in [*names, *only]:
            if name not in frame and name in defaults:
                frame[name] = self.value(defaults[name])
            elif name not in frame:
                frame[name] = self.known(name)
        return frame

    def statements(self, body: tuple[ast.stmt, ...]) -> Value:
        raise NotImplementedError

    def assign(self, target: ast.expr, value: Value) -> None:
        raise NotImplementedError

    def appended(self, owner: list[Value], value: Value) -> None:
        raise NotImplementedError

    def holds(self, name: str) -> bool:
        raise NotImplementedError


def iterated(value: Value) -> Any:
    """What a loop runs over; bounded by the budget of whoever runs it."""
    if isinstance(value, np.ndarray) and value.ndim:
        return [scalar(one) for one in value]
    if isinstance(value, (list, tuple, dict, range, str)):
        return list(value) if not isinstance(value, range) else value
    raise Fault(f"a loop cannot run over {named(value)}")
