"""What stands behind a dot, in square brackets or in a call.

    x.T    np.sum    self.W1    params["W1"]    probs[range(N), y]    zs[-l]    np.outer(delta, a)
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from derive.claims.python.arithmetic import bounded_length
from derive.claims.python.evaluator import Expressions, Members
from derive.claims.python.numpy_names import METHODS, NAMES
from derive.claims.python.values import Broken, Fault, Unread, Value, named, scalar, stacked
from derive.errors import clip, nearest

NUMPY = ("np", "numpy", "math")


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
        return _whole(owner[at])
    if isinstance(owner, (list, tuple, range, str)):
        return _whole(owner[_place(at)])
    return scalar(stacked(owner)[index(at)])


def _whole(value: Value) -> Value:
    """An entry whose formula failed fails again for who reads it."""
    if isinstance(value, Broken):
        raise value.fault
    return value


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


def _call(self: Expressions, node: Any) -> Value:
    if any(one.arg is None for one in node.keywords):
        raise Unread("'**' within a call is not read here", do="Name the arguments.")
    function = self.value(node.func)
    given = [self.value(one) for one in node.args]
    return self.call(function, given, {one.arg: self.value(one.value) for one in node.keywords})


ACCESS: dict[type, Callable[[Expressions, Any], Value]] = {
    ast.Attribute: _attribute, ast.Subscript: _subscript, ast.Call: _call}
