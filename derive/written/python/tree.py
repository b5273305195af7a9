r"""A Python expression as the neutral tree, every node with its exact place in the text.

    np.dot(X.T, d) / m      Product((Product((X^T, d), ("@",)), m), ("/",))
    a * (1 - a)             Product((a, Group("(", ...)), ("*",))

`@`, np.dot, np.matmul and .dot are one product; `.T` and .transpose() one mark; sigma(z) is a name beside its
bracket, as in a formula; params["W1"] and self.W1 are the name W1. What has no sign in formulas (a slice, a list)
stays as its text.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from derive.written.python.read import read
from derive.written.python.source import Source
from derive.written.tree import (
    Add,
    Call,
    Group,
    Listing,
    Mark,
    Name,
    Negative,
    Node,
    Number,
    Product,
    Relations,
    Scripted,
    Span,
    Text,
)

MODULES = ("np", "numpy", "math")
MATRIX_PRODUCTS = ("dot", "matmul")
SIGNS: dict[type, str] = {ast.Mult: "*", ast.MatMult: "@", ast.Div: "/"}
COMPARED: dict[type, str] = {ast.Lt: "<", ast.Gt: ">", ast.LtE: "<=", ast.GtE: ">=", ast.Eq: "=", ast.NotEq: "!="}
CANONICAL = {"maximum": "max", "minimum": "min", "amax": "max", "amin": "min", "absolute": "abs", "divide": "/",
             "multiply": "*"}
FUNCTIONS = frozenset({
    "exp", "log", "sqrt", "tanh", "sin", "cos", "sinh", "cosh", "abs", "sum", "mean", "max", "min", "outer", "diag",
    "where", "zeros", "ones", "zeros_like", "ones_like", "square", "power", "einsum", "transpose", "reshape", "clip",
    "squeeze", "eye", "arange", "argmax", "copy", "flatten", "ravel", "var", "std", "sign", "add", "subtract"})


def statements(text: str) -> list[Relations]:
    """Every assignment of a text, in order, within loops and functions too; a bare expression is one part."""
    program = read(text)
    return [found for node in program.body for found in _below(node, program.source)]


def _below(node: ast.stmt, source: Source) -> Iterator[Relations]:
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr)):
        made = relation(node, source)
        if made is not None:
            yield made
    for part in (getattr(node, "body", ()), getattr(node, "orelse", ())):
        for inner in part:
            yield from _below(inner, source)


def relation(node: ast.stmt, source: Source) -> Relations | None:
    """`dW = X.T @ d` as dW = X^T d. `dW += reg*W` has the same two sides: what is added stands on the right."""
    whole = source.span(node)
    if isinstance(node, ast.Expr):
        if isinstance(node.value, ast.Constant):
            return None
        return Relations(whole, (tree(node.value, source, whole),))
    if not isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)) or node.value is None:
        return None
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    left = tuple(tree(target, source) for target in targets)
    behind = Span(left[-1].span.stop, whole.stop)
    return Relations(whole, (*left, tree(node.value, source, behind)), ("=",) * len(left))


def tree(node: ast.expr, source: Source, within: Span | None = None) -> Node:
    """The node; `within` is where brackets around it may stand, so that they are its own and not those of a call."""
    return _Reader(source).bracketed(node, within or source.span(node))


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source, self.text = source, source.text

    def bracketed(self, node: ast.expr, within: Span) -> Node:
        """The node in as many round brackets as its author put around it."""
        made = self.node(node)
        at = self.source.span(node)
        start, stop = at.start, at.stop
        while True:
            left = len(self.text[within.start:start].rstrip()) + within.start - 1
            right = stop + len(self.text[stop:within.stop]) - len(self.text[stop:within.stop].lstrip())
            inside = left >= within.start and right < within.stop
            if not inside or self.text[left] != "(" or self.text[right] != ")":
                return made
            start, stop = left, right + 1
            made = Group(Span(start, stop), "(", made)

    def node(self, node: ast.expr) -> Node:
        rule = _RULES.get(type(node))
        made = rule(self, node) if rule else None
        return made if made is not None else Text(self.source.span(node), self.source.written(node))

    def inside(self, node: ast.expr, parent: ast.expr) -> Node:
        return self.bracketed(node, self.source.span(parent))


def _constant(self: _Reader, node: Any) -> Node | None:
    if isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        return Number(self.source.span(node), self.source.written(node))
    return None


def _name(self: _Reader, node: Any) -> Node:
    return Name(self.source.span(node), node.id)


def _binary(self: _Reader, node: Any) -> Node | None:
    span = self.source.span(node)
    if isinstance(node.op, ast.Pow):
        base, exponent = self.inside(node.left, node), self.inside(node.right, node)
        return Scripted(span, base, (), (Mark(exponent.span, "", exponent),))
    left, right = self.inside(node.left, node), self.inside(node.right, node)
    if isinstance(node.op, (ast.Add, ast.Sub)):
        if isinstance(node.op, ast.Sub):
            sign = left.span.stop + self.text[left.span.stop:right.span.start].index("-")
            right = Negative(Span(sign, right.span.stop), right)
        return Add(span, (*(left.terms if isinstance(left, Add) else (left,)), right))
    if type(node.op) not in SIGNS:
        return None
    flat = isinstance(left, Product) and isinstance(node.left, ast.BinOp)
    factors, signs = (left.factors, left.signs) if flat and isinstance(left, Product) else ((left,), ())
    return Product(span, (*factors, right), (*signs, SIGNS[type(node.op)]))


def _unary(self: _Reader, node: Any) -> Node | None:
    inner = self.inside(node.operand, node)
    if isinstance(node.op, ast.USub):
        return Negative(self.source.span(node), inner)
    return inner if isinstance(node.op, ast.UAdd) else None


def _compare(self: _Reader, node: Any) -> Node | None:
    if any(type(op) not in COMPARED for op in node.ops):
        return None
    parts = tuple(self.inside(one, node) for one in (node.left, *node.comparators))
    return Relations(self.source.span(node), parts, tuple(COMPARED[type(op)] for op in node.ops))


def _attribute(self: _Reader, node: Any) -> Node:
    span = self.source.span(node)
    if node.attr == "T":
        base = self.inside(node.value, node)
        mark = Span(span.stop - 1, span.stop)
        return Scripted(span, base, (), (Mark(mark, "", Name(mark, "T")),))
    if isinstance(node.value, ast.Name) and node.value.id == "self":
        return Name(span, node.attr)
    return Name(span, self.source.written(node))


def _subscript(self: _Reader, node: Any) -> Node:
    span = self.source.span(node)
    if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        return Name(span, node.slice.value)
    base = self.inside(node.value, node)
    inner = self.source.span(node.slice)
    items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    parts = tuple(self.node(one) for one in items)
    content = parts[0] if len(parts) == 1 else Listing(inner, parts)
    return Scripted(span, base, (Mark(Span(base.span.stop, span.stop), "[", content),))


def _call(self: _Reader, node: Any) -> Node:
    span, function = self.source.span(node), node.func
    behind = Span(self.source.span(function).stop + 1, span.stop - 1)
    arguments = tuple(self.bracketed(one, behind) for one in node.args)
    options = tuple(Text(self.source.span(one), self.source.written(one)) for one in node.keywords)
    if isinstance(function, ast.Name):
        return _applied(self, node, arguments, options)
    if not isinstance(function, ast.Attribute):
        return Text(span, self.source.written(node))
    module = isinstance(function.value, ast.Name) and function.value.id in MODULES
    if isinstance(function.value, ast.Name) and function.value.id == "self":
        return _applied(self, node, arguments, options)
    if not module:
        arguments = (self.inside(function.value, function), *arguments)
    return _known(function.attr, span, arguments, options, module, self.source.span(function).stop)


def _known(name: str, span: Span, arguments: tuple[Node, ...], options: tuple[Node, ...], module: bool,
           stop: int) -> Node:
    if len(arguments) == 2 and not options:
        sign = "@" if name in MATRIX_PRODUCTS else {"multiply": "*", "divide": "/", "true_divide": "/"}.get(name)
        if sign:
            return Product(span, arguments, (sign,))
    if name == "transpose" and not module and len(arguments) == 1:
        mark = Span(stop - len("transpose"), span.stop)
        return Scripted(span, arguments[0], (), (Mark(mark, "", Name(mark, "T")),))
    return Call(span, CANONICAL.get(name, name), (*arguments, *options))


def _applied(self: _Reader, node: Any, arguments: tuple[Node, ...], options: tuple[Node, ...]) -> Node:
    """sigma(z): the name and its bracket side by side; a function that Python or numpy knows is a call."""
    span, at = self.source.span(node), self.source.span(node.func)
    name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
    if name in FUNCTIONS and isinstance(node.func, ast.Name):
        return _known(name, span, arguments, options, True, at.stop)
    inside = (*arguments, *options)
    bracket = Span(at.stop, span.stop)
    content = inside[0] if len(inside) == 1 else Listing(Span(at.stop + 1, span.stop - 1), inside)
    return Product(span, (Name(at, name), Group(bracket, "(", content)), ("",))


_RULES: dict[type, Callable[[_Reader, Any], Node | None]] = {
    ast.Constant: _constant, ast.Name: _name, ast.BinOp: _binary, ast.UnaryOp: _unary, ast.Compare: _compare,
    ast.Attribute: _attribute, ast.Subscript: _subscript, ast.Call: _call}
