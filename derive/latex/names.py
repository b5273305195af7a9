r"""Reads as LaTeX, in one notation.

    z2[j]  ->  z^{(2)}_{j}      a[l-1,k]  ->  a^{l-1}_{k}      dC_dz2[j]  ->  \delta^{2}_{j}

A notation changes letters, the order of the indices of a weight, the number of its layer, and how a
gradient is named; the tensors and the equations between them stay as they are.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import sympy as sp

from derive.ir import Tensor, index_symbol, indices_of
from derive.latex.depths import LAST
from derive.latex.lettered import Lettered, Written
from derive.latex.letters import braced, letter, parts

__all__ = ["LAST", "Names", "Written"]

BIAS_OF_INDEX_0 = "_0"
"""How the name of a bias ends that is the weight of index 0: its 0 stands after the other indices."""


class Names(Lettered):
    """How each tensor of a derivation is written."""

    # -- reads -----------------------------------------------------------------------------

    def read(self, access: sp.Expr) -> str:
        """A read such as a1[k], as it is printed."""
        if access not in self._reads:
            self._reads[access] = self._read(access)
        return self._reads[access]

    @cached_property
    def _reads(self) -> dict[sp.Expr, str]:
        """What was printed already: a page reads few entries, and each many times."""
        return {}

    def _read(self, access: sp.Expr) -> str:
        tensor = self.tensor(access)
        if tensor is None:
            return letter(str(access))
        if tensor.role == "tangent":
            return self._tangent(tensor, access)
        if tensor.of is not None and tensor.role != "data":
            return self._adjoint(tensor, access)
        return self.text(self.written(tensor, access))

    def scripted(self, access: sp.Expr) -> bool:
        """Whether a read has a superscript, so that a power of it needs brackets."""
        text = self.read(access)
        return "^" in text or text.startswith((r"\frac", r"\nabla", r"\mathcal"))

    def text(self, written: Written) -> str:
        stem, inner = parts(written.letter)
        pattern, below = self.notation.layer, list(written.below)
        above = pattern.format(written.layer) if written.layer else ""
        above += self.notation.example.format(written.example) if written.example else ""
        if written.letter == self.notation.bias and written.letter.endswith(BIAS_OF_INDEX_0):
            below, inner = [*below, inner], ""
            subscript = ("," if any(len(one) > 1 or one.isdigit() for one in below[:-1]) else "").join(below)
        else:
            subscript = ",".join(one for one in (inner, self.joined(below)) if one) if inner.isalpha() else \
                self.joined([*([inner] if inner else []), *below])
        subscript = ",".join(one for one in (written.belongs, subscript) if one)
        if written.layer and not pattern:
            subscript = ",".join(one for one in (written.layer, subscript) if one)
        return stem + (f"^{braced(above)}" if above else "") + (f"_{braced(subscript)}" if subscript else "")

    def plain_letter(self, tensor: Tensor) -> str:
        """The letter of a tensor in any layer, even of one that has its own in the last."""
        return self._letter(self.label(tensor), tensor)

    def layered_symbol(self, tensor: Tensor) -> str:
        """A tensor of a numbered layer as it is in any layer: w^l_{jk}."""
        return self.text(replace(self.written(tensor, tensor.at()), layer=str(index_symbol("l")),
                                 letter=self._letter(self.label(tensor), tensor)))

    # -- gradients -------------------------------------------------------------------------

    def _adjoint(self, tensor: Tensor, access: sp.Expr) -> str:
        assert tensor.of is not None
        inner = self.derivation.tensor(tensor.of)
        if tensor.role == "value":
            below = self.read(inner.at(*indices_of(access)))
            return rf"\frac{{\partial {self._inner_cost(tensor)}}}{{\partial {below}}}"
        if inner.of is not None:
            return self.derivative(self.beside_partial(inner.at(*indices_of(access))))
        return self.gradient_text(inner, self.written(inner, inner.at(*indices_of(access))))

    def _inner_cost(self, tensor: Tensor) -> str:
        """The cost of a gradient that stands in the forward pass, C_0 or an output."""
        cost = self.derivation.by_name.get(tensor.written.letter)
        return letter(tensor.written.letter) if cost is None else self.read(cost.at())

    def beside_partial(self, access: sp.Expr) -> str:
        """What is differentiated, or by what; a derivative in brackets and on one line."""
        tensor = self.tensor(access)
        if tensor is None or tensor.of is None or tensor.role != "value":
            return self.read(access)
        inner = self.derivation.tensor(tensor.of).at(*indices_of(access))
        return rf"(\partial {self._inner_cost(tensor)} / \partial {self.read(inner)})"

    # -- second derivatives ----------------------------------------------------------------

    def _tangent(self, tensor: Tensor, access: sp.Expr) -> str:
        """R{z} along a direction; dz/dw, and d^2C/dw dw for what is a derivative already, by a variable."""
        assert tensor.of is not None
        inner, at = self.derivation.tensor(tensor.of), indices_of(access)
        own = inner.at(*at[:len(inner.axes)])
        if tensor.by is None:
            return along_direction(self.read(own))
        variable = self.derivation.tensor(tensor.by)
        below = rf"\partial {self.read(variable.at(*at[len(inner.axes):]))}"
        if inner.role != "adjoint" or self.deltas and self.label(self._primal(inner)).letter == "z":
            return rf"\frac{{\partial {self.read(own)}}}{{{below}}}"
        first = self.read(self._primal(inner).at(*indices_of(own)))
        return rf"\frac{{\partial^2 {letter(self.cost)}}}{{\partial {first}\,{below}}}"


    def gradient_text(self, inner: Tensor, written: Written) -> str:
        """dC/dx as a letter, as dx, or as a derivative."""
        if self.deltas and self.label(inner).letter == "z":
            return self.text(replace(written, letter=self.delta_letter(inner)))
        if self.notation.gradient == "d":
            return "d" + self.text(written)
        return self.derivative(self.text(written))

    def derivative(self, below: str) -> str:
        return rf"\frac{{\partial {letter(self.cost)}}}{{\partial {below}}}"

    @cached_property
    def deltas(self) -> bool:
        """Whether dC/dz has a letter: not where the model itself uses that letter (Huber's delta)."""
        return bool(self.notation.delta) and self.notation.delta.lstrip("\\") not in self.letters

    def delta_letter(self, tensor: Tensor) -> str:
        """The name of dC/dz, as `letters.parts` reads it."""
        return self.notation.delta.lstrip("\\")

    def is_delta(self, tensor: Tensor) -> bool:
        """Whether an adjoint has a name of its own rather than a fraction."""
        inner = self.derivation.by_name.get(tensor.of or "")
        return inner is not None and tensor.role == "adjoint" and (self.notation.gradient == "d" or
                                      self.deltas and self.label(inner).letter == "z")

    def is_error(self, tensor: Tensor) -> bool:
        """Whether it is dC/dz, or what stands for it where errors are counted in full."""
        return self.is_delta(tensor) and tensor.of is not None and \
            self._stands_for_error(self.derivation.tensor(tensor.of))

    @cached_property
    def has_error_of_weighted(self) -> bool:
        """Whether some array is a weighted input z, which the error is of."""
        return any(self.label(t).letter == "z" for t in self.derivation.tensors if t.of is None)

    def _stands_for_error(self, inner: Tensor) -> bool:
        return self.label(inner).letter == "z" or \
            bool(self.error_count()) and any(axis.kind == "sample" for axis in inner.axes)

    def delta_symbols(self) -> tuple[str, str] | None:
        """The name of dC/dz and z itself as they are in any layer, if some dC/dz has one."""
        bars = [self.derivation.tensor(t.of or "") for t in self.derivation.of_role("adjoint") if self.is_error(t)]
        inner = min(bars, key=lambda t: self.label(t).letter != "z", default=None)
        if inner is None:
            return None
        written = self.written(inner, inner.at())
        if self.label(inner).layer is None:
            return self.gradient_text(inner, written), self.text(written)
        written = replace(written, layer="l", letter=self._letter(self.label(inner), inner))
        return self.gradient_text(inner, written), self.text(written)

    def gradient_symbols(self) -> tuple[str, str, str] | None:
        """dw, what it stands for, and w itself, where the gradient of a weight is not written as a fraction."""
        inners = [self.derivation.tensor(t.of) for t in self.derivation.of_role("adjoint") if t.of is not None]
        weights = sorted((t for t in inners if self._own(t)), key=lambda t: self.label(t).letter != "w")
        inner = next(iter(weights), None)
        if inner is None or self.notation.gradient == "fraction":
            return None
        written = self.written(inner, inner.at())
        if self.label(inner).layer is not None:
            written = replace(written, layer=self.index(index_symbol("l") + self.shift(inner)))
        named, text = self.gradient_text(inner, written), self.text(written)
        plain = rf"\partial {letter(self.cost)} / \partial {text}"
        return None if named.startswith(r"\frac") else (named, plain, text)

    def fraction(self, tensor: Tensor, at: tuple[sp.Expr, ...]) -> str:
        """What an adjoint stands for, as a derivative: dC/dx, or m dC/dx where the notation scales it."""
        assert tensor.of is not None
        inner = self.derivation.tensor(tensor.of)
        whole = self.derivative(self.text(self.written(inner, inner.at(*at))))
        count = self.error_count() if any(axis.kind == "sample" for axis in tensor.axes) else ""
        return rf"{count}\,{whole}" if count else whole

    def error_count(self) -> str:
        """The number of examples, where the named errors of a minibatch are multiplied by it."""
        sample = next((axis for axis in self._axes if axis.kind == "sample"), None)
        return self.index(sample.size) if sample is not None and self.notation.error_scale == "m" else ""


def along_direction(text: str) -> str:
    r"""\mathcal{R}\{z\}"""
    return rf"\mathcal{{R}}\Big\{{{text}\Big\}}" if r"\frac" in text else rf"\mathcal{{R}}\{{{text}\}}"
