"""What an operator, a list, a condition or a comprehension comes to.

    W1 * (x > 0)     [np.zeros(b.shape) for b in biases]     4.5 is exactly 9/2
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from derive.claims.python.arithmetic import bounded_length
from derive.claims.python.evaluator import Expressions, Function, iterated
from derive.claims.python.values import Fault, Unread, Value, stacked

BINARY: dict[type, str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//",
                           ast.Mod: "%", ast.Pow: "**", ast.MatMult: "@"}
COMPARISON: dict[type, str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}


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


def truth(value: Value) -> bool:
    if isinstance(value, (bool, int, str, list, dict, tuple, range)) or value is None:
        return bool(value)
    raise Fault("a condition must be known from sizes and counters", do="Write np.where or a mask for arrays.")


def _both(self: Expressions, node: Any) -> Value:
    every = isinstance(node.op, ast.And)
    value: Value = every
    for part in node.values:
        value = self.value(part)
        if truth(value) is not every:
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
    return self.value(node.body if truth(self.value(node.test)) else node.orelse)


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
        if all(truth(self.value(test)) for test in loop.ifs):
            _collect(self, node, depth + 1, found)


def _lambda(self: Expressions, node: Any) -> Value:
    return Function("lambda", node.args, node.body, self.source, dict(self.frames[-1]))


def _text(self: Expressions, node: Any) -> Value:
    parts = [one.value if isinstance(one, ast.Constant) else self.value(one.value) for one in node.values]
    if not all(isinstance(one, (str, int)) for one in parts):
        raise Fault("an f-string holds names and whole numbers only")
    return "".join(str(one) for one in parts)[:200]


OPERATORS: dict[type, Callable[[Expressions, Any], Value]] = {
    ast.Constant: _constant, ast.Name: _name, ast.BinOp: _binary, ast.UnaryOp: _unary, ast.BoolOp: _both,
    ast.Compare: _compare, ast.IfExp: _conditional, ast.Slice: _slice, ast.Tuple: _tuple, ast.List: _list,
    ast.Dict: _dict, ast.ListComp: _comprehension, ast.GeneratorExp: _comprehension, ast.Lambda: _lambda,
    ast.JoinedStr: _text}
