"""The textbook text syntax, read: text in, `Derivation` out.

    data      x[k], y[j]
    parameter w[j,k], b[j]
    z[j] = sum(w[j,k]*x[k], k) + b[j]
    a[j] = sigmoid(z[j])
    C    = sum((a[j] - y[j])^2, j)
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp
from lark import Token, Tree

from derive.errors import DeriveError
from derive.functions import PRIMITIVES, activations
from derive.ir import Derivation, Equation, Fact, Index, Loop, Statement, Tensor, Term, index_symbol, read, size_symbol
from derive.text.expression import Scope, position, read_expression, read_subscript
from derive.text.parse import parse, parse_formula
from derive.text.ranges import check_accesses, covering, infer_index, read_range, sizes_in
from derive.text.values import Value, bound_names, renamed

RESERVED = frozenset(
    "sum size for fact data parameter constant index sample layer time cost descending pi np numpy "
    "False None True and as assert async await break class continue def del elif else except finally from global if "
    "import in is lambda nonlocal not or pass raise return try while with yield self".split())
MAX_NAME = 40


def read_equations(text: str, name: str = "equations") -> Derivation:
    """The derivation that a text states. Errors say line and column and what was expected."""
    return _Reader(name).read(parse(text, name))


def read_block(text: str, name: str = "block") -> Derivation:
    """A fragment without a cost of its own: what a layer, an activation or a cost file states."""
    return _Reader(name, needs_cost=False).read(parse(text, name))


def read_formula(text: str, variable: str = "z", name: str = "formula") -> sp.Expr:
    """One scalar formula of one variable, such as "z/(1+exp(-z))"; the variable is a Symbol."""
    scope = Scope({}, {}, infer=lambda n, node: None, lift=lambda v: v, place=name, argument=variable)
    value = read_expression(parse_formula(text, name), scope)
    if value.body is None:
        raise DeriveError("a formula of one variable has no sums", where=name)
    return value.body


def check_name(name: str, place: str) -> str:
    """A name that the emitted code and LaTeX can carry."""
    if name in RESERVED or name in PRIMITIVES or name in activations():
        raise DeriveError(f"'{name}' is reserved", where=place, do=f"Choose another name, such as {name}1.")
    if len(name) > MAX_NAME:
        raise DeriveError(f"a name of {len(name)} characters; {MAX_NAME} are the limit", where=place)
    return name


class _Reader:
    def __init__(self, place: str, needs_cost: bool = True) -> None:
        self.place, self.needs_cost = place, needs_cost
        self.tensors: dict[str, Tensor] = {}
        self.indices: dict[str, Index] = {}
        self.facts: list[Fact] = []
        self.cost = ""
        self.decimals = False
        self.loops: list[Index] = []
        self.blocks: list[list[Statement]] = [[]]
        self.words: set[str] = set()
        """Every name in the text: the names that are made up here are others."""

    def read(self, tree: Tree[Any]) -> Derivation:
        self.words = {str(token) for token in tree.scan_values(lambda t: isinstance(t, Token) and t.type == "NAME")}
        for node in tree.children:
            self._statement(node)
        cost = self.cost or (self._last_scalar() if self.needs_cost else "")
        if self.cost and (cost not in self.tensors or self.tensors[cost].axes):
            raise DeriveError(f"the cost '{cost}' is not computed as a single number", where=self.place,
                              do=f"Write an equation {cost} = ...")
        tensors = tuple(replace(t, role="cost") if t.name == cost else t for t in self.tensors.values())
        return Derivation(tensors, tuple(self.blocks[0]), cost, tuple(self.facts), self.decimals)

    def _statement(self, node: Tree[Any]) -> None:
        read = {"declaration": self._declaration, "equation": self._equation, "fact": self._fact, "loop": self._loop}
        read[node.data](node)

    # -- declarations ------------------------------------------------------------------

    def _declaration(self, node: Tree[Any]) -> None:
        kind, *items = node.children
        for item in items:
            name_token, *rest = item.children
            axes, value = rest[:-1], rest[-1]
            assert isinstance(name_token, Token)
            name = check_name(str(name_token), position(name_token, self.place))
            if kind == "cost":
                self.cost = name
            elif kind in ("index", "sample", "layer", "time"):
                self._declare_index(str(kind), name, value, name_token)
            else:
                self._declare_tensor(str(kind), name, [a for a in axes if a is not None], value, name_token)

    def _declare_index(self, kind: str, name: str, value: Any, token: Token) -> None:
        if value is None:
            raise DeriveError(f"index '{name}' needs a range", where=position(token, self.place),
                              do=f"Write {kind} {name} = 10, or {kind} {name} = 1..L.")
        start, size = read_range(value, self.place, {})
        if kind == "layer" and str(getattr(value, "data", "")) != "span":
            start = sp.Integer(1)
        self.indices[name] = Index(name, size, start, "axis" if kind == "index" else kind)  # type: ignore[arg-type]

    def _declare_tensor(self, role: str, name: str, axes: list[Tree[Any]], value: Any, token: Token) -> None:
        if name in self.tensors:
            raise DeriveError(f"'{name}' is declared twice", where=position(token, self.place))
        scope: dict[str, Index] = {}
        for axis in axes:
            letter, size = axis.children
            index = self._axis(str(letter), size, scope)
            if index.name in scope:
                raise DeriveError(f"index '{letter}' stands twice in '{name}'", where=position(letter, self.place))
            scope[index.name] = index
        number = None
        if value is not None:
            scope_of_value = self._scope({}, value)
            number = read_expression(value, scope_of_value).body
            self.decimals |= scope_of_value.decimals
            if role != "constant" or number is None or not number.is_Number:
                raise DeriveError("only a constant has a value, a number", where=position(value, self.place))
        self.tensors[name] = Tensor(name, tuple(scope.values()), role, value=number)  # type: ignore[arg-type]

    def _axis(self, letter: str, size: Any, scope: dict[str, Index]) -> Index:
        if size is not None:
            start, count = read_range(size, self.place, scope | self.indices)
            known = self.indices.get(letter)
            return Index(letter, count, start, known.kind if known else "axis")
        return self.indices.get(letter) or Index(letter, size_symbol(f"n_{letter}"))

    # -- equations ---------------------------------------------------------------------

    def _equation(self, node: Tree[Any]) -> None:
        target, op, right = node.children
        name_token, *subscripts = target.children
        subscripts = [s for s in subscripts if s is not None]
        name = check_name(str(name_token), position(name_token, self.place))
        place = position(name_token, self.place)
        if name in self.tensors and self.tensors[name].role in ("data", "parameter", "constant"):
            raise DeriveError(f"'{name}' is given; an equation cannot assign to it", where=place)
        known = {i.name: i for i in self.loops}
        free = self._free_indices(subscripts, right, known)
        scope = self._scope(known | {i.name: i for i in free}, right)
        at = tuple(read_subscript(s, scope) for s in subscripts)
        value = read_expression(right, scope)
        if value.axes:
            if subscripts or free:
                raise DeriveError("index form on the left, matrix form on the right", where=place,
                                  do="Write the indices on both sides or on neither.")
            scope.taken = {*known, *self.tensors, *bound_names(value)}
            axes = tuple(axis.named(scope.fresh(axis.name.rstrip("23456789"))) for axis in value.axes)
            value, free = renamed(value, axes), list(axes)
            at = tuple(a.symbol for a in axes)
        self._write(name, at, free, value, str(op), place)
        self.decimals |= scope.decimals

    def _free_indices(self, subscripts: list[Any], right: Any, known: dict[str, Index]) -> list[Index]:
        free: dict[str, Index] = {}
        for node in subscripts:
            for token in node.scan_values(lambda t: isinstance(t, Token) and t.type == "NAME"):
                name = str(token)
                if name in known or name in free or name[:1].isupper():
                    continue
                found = infer_index(name, right, self.tensors, known | free, self.indices) or self.indices.get(name)
                if found is None:
                    check_accesses(name, right, self.tensors, self.place)
                    raise DeriveError(f"the range of index '{name}' is not known", where=position(token, self.place),
                                      do=f"Declare it: index {name} = 10")
                free[name] = found.named(name)
        return list(free.values())

    def _write(self, name: str, at: tuple[sp.Expr, ...], free: list[Index], value: Value, op: str, place: str) -> None:
        equation = Equation(name, at, tuple(free), value.terms, op, origin=place)  # type: ignore[arg-type]
        if not value.terms:
            equation = replace(equation, terms=(Term(sp.Integer(0)),))
        axes = covering(equation, self.loops)
        old = self.tensors.get(name)
        self.tensors[name] = Tensor(name, axes) if old is None else replace(old, axes=_widened(old.axes, axes, place))
        self.blocks[-1].append(equation)

    def _scope(self, indices: dict[str, Index], node: Any) -> Scope:
        scope = Scope(self.tensors, dict(indices), infer=lambda n, tree: None, lift=lambda v: v, place=self.place)
        scope.taken = {*indices, *self.tensors}
        scope.infer = lambda n, tree: infer_index(n, tree, self.tensors, scope.indices, self.indices)
        scope.lift = lambda value: self._lift(value, scope)
        return scope

    def _lift(self, value: Value, scope: Scope) -> Value:
        """s1 = the sum: its own equation before the one that is being read."""
        number = 1
        while f"s{number}" in self.tensors or f"s{number}" in self.words:
            number += 1
        name = f"s{number}"
        used = set().union(*(t.body.free_symbols for t in value.terms)) if value.terms else set()
        visible = {*scope.indices.values(), *value.axes}
        free = sorted((i for i in visible if i.symbol in used), key=lambda i: i.name)
        in_loops = {i.symbol for i in self.loops}
        own = [i for i in free if i.symbol not in in_loops]
        ordered = [i for i in free if i.symbol in in_loops] + own
        self._write(name, tuple(i.symbol for i in ordered), own, Value(value.terms), "=", self.place)
        scope.tensors = self.tensors
        return Value((Term(read(name, *(i.symbol for i in ordered))),), value.axes)

    # -- loops, facts, the cost --------------------------------------------------------

    def _loop(self, node: Tree[Any]) -> None:
        name, span, direction, *body = node.children
        index = self.indices.get(str(name))
        if index is None or index.kind not in ("layer", "time"):
            raise DeriveError(f"'{name}' is not a layer or time index", where=position(name, self.place),
                              do=f"Declare it above: layer {name} = 1..L, or time {name} = 1..T.")
        if any(index.name == outer.name for outer in self.loops):
            raise DeriveError(f"a loop over {name} stands inside another one", where=position(name, self.place))
        if span is not None:
            start, size = read_range(span, self.place, {})
            index = replace(index, start=start, size=size)
        self.loops.append(index)
        self.blocks.append([])
        for child in body:
            self._statement(child)
        statements = self.blocks.pop()
        self.loops.pop()
        self.blocks[-1].append(Loop(index, tuple(statements), direction is not None))

    def _fact(self, node: Tree[Any]) -> None:
        left, right = node.children
        scope = self._scope(dict(self.indices), node)
        free: dict[str, Index] = {}
        if left.data == "access":
            free = {i.name: i for i in self._free_indices(left.children[1:], node, {})}
        scope.indices = scope.indices | free
        one, other = read_expression(left, scope), read_expression(right, scope)
        summed = {k.symbol for t in one.terms for k in t.summed}
        used = set().union(*(t.body.free_symbols for t in one.terms)) - summed
        over = tuple(index for index in scope.indices.values() if index.symbol in used)
        self.facts.append(make_fact(one, other, position(left, self.place), over))

    def _last_scalar(self) -> str:
        for statement in reversed(self.blocks[0]):
            if isinstance(statement, Equation) and not statement.at:
                return statement.target
        raise DeriveError("there is no cost: no equation gives a single number", where=self.place,
                          do="Add one such as C = sum((a[j] - y[j])^2, j).")


def make_fact(left: Value, right: Value, place: str, free: tuple[Index, ...]) -> Fact:
    """`left = right`: a read or a sum on the left, one scalar expression on the right."""
    if len(left.terms) != 1 or right.body is None:
        raise DeriveError("a fact has one read or one sum on the left and a scalar on the right", where=place,
                          do="For example: fact sum(y[j], j) = 1")
    return Fact(left.terms[0], right.body, free)


def _widened(old: tuple[Index, ...], new: tuple[Index, ...], place: str) -> tuple[Index, ...]:
    """The axes that cover both writes of one tensor (a[0,k] = x[k], then a[l,j] in a loop)."""
    if len(old) != len(new):
        raise DeriveError("the number of indices differs from the line above", where=place)
    return tuple(sizes_in(a, b) for a, b in zip(old, new, strict=False))


__all__ = ["check_name", "index_symbol", "read_block", "read_equations", "read_formula"]
