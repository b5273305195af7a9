"""What a text declares: indices with their ranges, tensors with their axes; and what it writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import sympy as sp
from lark import Token, Tree

from derive.errors import DeriveError
from derive.functions.record import equal
from derive.ir import SUM, Equation, Fact, Index, Kind, Statement, Tensor, Term, read, size_symbol, ties_of
from derive.text.expression import read_expression
from derive.text.names import check_name
from derive.text.ranges import NOTHING, covering, infer_index, read_range, sizes_in
from derive.text.scope import Scope, position
from derive.text.values import Value


class Declarations:
    """The indices, tensors and statements of a text so far."""

    def __init__(self, place: str, needs_cost: bool = True, given: Mapping[str, sp.Expr] = NOTHING,
                 inputs: Iterable[tuple[Index, ...]] = ()) -> None:
        self.place, self.needs_cost = place, needs_cost
        self.given = dict(given)
        self.inputs = list(inputs)
        """The axes of the data that are declared first: they say what the names of sizes stand for."""
        self.tensors: dict[str, Tensor] = {}
        self.indices: dict[str, Index] = {}
        self.facts: list[Fact] = []
        self.costs: dict[str, Any] = {}
        """The costs that are declared, and the names behind `by`."""
        self.here = ""
        """The place of the equation that is being read."""
        self.decimals = False
        self.loops: list[Index] = []
        self.blocks: list[list[Statement]] = [[]]
        self.words: set[str] = set()
        """Every name in the text: the names that are made up here are others."""

    def _declaration(self, node: Tree[Any]) -> None:
        kind, *items, by = node.children
        if by is not None and (kind != "cost" or len(items) > 1):
            raise DeriveError(f"a {kind} is not differentiated by anything" if kind != "cost" else
                              "'by' stands behind one cost", where=position(by.children[0], self.place),
                              do="Write, for instance: cost C by w, b")
        for item in items:
            name_token, *rest = item.children
            axes, among, value = rest[:-2], rest[-2], rest[-1]
            assert isinstance(name_token, Token)
            name = check_name(str(name_token), position(name_token, self.place))
            if among is not None and kind != "data":
                raise DeriveError(f"a {kind} is not declared to lie in a range", where=position(among, self.place),
                                  do="Only data are whole numbers of a range: data x[t: 1..T] in 1000")
            if kind == "cost":
                self.costs[name] = by
            elif kind == "size":
                self._declare_size(name, value, name_token)
            elif kind in ("index", "sample", "layer", "time"):
                self._declare_index(str(kind), name, value, name_token)
            else:
                self._declare_tensor(str(kind), name, [a for a in axes if a is not None], value, name_token, among)

    def _declare_index(self, kind: str, name: str, value: Any, token: Token) -> None:
        if value is None:
            raise DeriveError(f"index '{name}' needs a range", where=position(token, self.place),
                              do=f"Write {kind} {name} = 10, or {kind} {name} = 1..L.")
        start, size = read_range(value, self.place, {}, self.given)
        if kind == "layer" and str(getattr(value, "data", "")) != "span":
            start = sp.Integer(1)
        self.indices[name] = Index(name, size, start, "axis" if kind == "index" else kind)  # type: ignore[arg-type]

    def _declare_size(self, name: str, value: Any, token: Token) -> None:
        if value is None or name in self.given:
            said = "needs a value" if value is None else "is known already"
            raise DeriveError(f"the size '{name}' {said}", where=position(token, self.place),
                              do=f"Write size {name} = 64 once.")
        self.given[name] = read_range(value, self.place, {}, self.given)[1]

    def _declare_tensor(self, role: str, name: str, axes: list[Tree[Any]], value: Any, token: Token,
                        among: Any) -> None:
        if name in self.tensors:
            raise DeriveError(f"'{name}' is declared twice", where=position(token, self.place))
        scope: dict[str, Index] = {}
        comes = self.inputs.pop(0) if role == "data" and self.inputs else None
        bound = self._bind(name, axes, self._bind_words(name, among, comes, token), token) if comes is not None else ()
        for axis, kind in zip_longest(axes, bound):
            letter, size = axis.children
            index = self._axis(str(letter), size, scope)
            index = replace(index, kind=kind or index.kind)
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
        if role == "constant":
            number = self.given.pop(name, number)
        whole = None if among is None else self._among(name, among)
        self.tensors[name] = Tensor(name, tuple(scope.values()), role, value=number, among=whole)  # type: ignore[arg-type]

    def _among(self, name: str, node: Any) -> Index:
        """data x[t: 1..T] in 1000: whole numbers from 0 to 999, which may stand in a subscript."""
        start, size = read_range(node, self.place, dict(self.indices), self.given)
        return Index(name, size, start, "word")

    def _bind_words(self, name: str, among: Any, actual: tuple[Index, ...], token: Token) -> tuple[Index, ...]:
        """The axes of what comes in, apart from the range of its entries where these are whole numbers."""
        words = actual[-1:] if actual and actual[-1].kind == "word" else ()
        if bool(words) != (among is not None):
            said = f"are whole numbers, one of {words[0].size}" if words else "are no whole numbers"
            raise DeriveError(f"the values that come in {said}", where=position(token, self.place),
                              do=f"Declare data {name} in words." if words else "Give words(20 of 1000) as the input.")
        if words and among.data == "name":
            self.given.setdefault(str(among.children[0]), words[0].size)
        if words and sp.expand(self._among(name, among).size - words[0].size) != 0:
            raise DeriveError(f"the numbers in '{name}' are not one of {words[0].size}",
                              where=position(token, self.place))
        return actual[:len(actual) - len(words)]

    def _bind(self, name: str, axes: list[Tree[Any]], actual: tuple[Index, ...], token: Token) -> list[Kind]:
        """What the sizes in a declaration are, where the data that come in have these axes; the kinds of the axes."""
        if len(axes) != len(actual):
            raise DeriveError(f"'{name}' has {len(axes)} axes, but {len(actual)} come in",
                              where=position(token, self.place))
        for axis, there in zip(axes, actual, strict=True):
            size = axis.children[1]
            first, named = (1, size.children[1]) if size is not None and size.data == "span" else (0, size)
            if named is not None and named.data == "name":
                self.given.setdefault(str(named.children[0]), there.size)
            start, count = read_range(size, self.place, {}, self.given) if size is not None else (first, there.size)
            if sp.expand(count - there.size) != 0:
                raise DeriveError(f"an axis of '{name}' has {count} values, but {there.size} come in",
                                  where=position(token, self.place))
        return [there.kind for there in actual]

    def _axis(self, letter: str, size: Any, scope: dict[str, Index]) -> Index:
        if size is not None:
            start, count = read_range(size, self.place, scope | self.indices, self.given)
            known = self.indices.get(letter)
            return Index(letter, count, start, known.kind if known else "axis")
        return self.indices.get(letter) or self._size_said_once(letter) or Index(letter, size_symbol(f"n_{letter}"))

    def _size_said_once(self, letter: str) -> Index | None:
        """The 4 of `data x[k: 4], y[k]`: a size need not be repeated, unless the letter has had two."""
        axes = {axis for tensor in self.tensors.values() for axis in tensor.axes
                if axis.name == letter and axis.size.is_Integer}
        return axes.pop() if len(axes) == 1 else None

    def _declared_once(self, letter: str, known: Mapping[str, Index]) -> Index | None:
        """The one range of a letter in all declarations: the j of w[j,k] also in h[0,j] = 0."""
        axes = {axis for tensor in self.tensors.values() if tensor.role in ("data", "parameter")
                for axis in tensor.axes if axis.name == letter}
        around = {i.symbol for i in known.values()}
        alone = len(axes) == 1 and not any(axis.size.free_symbols & around for axis in axes)
        return axes.pop() if alone else None

    def _write(self, name: str, at: tuple[sp.Expr, ...], free: list[Index], value: Value, op: str, place: str) -> None:
        equation = Equation(name, at, tuple(free), value.terms, op, origin=place)  # type: ignore[arg-type]
        if not value.terms:
            equation = replace(equation, terms=(Term(sp.Integer(0)),))
        axes = covering(equation, self.loops, self.tensors)
        old = self.tensors.get(name)
        self.tensors[name] = Tensor(name, axes) if old is None else replace(old, axes=_widened(old.axes, axes, place))
        self.blocks[-1].append(equation)
        if equation.is_max:
            self._count_ties(equation)

    def _count_ties(self, equation: Equation) -> None:
        """n_z = sum([x = z]): how many share the maximum z, which the rule of reverse mode needs."""
        name, term = ties_of(equation.target), equation.terms[0]
        share = replace(term, body=equal(term.body, equation.lhs), by="sum")
        self.tensors[name] = replace(self.tensors[equation.target], name=name)
        self.blocks[-1].append(replace(equation, target=name, terms=(share,)))

    def _scope(self, indices: dict[str, Index], node: Any) -> Scope:
        scope = Scope(self.tensors, dict(indices), infer=lambda n, tree: None, lift=lambda v: v, place=self.place,
                      given=self.given)
        scope.taken = {*indices, *self.tensors}
        scope.infer = lambda n, tree: infer_index(n, tree, self.tensors, scope.indices, self.indices)
        scope.lift = lambda value: self._lift(value, scope)
        return scope

    def _lift(self, value: Value, scope: Scope) -> Value:
        """s1 = the sum: its own equation before the one that is being read."""
        number = 1
        while f"{SUM}{number}" in self.tensors or f"{SUM}{number}" in self.words:
            number += 1
        name = f"{SUM}{number}"
        used = set().union(*(t.body.free_symbols for t in value.terms)) if value.terms else set()
        visible = {*scope.indices.values(), *value.axes}
        free = sorted((i for i in visible if i.symbol in used), key=lambda i: i.name)
        in_loops = {i.symbol for i in self.loops}
        own = [i for i in free if i.symbol not in in_loops]
        ordered = [i for i in free if i.symbol in in_loops] + own
        self._write(name, tuple(i.symbol for i in ordered), own, Value(value.terms), "=", self.here or self.place)
        scope.tensors = self.tensors
        return Value((Term(read(name, *(i.symbol for i in ordered))),), value.axes)


def _widened(old: tuple[Index, ...], new: tuple[Index, ...], place: str) -> tuple[Index, ...]:
    """The axes that cover both writes of one tensor (a[0,k] = x[k], then a[l,j] in a loop)."""
    if len(old) != len(new):
        raise DeriveError("the number of indices differs from the line above", where=place)
    return tuple(sizes_in(a, b) for a, b in zip(old, new, strict=False))
