r"""Reads, indices and sizes as LaTeX, in one notation; and what a read is to the reader: its role and depth.

    z2[j]  ->  z^{(2)}_{j}      a[l-1,k]  ->  a^{l-1}_{k}      dC_dz2[j]  ->  \delta^{2}_{j}

Paper counts from 1: an index that runs over 0..n-1 inside is printed as it stands, and a literal
entry as one more, so x[2*i+k] becomes x_{2i+k-1}.
"""

from __future__ import annotations

import re
from functools import cached_property

import sympy as sp

from derive.ir import Derivation, Index, Label, Tensor, index_symbol, indices_of, reads_of, tensor_of, walk
from derive.latex.letters import braced, letter, parts
from derive.notation import Notation

LAST = 1000
"""The depth of layer L, which is above every l + n."""
_NUMBERED = re.compile(r"([A-Za-z]+?)(\d+)")


class Names:
    """How each tensor of a derivation is written, and where it stands in the network."""

    def __init__(self, derivation: Derivation, notation: Notation) -> None:
        self.derivation, self.notation = derivation, notation

    # -- labels ----------------------------------------------------------------------------

    def tensor(self, access: sp.Expr) -> Tensor | None:
        return self.derivation.by_name.get(tensor_of(access))

    @cached_property
    def layered(self) -> bool:
        """Whether some tensor is written with a layer, so that the input may be layer 0."""
        return any(self.label(t).layer is not None or self._layer_axis(t) is not None
                   for t in self.derivation.tensors if t.role != "adjoint")

    def label(self, tensor: Tensor) -> Label:
        """The label given, or the one that a name such as w2 with indices means."""
        if tensor.label is not None:
            return tensor.label
        match = _NUMBERED.fullmatch(tensor.name)
        if match and tensor.axes:
            return Label(match[1], sp.Integer(match[2]))
        return Label(tensor.name)

    def read(self, access: sp.Expr) -> str:
        """A read such as a1[k], as it is printed."""
        tensor = self.tensor(access)
        if tensor is None:
            return letter(str(access))
        if tensor.role == "adjoint":
            return self._adjoint(tensor, access)
        return self._scripted(*self._written(tensor, access))

    def scripted(self, access: sp.Expr) -> bool:
        """Whether a read has a superscript, so that a power of it needs brackets."""
        text = self.read(access)
        return "^" in text or text.startswith(r"\frac")

    def _written(self, tensor: Tensor, access: sp.Expr) -> tuple[str, sp.Expr | None, list[str]]:
        label, at = self.label(tensor), list(zip(tensor.axes, indices_of(access), strict=True))
        layer = next((e for axis, e in at if axis.kind == "layer"), label.layer)
        rest = [(axis, e) for axis, e in at if axis.kind != "layer"]
        if self.notation.samples == "columns":
            rest.sort(key=lambda pair: pair[0].kind == "sample")
        below = [self.subscript(e, axis) for axis, e in rest]
        name = self._letter(label, tensor)
        if label.letter == "x" and name.lower() == self.notation.activation and layer is None:
            layer = sp.Integer(0)
        return name, layer, below

    def _letter(self, label: Label, tensor: Tensor) -> str:
        own = {"z": self.notation.weighted, "a": self.notation.activation, "w": self.notation.weight,
               "b": self.notation.bias, "y": self.notation.target}
        if label.letter == "x" and tensor.role == "data":
            return self.notation.input if self.layered else "x"
        if tensor.name == self.derivation.cost:
            return self.cost
        return own.get(label.letter, label.letter)

    @cached_property
    def cost(self) -> str:
        """The letter of the cost: of one example alone, or of the minibatch or the sum with a regularizer."""
        parts = any(self.label(t).letter in ("C_0", "C0") for t in self.derivation.tensors if t.role == "value")
        samples = parts or any(axis.kind == "sample" for t in self.derivation.tensors for axis in t.axes)
        own = self.label(self.derivation.tensor(self.derivation.cost)).letter
        if own not in ("C", "C_0", "C0"):
            return own
        return self.notation.cost if samples else self.notation.cost_one

    def _scripted(self, name: str, layer: sp.Expr | None, below: list[str]) -> str:
        stem, inner = parts(name)
        subscript = self.joined([*([inner] if inner else []), *below])
        above = self.layer(layer) if layer is not None else ""
        return stem + (f"^{braced(above)}" if above else "") + (f"_{braced(subscript)}" if subscript else "")

    @staticmethod
    def joined(below: list[str]) -> str:
        """Subscripts side by side where each is one letter, with commas otherwise."""
        plain = all(len(text) == 1 and text.isalpha() for text in below)
        return ("" if plain else ",").join(below)

    @cached_property
    def letters(self) -> frozenset[str]:
        """The letters in use."""
        return frozenset(self.label(t).letter for t in self.derivation.tensors if t.role != "adjoint")

    def layer(self, layer: sp.Expr) -> str:
        return self.notation.layer.format(self.index(layer))

    def _adjoint(self, tensor: Tensor, access: sp.Expr) -> str:
        assert tensor.of is not None
        inner = self.derivation.tensor(tensor.of)
        name, layer, below = self._written(inner, inner.at(*indices_of(access)))
        if self._deltas and self.label(inner).letter == "z":
            return self._scripted(self.delta_letter(inner), layer, below)
        return rf"\frac{{\partial {letter(self.cost)}}}{{\partial {self._scripted(name, layer, below)}}}"

    def layered_symbol(self, tensor: Tensor) -> str:
        """A tensor of a numbered layer as it is in any layer: w^l_{jk}."""
        name, _, below = self._written(tensor, tensor.at())
        return self._scripted(name, index_symbol("l"), below)

    @cached_property
    def _deltas(self) -> bool:
        """Whether dC/dz has a letter: not where the model itself uses that letter (Huber's delta)."""
        return bool(self.notation.delta) and self.notation.delta.lstrip("\\") not in self.letters

    def delta_symbols(self) -> tuple[str, str] | None:
        """The letter of dC/dz and z itself as they are in any layer, if some dC/dz is written so."""
        bar = next((t for t in self.derivation.of_role("adjoint") if self.is_delta(t)), None)
        if bar is None or bar.of is None:
            return None
        inner = self.derivation.tensor(bar.of)
        if self.label(inner).layer is None:
            return self._adjoint(bar, bar.at()), self.read(inner.at())
        _, _, below = self._written(inner, inner.at())
        return self._scripted(self.delta_letter(inner), index_symbol("l"), below), self.layered_symbol(inner)

    def delta_letter(self, tensor: Tensor) -> str:
        """The name of dC/dz, as `letters.parts` reads it."""
        return self.notation.delta.lstrip("\\")

    def is_delta(self, tensor: Tensor) -> bool:
        """Whether an adjoint has a letter of its own rather than a fraction."""
        inner = self.derivation.by_name.get(tensor.of or "")
        return self._deltas and inner is not None and self.label(inner).letter == "z"

    def fraction(self, tensor: Tensor, at: tuple[sp.Expr, ...]) -> str:
        """The adjoint dC/dx as a fraction, whatever letter it has."""
        assert tensor.of is not None
        inner = self.derivation.tensor(tensor.of)
        below = self._scripted(*self._written(inner, inner.at(*at)))
        return rf"\frac{{\partial {letter(self.cost)}}}{{\partial {below}}}"

    # -- indices and sizes ------------------------------------------------------------------

    @cached_property
    def _unshifted(self) -> frozenset[str]:
        """The names of indices that count as they stand: layers, time, and axes that start elsewhere."""
        every = [axis for t in self.derivation.tensors for axis in t.axes]
        for equation, loops in walk(self.derivation.statements):
            every += [*equation.free, *(k for t in equation.terms for k in t.summed), *(p.index for p in loops)]
        return frozenset(i.name for i in every if i.kind in ("layer", "time") or i.start != 0)

    def paper(self, expr: sp.Expr) -> sp.Expr:
        """An index expression counted as paper counts: k becomes k - 1 where k runs from 0 inside."""
        moving = [s for s in expr.free_symbols if s.is_integer and not s.is_positive and s.name not in self._unshifted]
        return expr.xreplace({s: s - self.notation.counts_from for s in moving})

    def subscript(self, expr: sp.Expr, axis: Index) -> str:
        moved = axis.kind in ("axis", "sample") and axis.start == 0
        return self.index(sp.expand(self.paper(expr) + (self.notation.counts_from if moved else 0)))

    def index(self, expr: sp.Expr) -> str:
        """An affine expression of indices and sizes: l + 1, 2i + k - 1, n_{l-1}."""
        terms = sorted(sp.Add.make_args(sp.expand(expr)), key=self._index_order)
        text = ""
        for term in terms:
            number, rest = term.as_coeff_Mul()
            sign = "-" if number < 0 else "+" if text else ""
            factor = "" if abs(number) == 1 and rest != 1 else str(abs(number))
            text += sign + factor + ("" if rest == 1 else self._index_letter(rest))
        return text

    @staticmethod
    def _index_order(term: sp.Expr) -> tuple[bool, bool, str]:
        number, rest = term.as_coeff_Mul()
        return bool(rest == 1), bool(number < 0), str(rest)

    def _index_letter(self, rest: sp.Expr) -> str:
        if isinstance(rest, sp.Indexed):
            return f"{letter(str(rest.base.label))}_{braced(','.join(self.index(i) for i in rest.indices))}"
        return letter(str(rest)) if rest.is_Symbol else "".join(self._index_letter(f) for f in rest.args)

    # -- roles and depth --------------------------------------------------------------------

    @cached_property
    def position(self) -> dict[str, int]:
        """Each tensor's place: given ones as declared, then values as computed."""
        given = [t.name for t in self.derivation.of_role("data", "parameter", "constant")]
        computed = [e.target for e in self.derivation.equations()]
        return {name: n for n, name in enumerate([*given, *computed])}

    @cached_property
    def _depths(self) -> dict[str, int]:
        """How many equations with parameters lie between the data and a tensor."""
        parameters = {t.name for t in self.derivation.of_role("parameter")}
        depths: dict[str, int] = {}
        for equation in self.derivation.equations():
            names = [tensor_of(r) for r in equation.reads()]
            weighted = any(n in parameters for n in names) and equation.target != self.derivation.cost
            here = max((depths.get(n, 0) for n in names if n not in parameters), default=0) + weighted
            depths[equation.target] = max(depths.get(equation.target, 0), here)
            if weighted:
                depths |= {n: here for n in names if n in parameters and n not in depths}
        return depths

    def depth(self, access: sp.Expr) -> int:
        """The layer of a read; an adjoint stands where its tensor does."""
        tensor = self.tensor(access)
        if tensor is None:
            return 0
        layer = next((e for axis, e in zip(tensor.axes, indices_of(access), strict=True) if axis.kind == "layer"), None)
        if layer is not None:
            number, rest = layer.as_coeff_Add()
            return int(number) + (LAST if rest.is_positive else -LAST if rest == 0 else 0)
        return self._depths.get(tensor.of or tensor.name, 0)

    def deepest(self, expr: sp.Expr) -> int:
        return max((self.depth(r) for r in reads_of(expr)), default=0)

    @staticmethod
    def _layer_axis(tensor: Tensor) -> Index | None:
        return next((axis for axis in tensor.axes if axis.kind == "layer"), None)
