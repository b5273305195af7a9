"""Runs the statements of a claim, or of its forward equations, over arrays of points.

    dhidden[hidden <= 0] = 0        a masked write, in place as numpy does it
    for t in reversed(range(T)):    a loop, within the budget

Every assignment is announced to a `Watch`: it may put another value in place (that is how an entry becomes a dual
number), and it remembers where each name was written. In a claim a formula that fails leaves its name `Broken`
and the next one is read, so that all faults are found at once.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from derive.claims.python.access import ACCESS, index
from derive.claims.python.evaluator import NUMPY_REFUSES, Expressions, Frame, Function, Members, iterated
from derive.claims.python.operators import BINARY, OPERATORS, truth
from derive.claims.python.values import Broken, Fault, Misfit, Value, named, shape, stacked
from derive.claims.python.watch import Watch
from derive.errors import DeriveError, clip
from derive.written.python.read import Program


class _Returned:
    def __init__(self, value: Value) -> None:
        self.value = value


class Machine(Expressions):
    """One run of a program."""

    rules = OPERATORS | ACCESS
    watch: Watch = Watch()
    watched = 1
    """Only assignments in the frame of this depth are announced."""

    def program(self, program: Program) -> None:
        self.sources.append(program.source)
        self._block(program.body)

    def enter(self, function: Function) -> tuple[Frame, Value]:
        """Run a function on what the context knows, and keep its names."""
        self.sources.append(function.source)
        frame = self.bound(function, [], {})
        self.frames.append(frame)
        self.scopes.append(function.scope)
        self.watched = len(self.frames)
        assert isinstance(function.body, tuple)
        result = self.statements(function.body)
        self.frames.pop()
        self.scopes.pop()
        return frame, result

    def holds(self, name: str) -> bool:
        return any(name in frame for frame in (self.frames[-1], self.scopes[-1], self.frames[0]))

    def statements(self, body: tuple[ast.stmt, ...]) -> Value:
        result = self._block(body)
        return result.value if result else None

    def _block(self, body: tuple[ast.stmt, ...] | list[ast.stmt]) -> _Returned | None:
        for node in body:
            try:
                self.budget.spend(0)
                result = _RULES[type(node)](self, node)
            except DeriveError as error:
                error.where = error.where or self.source.where(node)
                error.args = (str(error),)
                raise
            except NUMPY_REFUSES as error:
                raise Misfit(clip(f"numpy cannot compute this: {error}", 160), where=self.source.where(node)) from None
            if result:
                return result
        return None

    def announced(self) -> bool:
        return len(self.frames) == self.watched

    def assign(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target.elts, value)
        elif isinstance(target, ast.Name):
            self._bind(target.id, value, target)
        elif isinstance(target, ast.Attribute) and isinstance(self.value(target.value), Members):
            self._bind(target.attr, value, target)
        elif isinstance(target, ast.Subscript):
            self._store(target, value)
        else:
            raise self.source.refuse(target, "an assignment to this is not read", "Assign to a name or to name[...].")

    def _bind(self, name: str, value: Value, node: ast.AST) -> None:
        if self.announced():
            value = self.watch.bound((name,), value, node, self.source)
        self.frames[-1][name] = value

    def _unpack(self, targets: list[ast.expr], value: Value) -> None:
        if isinstance(value, Members):  # X, W, b = cache: each has its meaning by its name
            for target in targets:
                if not isinstance(target, (ast.Name, ast.Tuple)):
                    raise self.source.refuse(target, "only names can be taken from here")
                self.assign(target, self.lookup(target.id) if isinstance(target, ast.Name) else value)
            return
        listed = list(iterated(value))
        if len(listed) != len(targets):
            raise self.source.refuse(targets[0], f"{len(listed)} values for {len(targets)} names")
        for target, one in zip(targets, listed, strict=True):
            self.assign(target, one)

    def _store(self, target: ast.Subscript, value: Value) -> None:
        root = root_of(target)
        if isinstance(target.value, ast.Name) and not self.holds(target.value.id):
            self.frames[-1][target.value.id] = self.begun(target.value.id)
        owner, at = self.value(target.value), self.value(target.slice)
        if isinstance(owner, Members):
            self._bind(str(at), value, target)
        elif isinstance(owner, (dict, list)):
            if isinstance(owner, list) and not (isinstance(at, int) and -len(owner) <= at < len(owner)):
                raise Misfit(f"the list has {len(owner)} entries", where=self.source.where(target))
            at = at % len(owner) if isinstance(owner, list) else at
            known = self.announced() and isinstance(target.value, (ast.Name, ast.Attribute)) and root
            owner[at] = self.watch.bound((root, at), value, target, self.source) if known else value
        elif isinstance(owner, np.ndarray):
            self._write(owner, index(at), value)
            if self.announced() and root:
                self.watch.written((root,), owner, index(at), target, self.source)
        else:
            raise self.source.refuse(target, f"nothing can be written into {named(owner)}")

    def begun(self, name: str) -> Value:
        """What `name[...] = value` begins with when nobody made the name."""
        return {}

    def started(self, name: str) -> Value:
        """What `name += value` adds to when nobody made the name."""
        return self.known(name)

    def _write(self, array: Any, at: Value, value: Value) -> None:
        if array.dtype != object:
            given = stacked(value)
            if given.dtype == object:
                raise Fault("real numbers are written into an array of whole numbers",
                            do="Make the array with np.zeros(...).")
        else:
            given = self.do.entries.array(value)
        wanted = shape(array[at])
        try:
            np.broadcast_to(given, wanted)
        except ValueError:
            raise Misfit(f"shape {given.shape} does not fit into {wanted}") from None
        array[at] = given if given.shape or wanted else given[()]
        self.budget.spend(int(np.prod(wanted)))

    def appended(self, owner: list[Value], value: Value) -> None:
        if len(owner) >= 1000:
            raise Fault("a list gets longer than 1000")
        name = next((n for n, v in self.frames[-1].items() if v is owner), "")
        if name and self.announced():
            value = self.watch.bound((name, len(owner)), value, ast.Pass(), self.source)
        owner.append(value)

    def guarded(self, node: Any, targets: list[ast.expr], act: Callable[[], None]) -> None:
        """Run an assignment; one that fails leaves its names broken where the watch wants to go on."""
        try:
            act()
        except (Fault, *NUMPY_REFUSES) as error:
            if isinstance(error, DeriveError) and not isinstance(error, Fault):
                raise
            fault = error if isinstance(error, Fault) else Misfit(clip(f"numpy cannot compute this: {error}", 160))
            fault.where = fault.where or self.source.where(node)
            roots = [root for target in targets for root in _roots(target)]
            going = self.announced() and [self.watch.failed((r,), fault, node, self.source) for r in roots]
            if not going or not all(going):
                raise fault from None
            for target in targets:
                self._break(target, fault)

    def _break(self, target: ast.expr, fault: Fault) -> None:
        """The name that was to be assigned is broken; of a list or dictionary only the entry."""
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            owner = self.frames[-1].get(target.value.id)
            if isinstance(owner, (dict, list)):
                at = self.value(target.slice)
                if isinstance(owner, dict) or isinstance(at, int) and -len(owner) <= at < len(owner):
                    owner[at] = Broken(fault)
                    return
        for root in _roots(target):
            self.frames[-1][root] = Broken(fault)


def root_of(target: ast.expr) -> str:
    while isinstance(target, ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else target.attr if isinstance(target, ast.Attribute) else ""


def _roots(target: ast.expr) -> list[str]:
    if isinstance(target, (ast.Tuple, ast.List)):
        return [root for one in target.elts for root in _roots(one)]
    return [root_of(target)] if root_of(target) else []


def _assign(self: Machine, node: Any) -> None:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if node.value is None:
        return

    def act() -> None:
        value = self.value(node.value)
        for target in targets:
            self.assign(target, value)

    self.guarded(node, targets, act)


def _augment(self: Machine, node: Any) -> None:
    def act() -> None:
        read, root = ast.copy_location(_as_read(node.target), node.target), root_of(node.target)
        if root and not self.holds(root) and not isinstance(node.target, ast.Attribute):
            self.frames[-1][root] = self.started(root)
        old, value = self.value(read), self.value(node.value)
        new = self.do.binary(BINARY[type(node.op)], old, value)
        if isinstance(old, np.ndarray) and isinstance(node.target, (ast.Name, ast.Attribute)):
            if shape(new) != old.shape:
                raise Misfit(f"shape {shape(new)} does not fit into {old.shape}")
            self._write(old, Ellipsis, new)
            self._bind(root_of(node.target), old, node.target)
        else:
            self.assign(node.target, new)

    self.guarded(node, [node.target], act)


def _as_read(target: ast.expr) -> ast.expr:
    if isinstance(target, ast.Name):
        return ast.Name(target.id, ast.Load())
    if isinstance(target, ast.Subscript):
        return ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)
    return target


def _for(self: Machine, node: Any) -> _Returned | None:
    for one in iterated(self.value(node.iter)):
        self.budget.spend(1)
        self.assign(node.target, one)
        result = self._block(node.body)
        if result:
            return result
    return self._block(node.orelse)


def _if(self: Machine, node: Any) -> _Returned | None:
    return self._block(node.body if truth(self.value(node.test)) else node.orelse)


def _return(self: Machine, node: Any) -> _Returned:
    try:
        return _Returned(self.value(node.value) if node.value else None)
    except Fault as fault:
        if self.announced() and self.watch.failed(("return",), fault, node, self.source):
            return _Returned(None)
        raise


def _define(self: Machine, node: Any) -> None:
    self.frames[-1][node.name] = Function(node.name, node.args, tuple(node.body), self.source, self.frames[-1])


def _expression(self: Machine, node: Any) -> None:
    if not isinstance(node.value, ast.Constant):
        self.value(node.value)


_RULES: dict[type, Callable[[Machine, Any], _Returned | None]] = {
    ast.Assign: _assign, ast.AnnAssign: _assign, ast.AugAssign: _augment, ast.For: _for, ast.If: _if,
    ast.Return: _return, ast.FunctionDef: _define, ast.Expr: _expression, ast.Pass: lambda self, node: None,
    ast.Assert: lambda self, node: None, ast.Import: lambda self, node: None}
"""Assertions about shapes are not claims; numpy is known without its import."""
