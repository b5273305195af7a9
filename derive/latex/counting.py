r"""Indices, sizes and numbers of layers as paper counts them, in the letters of one notation.

Paper counts from 1: an index that runs over 0..n-1 inside is printed as it stands, and a literal
entry as one more, so x[2*i+k] becomes x_{2i+k-1}. A notation may number the layers from the input
as layer 1, and name the last layer, the number of examples and the index of an example its own way.
"""

from __future__ import annotations

from functools import cached_property

import sympy as sp

from derive.ir import Derivation, Index, Tensor, index_symbol, reads_of, size_symbol, tensor_of, walk
from derive.latex.letters import braced, letter, parts
from derive.notation import Notation

DEPTH = size_symbol("L")
EXAMPLES = size_symbol("m")
PATTERN = ("p", "e", "n", "o", "r")
"""Letters for an example (a pattern) where the notation's own is that of an array or a gate."""

OTHERS = ("n", "g", "m", "e", "o", "b")
"""Letters for an index whose own is that of an array."""


def _marks(tensor: Tensor) -> tuple[str, ...]:
    """The letters of a name: w and f of w_f, s of s_1."""
    name = tensor.written.letter
    return (*name.split("_"), parts(name)[0])


class Counting:
    """How the whole numbers of a derivation are written."""

    def __init__(self, derivation: Derivation, notation: Notation) -> None:
        self.derivation, self.notation = derivation, notation

    @cached_property
    def _axes(self) -> list[Index]:
        return [axis for t in self.derivation.tensors for axis in t.axes]

    @cached_property
    def _indices(self) -> list[Index]:
        every = list(self._axes)
        for equation, loops in walk(self.derivation.statements):
            every += [*equation.free, *(k for t in equation.terms for k in t.summed), *(p.index for p in loops)]
        return every

    @cached_property
    def _unshifted(self) -> frozenset[str]:
        """The names of indices that count as they stand: layers, time, and axes that start elsewhere."""
        return frozenset(i.name for i in self._indices if i.kind in ("layer", "time") or i.start != 0)

    @cached_property
    def _named(self) -> frozenset[str]:
        return frozenset(i.name for i in self._indices)

    @cached_property
    def _renamed(self) -> dict[sp.Basic, sp.Basic]:
        """The last layer, the number of examples and the index of an example, as the notation names them."""
        found: dict[sp.Basic, sp.Basic] = {}
        if any(axis.kind == "layer" for axis in self._axes):
            found[DEPTH] = size_symbol(self.notation.last_layer) - self.notation.first_layer
        sample = next((axis for axis in self._axes if axis.kind == "sample"), None)
        if sample is not None and sample.size == EXAMPLES:
            taken = {str(s) for axis in self._axes for s in (axis.symbol, *axis.size.free_symbols)}
            taken |= set(self.derivation.by_name)
            if self.notation.examples not in taken:
                found[sample.size] = size_symbol(self.notation.examples)
            found[sample.symbol] = self._example(sample.symbol, taken)
        return {old: new for old, new in (found | self._given_away()).items() if old != new}

    def _given_away(self) -> dict[sp.Basic, sp.Basic]:
        """The heads h of an attention where every output is an h: an index gets another letter."""
        letters = {t.written.letter for t in self.derivation.tensors if t.of is None}
        given = {new for own, new in (("a", self.notation.activation), ("z", self.notation.weighted)) if own in letters}
        clashing = {i.symbol for i in self._indices if i.kind == "axis" and i.name in given - letters}
        taken = letters | given | self._named | {self.notation.examples, self.notation.example_index}
        free = [letter for letter in OTHERS if letter not in taken]
        return dict(zip(sorted(clashing, key=str), map(index_symbol, free), strict=False))

    def _example(self, own: sp.Symbol, taken: set[str]) -> sp.Symbol:
        """The index of an example: the notation's; another where an array or a gate is called so and both stand
        below."""
        wanted = self.notation.example_index
        marks = set[str]() if self.notation.example else \
            {mark for t in self.derivation.tensors if t.of is None for mark in _marks(t)}
        others = (taken | self._named) - {str(own)}
        return next((index_symbol(c) for c in (wanted, str(own), *PATTERN) if c not in others | marks), own)

    def paper(self, expr: sp.Expr) -> sp.Expr:
        """An index expression counted as paper counts: k becomes k - 1 where k runs from 0 inside, and so x[t]."""
        moving = [s for s in expr.free_symbols if s.is_integer and not s.is_positive and s.name not in self._unshifted]
        whole = {r: r - self.shift_of(r) for r in reads_of(expr)}
        return expr.xreplace({s: s - self.notation.counts_from for s in moving} | whole)

    def shift_of(self, access: sp.Expr) -> int:
        """By how much the whole numbers that are read are greater on paper."""
        tensor = self.derivation.by_name.get(tensor_of(access))
        among = tensor.among if tensor is not None else None
        return self.notation.counts_from if among is not None and among.start == 0 else 0

    def named(self, expr: sp.Expr) -> sp.Expr:
        """An expression in the letters of the notation; once only, as L may become L - 1."""
        return expr.xreplace(self._renamed | {r: r for r in reads_of(expr)})

    def subscript(self, expr: sp.Expr, axis: Index) -> str:
        if expr.is_Symbol and expr.is_integer and not expr.is_positive and expr.name not in self._named:
            return self.index(expr)  # an index of a gradient alone: it runs along the whole axis
        moved = axis.kind in ("axis", "sample") and axis.start == 0
        return self.index(sp.expand(self.paper(expr) + (self.notation.counts_from if moved else 0)))

    def number(self, layer: sp.Expr) -> str:
        """The number of a layer, as the notation counts layers."""
        return self.index(layer + self.notation.first_layer)

    def index(self, expr: sp.Expr) -> str:
        """An affine expression of indices and sizes: l + 1, 2i + k - 1, n_{l-1}."""
        return self.plain(self.named(expr))

    def plain(self, expr: sp.Expr) -> str:
        """The same, of an expression that is in the letters of the notation already."""
        if expr.is_Symbol:
            return letter(expr.name)
        terms = sorted(sp.Add.make_args(sp.expand(expr)), key=self._index_order)
        if len(terms) > 1 and terms[0].as_coeff_Mul()[0] < 0 and terms[-1].is_positive:
            terms = [terms[-1], *terms[:-1]]  # 4-u rather than -u+4
        text = ""
        for term in terms:
            number, rest = term.as_coeff_Mul()
            sign = "-" if number < 0 else "+" if text else ""
            factor = "" if abs(number) == 1 and rest != 1 else str(abs(number))
            text += sign + factor + ("" if rest == 1 else self._index_letter(rest))
        return text

    def _index_order(self, term: sp.Expr) -> tuple[bool, bool, int, bool, str]:
        number, rest = term.as_coeff_Mul()
        return bool(rest == 1), bool(number < 0), -abs(int(number)), str(rest) not in self._times, str(rest)

    @cached_property
    def _times(self) -> frozenset[str]:
        """The steps of time: t + n rather than n + t."""
        return frozenset(i.name for i in self._indices if i.kind == "time")

    def read(self, access: sp.Expr) -> str:
        """A read, as it is printed."""
        raise NotImplementedError

    def _index_letter(self, rest: sp.Expr) -> str:
        if reads_of(rest) & {rest}:
            return self.read(rest)
        if isinstance(rest, sp.Indexed):
            below = ",".join(self.plain(i + self.notation.first_layer) for i in rest.indices)
            return f"{letter(self.notation.widths or str(rest.base.label))}_{braced(below)}"
        return letter(str(rest)) if rest.is_Symbol else "".join(self._index_letter(f) for f in rest.args)

    @staticmethod
    def joined(below: list[str]) -> str:
        """Subscripts side by side where each is one letter, with commas otherwise."""
        plain = all(len(text) == 1 and text.isalpha() for text in below)
        return ("" if plain else ",").join(below)
