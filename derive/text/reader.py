"""The textbook text syntax, read: text in, `Derivation` out.

    data      x[k], y[j]
    parameter w[j,k], b[j]
    z[j] = sum(w[j,k]*x[k], k) + b[j]
    a[j] = sigmoid(z[j])
    C    = sum((a[j] - y[j])^2, j)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import sympy as sp
from lark import Token, Tree

from derive.errors import DeriveError
from derive.ir import Derivation, Equation, Fact, Index, Loop
from derive.text.costs import chosen_cost, known_parameters, only
from derive.text.declarations import Declarations
from derive.text.expression import greatest, is_greatest, read_expression
from derive.text.names import check_name
from derive.text.parse import parse, parse_formula
from derive.text.ranges import NOTHING, check_accesses, infer_index, read_range
from derive.text.scope import Scope, position, read_subscript
from derive.text.values import Value, bound_names, renamed


def read_equations(text: str, name: str = "equations", cost: str | None = None) -> Derivation:
    """The derivation that a text states; of several costs, that of `cost`. Errors say line and column."""
    return _Reader(name).read(parse(text, name), cost)


def read_block(text: str, name: str = "block", given: Mapping[str, sp.Expr] = NOTHING,
               inputs: Iterable[tuple[Index, ...]] = ()) -> Derivation:
    """A fragment without a cost of its own: what a layer, an activation or a cost file states.

    `given` says what names in it stand for, `inputs` what axes the data have that it declares first.
    """
    return _Reader(name, False, given, inputs).read(_tree(text, name))


_tree = lru_cache(maxsize=200)(parse)  # fragments are few, and read again for every shape


def declared_shapes(text: str, name: str = "block") -> list[list[str]]:
    """The axes of the data that a fragment declares, in order, by what their sizes are called."""
    declarations = [node for node in parse(text, name).children if node.data == "declaration"]
    items = [item for kind, *listed, _ in (node.children for node in declarations) if kind == "data" for item in listed]
    axes = [[axis for axis in item.children[1:-2] if axis is not None] for item in items]
    return [[_size_name(*axis.children) for axis in listed] for listed in axes]


def _size_name(letter: Token, size: Any) -> str:
    named = size.children[-1] if size is not None and size.data == "span" else size
    return str(named.children[0]) if named is not None and named.data in ("name", "number") else str(letter)


def read_formula(text: str, variable: str = "z", name: str = "formula") -> sp.Expr:
    """One scalar formula of one variable, such as "z/(1+exp(-z))"; the variable is a Symbol."""
    scope = Scope({}, {}, infer=lambda n, node: None, lift=lambda v: v, place=name, argument=variable)
    value = read_expression(parse_formula(text, name), scope)
    if value.body is None:
        raise DeriveError("a formula of one variable has no sums", where=name)
    return value.body


class _Reader(Declarations):
    """Declarations, equations, loops and facts, in the order of the text."""

    def read(self, tree: Tree[Any], chosen: str | None = None) -> Derivation:
        self.words = {str(token) for token in tree.scan_values(lambda t: isinstance(t, Token) and t.type == "NAME")}
        for node in tree.children:
            self._statement(node)
        for cost in self.costs:
            if cost not in self.tensors or self.tensors[cost].axes:
                raise DeriveError(f"the cost '{cost}' is not computed as a single number", where=self.place,
                                  do=f"Write an equation {cost} = ...")
        cost = chosen_cost(self.costs, chosen, self.place) or (self._last_scalar() if self.needs_cost else "")
        tensors = tuple(replace(t, role="cost") if t.name == cost else t for t in self.tensors.values())
        found = Derivation(tensors, tuple(self.blocks[0]), cost, tuple(self.facts), self.decimals)
        return only(found, known_parameters(found, self.costs[cost], self.place)) if len(self.costs) > 1 else replace(
            found, by=known_parameters(found, self.costs.get(cost), self.place))

    def _statement(self, node: Tree[Any]) -> None:
        read = {"declaration": self._declaration, "equation": self._equation, "fact": self._fact, "loop": self._loop}
        read[node.data](node)

    # -- equations ---------------------------------------------------------------------

    def _equation(self, node: Tree[Any]) -> None:
        target, op, right = node.children
        name_token, *subscripts = target.children
        subscripts = [s for s in subscripts if s is not None]
        name = check_name(str(name_token), position(name_token, self.place))
        place = self.here = position(name_token, self.place)
        if name in self.tensors and self.tensors[name].role in ("data", "parameter", "constant"):
            raise DeriveError(f"'{name}' is given; an equation cannot assign to it", where=place)
        known = {i.name: i for i in self.loops}
        free = self._free_indices(subscripts, right, known)
        scope = self._scope(known | {i.name: i for i in free}, right)
        at = tuple(read_subscript(s, scope) for s in subscripts)
        alone = subscripts and is_greatest(right, scope)
        value = greatest(right, scope) if alone else read_expression(right, scope)
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
            for token in _index_names(node):
                name = str(token)
                whole = name in self.tensors and self.tensors[name].among is not None
                if name in known or name in free or name in self.given or name[:1].isupper() or whole:
                    continue
                found = infer_index(name, right, self.tensors, known | free, self.indices) or self.indices.get(name)
                found = found or infer_index(name, node, self.tensors, known | free, self.indices)
                found = found or self._declared_once(name, known)
                if found is None:
                    check_accesses(name, right, self.tensors, self.place)
                    raise DeriveError(f"the range of index '{name}' is not known", where=position(token, self.place),
                                      do=f"Declare it: index {name} = 10")
                free[name] = found.named(name)
        return list(free.values())

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
            start, size = read_range(span, self.place, {}, self.given)
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


def _index_names(node: Any) -> Iterator[Token]:
    """The names in a subscript that may be indices: of 2*i + x[t] those are i and t."""
    heads = {id(access.children[0]) for access in node.find_data("access")}
    return (token for token in node.scan_values(lambda t: isinstance(t, Token) and t.type == "NAME")
            if id(token) not in heads)


def make_fact(left: Value, right: Value, place: str, free: tuple[Index, ...]) -> Fact:
    """`left = right`: a read or a sum on the left, one scalar expression on the right."""
    if len(left.terms) != 1 or right.body is None:
        raise DeriveError("a fact has one read or one sum on the left and a scalar on the right", where=place,
                          do="For example: fact sum(y[j], j) = 1")
    return Fact(left.terms[0], right.body, free)
