"""The value of a Python expression, node by node; nothing is left to Python's own evaluation.

    np.dot(X.T, dscores)     Call -> the table of numpy names, over arrays of points

A name that no statement has bound is asked of the context (`known`): forward values, and d-names that stand for
the true derivative. Whatever has no meaning here is refused with its place.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from derive.claims.python.arithmetic import Arithmetic, bounded_length
from derive.claims.python.numpy_names import METHODS, NAMES
from derive.claims.python.values import Broken, Budget, Entries, Fault, Misfit, Unread, Value, named, scalar, stacked
from derive.errors import DeriveError, clip, nearest
from derive.written.python.source import Source

Frame = dict[str, Value]
DEEPEST_CALL = 30
NUMPY = ("np", "numpy", "math")
BINARY: dict[type, str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//",
                           ast.Mod: "%", ast.Pow: "**", ast.MatMult: "@"}
COMPARISON: dict[type, str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}


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
    """Evaluates; statements are the business of the class below it."""

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
        rule = _RULES.get(type(node))
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
        except (ValueError, IndexError, TypeError, KeyError, OverflowError, AttributeError) as error:
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


def _constant(self: Expressions, node: Any) -> Value:
    value = node.value
    if isinstance(value, float):
        return Fraction(repr(value))
    return value


def _name(self: Expressions, node: Any) -> Value:
    return self.lookup(node.id)


def _binary(self: Expressions, node: Any) -> Value:
    return self.do.binary(BINARY[type(node.op)], self.value(node.left), self.value(node.right))


def _unary(self: Expressions, node: Any) -> Value:
    value = self.value(node.operand)
    if isinstance(node.op, ast.USub):
        return self.do.negative(value)
    if isinstance(node.op, ast.UAdd):
        return value
    if isinstance(value, np.ndarray):
        return ~_mask(self, value)
    return not value


def _mask(self: Expressions, value: Value) -> Any:
    array = stacked(value)
    return array if array.dtype == np.bool_ else stacked(self.do.compare("!=", value, 0))


def _truth(value: Value) -> bool:
    if isinstance(value, (bool, int, str, list, dict, tuple, range)) or value is None:
        return bool(value)
    raise Fault("a condition must be known from sizes and counters", do="Write np.where or a mask for arrays.")


def _both(self: Expressions, node: Any) -> Value:
    every = isinstance(node.op, ast.And)
    value: Value = every
    for part in node.values:
        value = self.value(part)
        if _truth(value) is not every:
            return value
    return value


def _compare(self: Expressions, node: Any) -> Value:
    left, result = self.value(node.left), None
    for sign, right_node in zip(node.ops, node.comparators, strict=True):
        right = self.value(right_node)
        if isinstance(sign, (ast.In, ast.NotIn)):
            one = (left in right) is isinstance(sign, ast.In)
        else:
            one = self.do.compare(COMPARISON[type(sign)], left, right)
        result = one if result is None else (result and one)
        left = right
    return result


def _conditional(self: Expressions, node: Any) -> Value:
    return self.value(node.body if _truth(self.value(node.test)) else node.orelse)


def _attribute(self: Expressions, node: Any) -> Value:
    if isinstance(node.value, ast.Name) and node.value.id in NUMPY and not self.holds(node.value.id):
        return _of_numpy(self, node.attr)
    owner = self.value(node.value)
    if isinstance(owner, Members):
        return self.lookup(node.attr)
    if isinstance(owner, (dict, list)):
        return _of_container(self, owner, node.attr)
    if isinstance(owner, (str, tuple, range, slice)) or owner is None or callable(owner):
        raise Unread(f"'.{clip(node.attr)}' of {named(owner)} is not read here", do="Write arithmetic on arrays.")
    array = stacked(owner)
    facts: dict[str, Callable[[], Value]] = {
        "T": lambda: array.T if array.ndim else owner, "shape": lambda: array.shape, "ndim": lambda: array.ndim,
        "size": lambda: array.size, "dtype": lambda: None, "real": lambda: owner}
    if node.attr in facts:
        return facts[node.attr]()
    if node.attr in METHODS:
        return lambda *given, **named_values: NAMES[node.attr](self.do, owner, *given, **named_values)
    raise Unread(f"'.{clip(node.attr)}' is not read here", do=nearest(node.attr, [*facts, *sorted(METHODS)]))


def _of_numpy(self: Expressions, name: str) -> Value:
    facts: dict[str, Value] = {"newaxis": None, "float64": None, "float32": None, "int64": None, "float": None,
                               "random": Members("np.random"), "float_": None, "int32": None}
    if name == "random":
        raise Unread("np.random is not read here", do="Give the random mask a name and declare its shape.")
    if name in facts:
        return facts[name]
    if name not in NAMES:
        raise Unread(f"np.{clip(name)} is not read here", do=nearest(name, sorted(NAMES)))
    return lambda *given, **named_values: NAMES[name](self.do, *given, **named_values)


def _of_container(self: Expressions, owner: Value, name: str) -> Value:
    if isinstance(owner, list) and name == "append":
        return lambda value: self.appended(owner, value)
    if isinstance(owner, list) and name in ("insert", "reverse", "copy", "pop"):
        bounded_length(owner)
        return getattr(owner, name)
    if isinstance(owner, dict) and name in ("items", "keys", "values", "copy", "get"):
        return {"items": lambda: list(owner.items()), "keys": lambda: list(owner), "copy": owner.copy,
                "values": lambda: list(owner.values()), "get": owner.get}[name]
    raise Unread(f"'.{clip(name)}' of {named(owner)} is not read here", do="Lists know append, insert, reverse, copy.")


def _subscript(self: Expressions, node: Any) -> Value:
    owner, at = self.value(node.value), self.value(node.slice)
    if isinstance(owner, Members):
        if not isinstance(at, str):
            raise Unread(f"nobody says what '{clip(owner.name)}' is", do="Give it in the forward equations.")
        return self.lookup(at)
    if isinstance(owner, dict):
        if at not in owner:
            return self.known(at) if isinstance(at, str) else _missing(self, node, at)
        return owner[at]
    if isinstance(owner, (list, tuple, range, str)):
        return owner[_place(at)]
    return scalar(stacked(owner)[index(at)])


def _missing(self: Expressions, node: Any, at: Value) -> Value:
    raise Fault(f"nothing stands in '{clip(self.source.written(node.value))}' under {clip(str(at), 30)}")


def _place(at: Value) -> Value:
    if isinstance(at, slice) or (isinstance(at, int) and not isinstance(at, bool)):
        return at
    raise Fault(f"{named(at)} stands where the index of a list is needed")


def index(at: Value) -> Value:
    """What numpy takes as an index: whole numbers, slices, None, and arrays of whole numbers or truth values."""
    if isinstance(at, tuple):
        return tuple(index(one) for one in at)
    if isinstance(at, (int, slice)) or at is None or at is Ellipsis:
        return at
    array = stacked(at)
    if array.dtype == object:
        raise Fault("an index must be whole numbers or a comparison",
                    do="Declare the labels as integer: y: (N,) integer")
    return array


def _slice(self: Expressions, node: Any) -> Value:
    ends = [None if end is None else self.value(end) for end in (node.lower, node.upper, node.step)]
    if not all(end is None or isinstance(end, int) for end in ends):
        raise Fault("the ends of a slice are whole numbers")
    return slice(*ends)


def _tuple(self: Expressions, node: Any) -> Value:
    return tuple(self.value(one) for one in node.elts)


def _list(self: Expressions, node: Any) -> Value:
    return [self.value(one) for one in node.elts]


def _dict(self: Expressions, node: Any) -> Value:
    if any(key is None for key in node.keys):
        raise Unread("'**' within a dictionary is not read here", do="Write the entries out.")
    return {self.value(key): self.value(one) for key, one in zip(node.keys, node.values, strict=True)}


def _comprehension(self: Expressions, node: Any) -> Value:
    found: list[Value] = []
    self.frames.append(dict(self.frames[-1]))
    try:
        _collect(self, node, 0, found)
    finally:
        self.frames.pop()
    return found


def _collect(self: Expressions, node: Any, depth: int, found: list[Value]) -> None:
    if depth == len(node.generators):
        found.append(self.value(node.elt))
        bounded_length(found)
        return
    loop = node.generators[depth]
    for one in iterated(self.value(loop.iter)):
        self.budget.spend(1)
        self.assign(loop.target, one)
        if all(_truth(self.value(test)) for test in loop.ifs):
            _collect(self, node, depth + 1, found)


def iterated(value: Value) -> Any:
    """What a loop runs over; bounded by the budget of whoever runs it."""
    if isinstance(value, np.ndarray) and value.ndim:
        return [scalar(one) for one in value]
    if isinstance(value, (list, tuple, dict, range, str)):
        return list(value) if not isinstance(value, range) else value
    raise Fault(f"a loop cannot run over {named(value)}")


def _call(self: Expressions, node: Any) -> Value:
    if any(one.arg is None for one in node.keywords):
        raise Unread("'**' within a call is not read here", do="Name the arguments.")
    function = self.value(node.func)
    given = [self.value(one) for one in node.args]
    return self.call(function, given, {one.arg: self.value(one.value) for one in node.keywords})


def _lambda(self: Expressions, node: Any) -> Value:
    return Function("lambda", node.args, node.body, self.source, dict(self.frames[-1]))


def _text(self: Expressions, node: Any) -> Value:
    parts = [one.value if isinstance(one, ast.Constant) else self.value(one.value) for one in node.values]
    if not all(isinstance(one, (str, int)) for one in parts):
        raise Fault("an f-string holds names and whole numbers only")
    return "".join(str(one) for one in parts)[:200]


_RULES: dict[type, Callable[[Expressions, Any], Value]] = {
    ast.Constant: _constant, ast.Name: _name, ast.BinOp: _binary, ast.UnaryOp: _unary, ast.BoolOp: _both,
    ast.Compare: _compare, ast.IfExp: _conditional, ast.Attribute: _attribute, ast.Subscript: _subscript,
    ast.Slice: _slice, ast.Tuple: _tuple, ast.List: _list, ast.Dict: _dict, ast.ListComp: _comprehension,
    ast.GeneratorExp: _comprehension, ast.Call: _call, ast.Lambda: _lambda, ast.JoinedStr: _text}
truth = _truth
