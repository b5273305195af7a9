r"""Whole arrays: reads without their indices, and one example of a batch.

    w[l,j,k]  ->  w^l         z[s,l,j]  ->  Z^l, a matrix of all examples         z^{l(s)}, one of them
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import sympy as sp

from derive.forms.families import Axes, families
from derive.ir import Index, Label, Tensor, indices_of, reads_of, walk
from derive.latex.expression import Printer
from derive.latex.letters import letter
from derive.latex.names import Names, Written
from derive.latex.product import ordered, spaced
from derive.latex.split import Split
from derive.latex.text import Level, Piece


class WholeNames(Names):
    """Reads without their indices: a whole vector or matrix. Arrays over examples are capitals."""

    _entrywise = False

    def written(self, tensor: Tensor, access: sp.Expr) -> Written:
        found = super().written(tensor, access)
        entry = tensor.axes and all(e.is_Integer for e in indices_of(access))
        capital = self._over_examples(tensor) and found.letter in self._last.values()
        return replace(found, below=found.below if entry else self.step(tensor, access),
                       letter=capitalized(found.letter) if capital else found.letter)

    @cached_property
    def by_step(self) -> bool:
        """Whether a loop runs over the steps of a sequence, so that a vector is that of one step: h_t."""
        return any(loop.index.kind == "time" for _, loops in walk(self.derivation.statements) for loop in loops)

    @cached_property
    def families(self) -> Axes:
        """Axes that count matrices, as the heads of an attention."""
        return families(self.derivation)

    def apart(self, tensor: Tensor, axis: Index) -> bool:
        """Whether an axis is no row or column of a whole array: the step of a loop, the head of an attention."""
        return axis.kind == "time" and self.by_step or (self._primal(tensor).name, axis.name) in self.families

    def step(self, tensor: Tensor, access: sp.Expr) -> tuple[str, ...]:
        """The step, or the head, at which a tensor is read, as it stands below."""
        pairs = zip(tensor.axes, indices_of(access), strict=True)
        return tuple(self.subscript(e, axis) for axis, e in pairs if self.apart(tensor, axis))

    def _letter(self, label: Label, tensor: Tensor) -> str:
        name = super()._letter(label, tensor)
        if self.notation.weight_matrix and label.letter == "w" and self._own(tensor):
            return self.notation.weight_matrix
        return self._capital(name) if self._over_examples(tensor) else name

    def _capital(self, name: str) -> str:
        """A capital for the array of all examples, unless another array is called so: r stays r beside an R."""
        capital = capitalized(name)
        return name if capital in self._written_out else capital

    @cached_property
    def _written_out(self) -> frozenset[str]:
        """The letters that arrays have before any of them gets a capital."""
        return frozenset(super(WholeNames, self)._letter(self.label(t), t) for t in self.derivation.tensors
                         if t.of is None) | {self.notation.examples}

    @staticmethod
    def _over_examples(tensor: Tensor) -> bool:
        return any(axis.kind == "sample" for axis in tensor.axes)

    def delta_letter(self, tensor: Tensor) -> str:
        name = super().delta_letter(tensor)
        return name[:1].upper() + name[1:] if self._over_examples(tensor) else name

    def derivative(self, below: str) -> str:
        if self.notation.gradient == "nabla":
            return rf"\nabla_{{{below}}} {letter(self.cost)}"
        return super().derivative(below)


def capitalized(name: str) -> str:
    r"""A single letter as a capital, also under an accent or with a mark: z -> Z, \hat{y} -> \hat{Y}, z_f -> Z_f."""
    stem, mark, rest = name.partition("_")
    if len(stem) == 1:
        return stem.upper() + mark + rest
    return name[:-2] + name[-2].upper() + name[-1] if name[-1] == "}" and name[-3] == "{" else name


class ExampleNames(WholeNames):
    """Arrays over examples read at one of them: the example above or below, a small letter."""

    def written(self, tensor: Tensor, access: sp.Expr) -> Written:
        found = Names.written(self, tensor, access)
        pairs = [(axis, e) for axis, e in self.arranged(tensor, access) if axis.kind == "sample"]
        example = "".join(self.subscript(e, axis) for axis, e in pairs)
        step = self.step(tensor, access)
        if self.notation.example:
            return replace(found, below=step, example=example)
        return replace(found, below=(*([example] if example else []), *step))

    @staticmethod
    def _over_examples(tensor: Tensor) -> bool:
        return False


class WholePrinter(Printer):
    """Expressions of whole arrays: a power is one entry by entry."""

    def beside(self, about: sp.Expr, *factors: str) -> str:
        whole = self._has_arrays(about)
        return rf" {self.names.notation.hadamard} ".join(factors) if whole else super().beside(about, *factors)

    def _assembled(self, parts: Split, summed: list[sp.Symbol],
                   under: Callable[[list[sp.Symbol]], str]) -> Piece:
        """A product of several arrays, as in -2 h o (1 - h o h): a reason holds entry by entry."""
        arrays = [f for f in parts.above if self._has_arrays(f)]
        factors = ordered(self.names, self._factors(arrays)) if not summed and not parts.below else []
        if len(factors) < 2:
            return super()._assembled(parts, summed, under)
        texts = [f.piece.text if f.piece.level is Level.PRODUCT else f.piece.inside(Level.POWER) for f in factors]
        scalars = replace(parts, above=tuple(f for f in parts.above if f not in arrays))
        front = [super()._assembled(scalars, [], under).text] if scalars.above or abs(parts.number) != 1 else []
        return Piece(spaced([*front, self.beside(sp.Mul(*arrays), *texts)]), Level.BIGSUM)

    def _has_arrays(self, expr: sp.Expr) -> bool:
        return any(map(self._is_array, reads_of(expr)))

    def _is_array(self, access: sp.Expr) -> bool:
        tensor = self.names.tensor(access)
        return tensor is not None and isinstance(self.names, WholeNames) and \
            any(not self.names.apart(tensor, axis) and axis.kind != "layer" for axis in tensor.axes)

    def _power(self, expr: sp.Expr) -> Piece:
        if expr.exp.is_Integer and expr.exp > 0 and self._has_arrays(expr):
            return Piece(self.piece(expr.base).powered(rf"{self.names.notation.hadamard} {expr.exp}"), Level.ATOM, True)
        return super()._power(expr)
