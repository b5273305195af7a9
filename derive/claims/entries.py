r"""Entries, sums and products of values.

    W^{[2]T}_{jk},  A \odot B - C,  x^2

In: terms of these kinds. Out: their values.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product as pairs
from typing import Any

import numpy as np

from derive.claims import bounds
from derive.claims import terms as T
from derive.claims.arrays import Identity, OnesLike, Tensor, opposite, shape_of, spread, times, turned
from derive.claims.inference import Elsewhere, chosen
from derive.claims.products import FLAT
from derive.claims.refused import Conflict
from derive.claims.values import Env, Values
from derive.points.dual import elementwise
from derive.points.functions import apply


class Entries(Values):
    """The rules for letters, entries, sums, products and powers."""

    def _constant(self, term: T.Constant, env: Env) -> Any:
        return self.world.draw.rational(term.value)

    def _letter(self, term: T.Letter, env: Env) -> Any:
        return self.world.draw.rational(self.world.whole(term, env))

    def _size(self, term: T.Size, env: Env) -> Any:
        return self.world.draw.rational(self.world.whole(term, env))

    def _ref(self, term: T.Ref, env: Env) -> Any:
        marks = tuple(self.world.whole(mark, env) for mark in term.marks)
        value = self.variable(term.variable, marks, term.span)
        return self._picked(value, term.entries, env, term) if term.entries else value

    def _entry(self, term: T.Entry, env: Env) -> Any:
        return self._picked(self.term(term.content, env), term.entries, env, term)

    def _picked(self, value: Any, entries: tuple[T.Term | None, ...], env: Env, term: T.Term) -> Any:
        if not isinstance(value, np.ndarray):
            raise Conflict("a number has no entries", term.span)
        axes = chosen(value.shape, len(entries))
        if "beyond" in env and self._beyond(value, axes, entries, env):
            return self.world.draw.rational(0)
        if len(entries) > value.ndim or len(entries) == 2 and 1 in value.shape and not self._planar(term):
            raise Conflict(f"{len(entries)} indices on an array of {shape_of(value)}", term.span, "index")
        at: list[Any] = [slice(None)] * value.ndim
        for axis, entry in zip(axes, entries, strict=True):
            if entry is not None:
                at[axis] = self._place(entry, env, value.shape[axis])
        found = value[tuple(at)]
        if isinstance(found, np.ndarray) and found.ndim == 1:
            if 1 in value.shape:
                return found[0] if found.shape == (1,) else found
            return found.reshape(-1, 1) if entries[0] is None else found.reshape(1, -1)
        return found

    def _planar(self, term: T.Term) -> bool:
        """Whether an array has two indices although one of its sizes is 1."""
        return isinstance(term, T.Ref) and term.variable.name in self.world.context.planar

    def _beyond(self, value: Any, axes: list[int], entries: tuple[T.Term | None, ...], env: Env) -> bool:
        """Whether an entry beyond the edges is meant."""
        for axis, entry in zip(axes, entries, strict=True):
            try:
                if entry is not None and axis < value.ndim:
                    self._place(entry, env, value.shape[axis])
            except Conflict as conflict:
                return conflict.kind == "range"
        return False

    def _place(self, entry: T.Term, env: Env, width: int) -> int:
        first = env.get("first", self.world.first)
        first = min((env.get(f"first {name}", first) for name in entry.indices),
                    default=env.get("first", self.world.constant))
        at = self.world.whole(entry, env) - first
        if not 0 <= at < width:
            raise Conflict(f"the index is {at + first}, out of its range {first} to {width - 1 + first}",
                           entry.span, "range")
        return at

    def _sum(self, term: T.Sum, env: Env) -> Any:
        values = [self.term(one, env) for one in term.terms]
        for one, value in zip(term.terms, values, strict=True):
            self._saw(one, value)
        found = values[0]
        for one, value in zip(term.terms[1:], values[1:], strict=True):
            found = spread(found, value, one.span, lambda a, b: a + b)
        return found

    def _saw(self, term: T.Term, value: Any) -> None:
        seen = self.world.nonzero
        if not seen.get(term):
            values = value.ravel() if isinstance(value, np.ndarray) else [value]
            seen[term] = isinstance(value, OnesLike | Tensor | Identity) or any(one != 0 for one in values)

    def _opposite(self, term: T.Opposite, env: Env) -> Any:
        return opposite(self.term(term.content, env))

    def _times(self, term: T.Times, env: Env) -> Any:
        left = self.term(term.left, env)
        try:
            right = self.term(term.right, env)
        except Conflict as conflict:
            if conflict.kind == "range" and isinstance(term.left, T.Indicated) and left == 0:
                return left  # an indicator leaves out what does not exist
            raise
        return times(left, right, term.sign, term.span, self.world.entrywise)

    def _over(self, term: T.Over, env: Env) -> Any:
        top, bottom = self.term(term.top, env), self.term(term.bottom, env)
        if isinstance(top, Identity) and not isinstance(bottom, np.ndarray | Identity):
            return Identity(top.one / bottom, top.rest / bottom)
        return spread(top, bottom, term.span, lambda a, b: a / b)

    def _power(self, term: T.Power, env: Env) -> Any:
        base = self.term(term.base, env)
        exponent = self._exponent(term.exponent, env)
        if isinstance(base, Tensor | OnesLike | Identity) or isinstance(exponent, Tensor | OnesLike | np.ndarray):
            raise Conflict("a power of what is no number and no matrix", term.span, "tensor")
        square = isinstance(base, np.ndarray) and base.ndim == 2 and base.shape[0] == base.shape[1]
        if square and not term.entrywise and isinstance(exponent, int) and \
                isinstance(term.base, T.Ref | T.Transposed | T.Times):
            bounds.power(exponent, term.span)
            return _matrix_power(base, exponent, self.world.draw)
        if isinstance(base, np.ndarray):
            return elementwise(lambda x: self._raised(x, exponent), base)
        return self._raised(base, exponent)

    def _raised(self, base: Any, exponent: Any) -> Any:
        return base ** exponent if isinstance(exponent, int | Fraction) else apply(
            self.world.draw, "exp", exponent * apply(self.world.draw, "log", base))

    def _exponent(self, term: T.Term, env: Env) -> Any:
        match term:
            case T.Over(top=T.Constant(value=a), bottom=T.Constant(value=b)) if b:
                return a / b
            case T.Opposite():
                inner = self._exponent(term.content, env)
                return -inner
            case T.Constant():
                return int(term.value) if term.value.denominator == 1 else term.value
        try:
            return self.world.whole(term, env)
        except (Conflict, Elsewhere):
            return self.term(term, env)

    def _transposed(self, term: T.Transposed, env: Env) -> Any:
        return turned(self.term(term.content, env), term.span)

    def _array(self, term: T.Array, env: Env) -> Any:
        found = np.empty((len(term.rows), len(term.rows[0])), dtype=object)
        for i, row in enumerate(term.rows):
            for j, one in enumerate(row):
                found[i, j] = self.term(one, env)
        return found

    def _eye(self, term: T.Eye, env: Env) -> Any:
        return Identity(self.world.draw.rational(1), self.world.draw.rational(0))

    def _unit(self, term: T.Unit, env: Env) -> Any:
        if term.size is None:
            return OnesLike(self.world.draw.rational(1))
        shape = (self.world.whole(term.size, env), 1)
        bounds.entries(shape, term.span)
        found = np.empty(shape, dtype=object)
        found.fill(self.world.draw.rational(1))
        return found

    def _whole(self, term: T.Whole, env: Env) -> Any:
        value = self.term(term.content, env)
        if isinstance(value, Tensor | OnesLike | Identity):
            raise Conflict("a derivative of an array by a matrix has no norm, sum or trace", term.span, "tensor")
        if not isinstance(value, np.ndarray):
            return value if term.kind != "norm2" else value * value
        return self._wholes(term.kind, value)

    def _wholes(self, kind: str, value: Any) -> Any:
        if " over axis " in kind:
            axis = int(kind.removesuffix(FLAT)[-1])
            total = value.sum(axis=axis, keepdims=True)
            return total / value.shape[axis] if kind.startswith("mean") else total
        flat = list(value.ravel())
        total = flat[0]
        match kind:
            case "diag":
                return _diagonal(value, self.world.draw)
            case "trace":
                flat = [value[i, i] for i in range(min(value.shape))]
                return sum(flat[1:], flat[0])
            case "norm2" | "norm":
                squares = [one * one for one in flat]
                total = sum(squares[1:], squares[0])
                return total if kind == "norm2" else apply(self.world.draw, "sqrt", total)
            case "mean":
                return sum(flat[1:], total) / len(flat)
            case _:
                return sum(flat[1:], total)


def _matrix_power(base: Any, exponent: int, draw: Any) -> Any:
    found = np.empty(base.shape, dtype=object)
    for i, j in pairs(range(len(base)), repeat=2):
        found[i, j] = draw.rational(int(i == j))
    if exponent < 0:
        return _matrix_power(_inverse(base, found), -exponent, draw)
    while exponent > 0:
        exponent, odd = divmod(exponent, 2)
        found, base = found @ base if odd else found, base @ base if exponent else base
    return found


def _inverse(matrix: Any, identity: Any) -> Any:
    """By elimination, in exact numbers: a pivot that is zero at a random point is a matrix without an inverse."""
    left, right = matrix.copy(), identity.copy()
    for i in range(len(left)):
        right[i], left[i] = right[i] / left[i, i], left[i] / left[i, i]
        for j in range(len(left)):
            if j != i:
                right[j], left[j] = right[j] - right[i] * left[j, i], left[j] - left[i] * left[j, i]
    return right


def _diagonal(value: Any, draw: Any) -> Any:
    if 1 not in value.shape:
        return np.array([[value[i, i]] for i in range(min(value.shape))], dtype=object)
    flat = value.ravel()
    found = np.empty((len(flat), len(flat)), dtype=object)
    for i, j in pairs(range(len(flat)), repeat=2):
        found[i, j] = flat[i] if i == j else draw.rational(0)
    return found
