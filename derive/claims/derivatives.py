r"""Derivatives of anything by anything: dual numbers in place of a variable.

    d L / d W      L again, with W replaced by dual numbers; its tangents

In: a differential. Out: a number, a vector, a matrix as the layout has it, or a tensor that no matrix holds.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from derive.claims import terms as T
from derive.claims.arrays import Tensor, boxed
from derive.claims.entries import Entries
from derive.claims.ranges import Key
from derive.claims.values import Env
from derive.points.dual import seed, tangents

MOST_TANGENTS = 40_000
"""Of one array by another, to be kept."""


class Derivatives(Entries):
    """The rule for differentials."""

    def _differential(self, term: T.Differential, env: Env) -> Any:
        by, rest = term.by[-1], term.by[:-1]
        of: T.Term = replace(term, by=rest) if rest else term.of
        root, entries = self.root(by, env)
        direct = term.direct or self.world.links and self._links(of, root, env)
        marks = tuple(self.world.whole(mark, env) for mark in root.marks)
        value = self.variable(root.variable, marks, by.span)
        array = value if isinstance(value, np.ndarray) else boxed(value)
        raw = self._entry_tangents(of, env, (root.variable.name, marks), array, direct)
        found = self._laid(raw, value, term)
        if entries:
            flat = Tensor(raw, raw.ndim - array.ndim)
            return self._entry_of_gradient(flat, entries, env, by)
        return found

    def root(self, by: T.Ref, env: Env) -> tuple[T.Ref, tuple[T.Term | None, ...]]:
        """The variable behind other names for it: \\hat y = a^L, x_{ij} = X_{ij}."""
        ref, entries = by, by.entries
        for _ in range(8):
            marks = tuple(self.world.whole(mark, env) for mark in ref.marks)
            found = self.defining(ref.variable, marks)
            if not found or (alias := found[0][0].alias) is None:
                return ref, entries
            values, names = found[0][1], found[0][0].entries
            own = dict(zip(names, entries, strict=False)) if entries else {}
            ref = replace(alias, marks=tuple(self._fixed(m, values) for m in alias.marks), entries=())
            entries = tuple(self._fixed(e, values) if isinstance(e, T.Letter) and e.name in values
                            else own.get(e.name) for e in alias.entries if isinstance(e, T.Letter))
            entries = entries if any(entries) else ()
        return ref, entries

    def _links(self, of: T.Term, by: T.Ref, env: Env) -> bool:
        """Whether a derivative can be one link of a chain: by what the equation of a variable reads itself.

        Of a step by an earlier one, h_5 by h_2, it is the way through all steps between.
        """
        cost = self.world.context.cost
        if not isinstance(of, T.Ref) or cost is not None and of.variable == cost.variable:
            return False
        if of.variable == by.variable:
            here = tuple(self.world.whole(mark, env) for mark in by.marks)
            return any(node.variable == by.variable and self.marks(node.marks, letters) == here
                       for one, letters in self.defining(of.variable, self.marks(of.marks, env))
                       for node in one.body.walk() if isinstance(node, T.Ref))
        return any(node.variable == by.variable for one in self.world.context.definitions if one.variable == of.variable
                   for node in one.body.walk() if isinstance(node, T.Ref))

    def _fixed(self, term: T.Term, values: Env) -> T.Term:
        return T.Constant(term.span, Fraction(self.world.whole(term, values)))

    def _entry_tangents(self, of: T.Term, env: Env, key: Key, array: Any, direct: bool) -> Any:
        """The tangents of an entry are an entry of the tangents of its array, which are computed once."""
        if not isinstance(of, T.Ref) or not of.entries:
            return self._tangents(of, env, key, array, direct)
        whole = replace(of, entries=())
        value = self.term(whole, env)
        if not isinstance(value, np.ndarray) or value.size * array.size > MOST_TANGENTS:
            return self._tangents(of, env, key, array, direct)
        places = np.arange(value.size).astype(object).reshape(value.shape)
        at = self._picked(places, of.entries, env, of)
        if not isinstance(at, int | np.ndarray):
            return np.full(array.shape, self.world.draw.rational(0), dtype=object)
        raw = self._tangents(whole, env, key, array, direct)
        shape = array.shape if isinstance(at, int) else (*at.shape, *array.shape)
        return raw.reshape(value.size, array.size)[at if isinstance(at, int) else at.astype(int)].reshape(shape)

    def _tangents(self, of: T.Term, env: Env, key: Key, array: Any, direct: bool) -> Any:
        level = self.level + 1
        memo = (of, key, direct, level, tuple(sorted((n, v) for n, v in env.items() if n in of.indices)))
        own = not self.replaced and not self.arguments
        if own and memo in self.world.tangents:
            return self.world.tangents[memo]
        seeded = seed(array, level)
        inner = type(self)(self.world, {**self.replaced, key: seeded if seeded.shape else seeded[()]}, {}, level,
                           self, direct, self.arguments, self.weight * (1 + array.size))
        value = inner._once(of, env) if direct else inner.term(of, env)
        box = value if isinstance(value, np.ndarray) else boxed(value)
        found = tangents(box, level, array.size).reshape((*box.shape, *array.shape))
        if own:
            self.world.tangents[memo] = found
        return found

    def _once(self, of: T.Term, env: Env) -> Any:
        """The one equation that defines it, everything else kept fixed."""
        if isinstance(of, T.Ref):
            marks = tuple(self.world.whole(mark, env) for mark in of.marks)
            if (value := self.made(of.variable, marks, of.span)) is not None:
                return self._picked(value, of.entries, env, of) if of.entries else value
        return self.term(of, env)

    def _laid(self, raw: Any, value: Any, term: T.Differential) -> Any:
        """The derivatives as a number, a vector or a matrix, as the layout has it."""
        by_rank = value.ndim if isinstance(value, np.ndarray) else 0
        of_shape = raw.shape[:raw.ndim - by_rank]
        if not of_shape and not by_rank:
            return raw[()]
        if not of_shape or not by_rank:
            row = self.world.layout == "rows" and raw.ndim == 2 and raw.shape[1] == 1
            flip = (self.world.layout == "numerator" or row) and not term.nabla and not of_shape and raw.ndim == 2
            return raw.T if flip else raw
        of_size, by_size = _long(of_shape), _long(value.shape)
        if of_size is None or by_size is None:
            return Tensor(raw, len(of_shape))
        matrix = raw.reshape(of_size, by_size)
        return matrix.T if self.world.layout == "denominator" or term.nabla else matrix

    def _entry_of_gradient(self, found: Tensor, entries: tuple[T.Term | None, ...], env: Env, by: T.Ref) -> Any:
        if found.rank == 0:
            return self._picked(found.array, entries, env, by)
        result = np.empty(found.array.shape[:found.rank], dtype=object)
        for at in np.ndindex(*result.shape):
            result[at] = self._picked(found.array[at], entries, env, by)
        return result


def _long(shape: tuple[int, ...]) -> int | None:
    """The length of a row or column."""
    return max(shape) if len(shape) == 2 and 1 in shape else None
