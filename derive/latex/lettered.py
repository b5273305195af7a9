r"""Letters: which letter, layer, indices and example a tensor is written with, in one notation.

    w2[j,k]  ->  w, 2, (j, k)        a[s,l,j]  ->  a, l, (j,), s

In: a tensor and the indices at which it is read. Out: a `Written`, not yet LaTeX.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property

import sympy as sp

from derive.ir import SUM, Index, Label, Tensor, indices_of, tensor_of
from derive.latex.depths import Depths, layer_of
from derive.latex.letters import ended, parts, stepless
from derive.model.layer import layers

_NUMBERED = re.compile(r"([A-Za-z]+?)(\d+)")
COSTS = ("C", "C_0", "C0")
SPARE = ("s", r"\tilde{h}", r"\tilde{a}")
"""Letters for what a layer calls by a letter that the notation has given away."""


@dataclass(frozen=True)
class Written:
    """A letter with its layer, its indices and the example it belongs to."""

    letter: str
    layer: str = ""
    below: tuple[str, ...] = ()
    example: str = ""
    belongs: str = ""
    """To whom a direction belongs: the w of v_w."""


class Lettered(Depths):
    """What each tensor of a derivation is written with."""


    # -- labels ----------------------------------------------------------------------------

    @cached_property
    def layered(self) -> bool:
        """Whether some tensor is written with a layer, so that the input may be layer 0."""
        return any(self.label(t).layer is not None or any(axis.kind == "layer" for axis in t.axes)
                   for t in self.derivation.tensors if t.of is None)

    def label(self, tensor: Tensor) -> Label:
        """The label given, or the one that a name such as w2 with indices means."""
        if tensor.label is not None:
            return tensor.label
        match = _NUMBERED.fullmatch(tensor.name)
        if match and tensor.axes and match[1] != SUM:
            return Label(match[1], sp.Integer(match[2]))
        return Label(tensor.name)

    @cached_property
    def meanings(self) -> dict[str, str]:
        """What the files of layers say that their tensors are, in words."""
        found: dict[str, str] = {}
        for equation in self.derivation.equations():
            means = layers()[equation.part].means if equation.part in layers() else {}
            for name in (equation.target, *equation.names) if means else ():
                letter = stepless(self.label(self.derivation.tensor(name)).letter)
                if letter in means:
                    found.setdefault(name, means[letter])
        return found

    @cached_property
    def letters(self) -> frozenset[str]:
        """The letters in use."""
        return frozenset(self.label(t).letter for t in self.derivation.tensors if t.of is None)

    @cached_property
    def cost(self) -> str:
        """The letter of the cost: of one example alone, or of the minibatch or the sum with a regularizer."""
        apart = any(self.label(t).letter in COSTS[1:] for t in self.derivation.tensors if t.role == "value")
        samples = apart or any(axis.kind == "sample" for axis in self._axes)
        own = self.label(self.derivation.tensor(self.derivation.cost)).letter
        if own not in COSTS:
            return own
        return self.notation.cost if samples else self.notation.cost_one

    # -- reads -----------------------------------------------------------------------------

    def written(self, tensor: Tensor, access: sp.Expr) -> Written:
        label = self.label(tensor)
        layer = layer_of(tensor, access)
        layer = label.layer if layer is None else layer
        if label.letter == "x" and tensor.role == "data" and self._input_is_a_layer and layer is None:
            layer = sp.Integer(0)
        pairs = self.arranged(tensor, access)
        example = next((self.subscript(e, axis) for axis, e in pairs if axis.kind == "sample"), "")
        apart = bool(self.notation.example) and self._entrywise
        below = [self.subscript(e, axis) for axis, e in pairs if not (apart and axis.kind == "sample")]
        number = "" if layer is None else self._number(tensor, layer)
        found = Written(self._letter(label, tensor), number, tuple(below), example if apart else "",
                        self._letter(self.label(primal), primal) if (primal := self._primal(tensor)) != tensor else "")
        return replace(found, letter=self._last[label.letter], layer="") if self.is_last(label) else found

    _entrywise = True
    """Whether single entries are written, so that the example may stand above."""

    def arranged(self, tensor: Tensor, access: sp.Expr) -> list[tuple[Index, sp.Expr]]:
        """The indices of a read in the order of paper: examples as columns or rows, weights to-from or from-to."""
        pairs = [(axis, e) for axis, e in zip(tensor.axes, indices_of(access), strict=True) if axis.kind != "layer"]
        if self.notation.samples == "columns":
            pairs.sort(key=lambda pair: pair[0].kind == "sample")
        inner = self._primal(tensor)
        if self.notation.weight_order == "from-to" and self._own(inner) and len(pairs) == 2 and \
                inner.name not in self.rows_of_tables:
            pairs.reverse()
        return pairs

    @cached_property
    def rows_of_tables(self) -> frozenset[str]:
        """Weights that are declared from-to, as the table of an embedding: w[x[t],j], or w[k,j] summed over k."""
        found = set()
        for equation in (e for e in self.derivation.equations() if self.derivation.tensor(e.target).of is None):
            for access in equation.reads():
                at = indices_of(access)
                if len(at) == 2 and at[0] not in equation.at and at[1] in equation.at:
                    found.add(tensor_of(access))
        return frozenset(name for name in found if self._own(self.derivation.tensor(name)))

    def _primal(self, tensor: Tensor) -> Tensor:
        """What a derivative or a direction belongs to; any other tensor itself."""
        return self.derivation.tensor(tensor.of) if tensor.of else tensor

    @staticmethod
    def _own(tensor: Tensor) -> bool:
        """Whether a parameter is a network's own, with a label, rather than typed by the user."""
        return tensor.role == "parameter" and tensor.label is not None

    def _number(self, tensor: Tensor, layer: sp.Expr) -> str:
        """The number of the layer; a weight may have that of the layer it comes from."""
        if tensor.label is None and not any(axis.kind == "layer" for axis in tensor.axes) and tensor.role != "data":
            return self.index(layer)
        return self.index(layer + self.shift(tensor))

    def shift(self, tensor: Tensor) -> int:
        """What the notation adds to the number of the layer of a tensor."""
        source = self._own(self._primal(tensor)) and self.notation.numbered_by == "source"
        return self.notation.first_layer - int(source)

    @cached_property
    def _input_is_a_layer(self) -> bool:
        return self.layered and self.notation.input == self.notation.activation

    @cached_property
    def _last(self) -> dict[str, str]:
        """The letters of the last layer's own, where the notation has any."""
        found = {"z": self.notation.output_weighted, "a": self.notation.output_activation}
        return {own: name for own, name in found.items() if name}

    @cached_property
    def _last_layer(self) -> sp.Expr | None:
        layers = [t.label.layer for t in self.derivation.tensors if t.label is not None and t.label.letter == "z"]
        return max((n for n in layers if n is not None and n.is_Integer), default=None)

    def is_last(self, label: Label) -> bool:
        """Whether the last layer has a letter of its own for this."""
        return label.letter in self._last and label.layer is not None and label.layer == self._last_layer

    def _letter(self, label: Label, tensor: Tensor) -> str:
        if label.letter == "x" and tensor.role == "data":
            return self.notation.input if self.layered else "x"
        if tensor.name == self.derivation.cost:
            return self.cost
        name, end = ended(label.letter)
        stem, mark, rest = name.partition("_")
        if label.layer is not None and name in self._doubled:
            return self._doubled[name] + end
        own = self._own_letters.get(stem, "")
        if own and not (mark and "_" in own):
            return own + mark + rest + end  # W_f of a gate as W of a layer
        return self._instead.get(name, self._instead.get(stem, stem) + mark + rest) + end

    @cached_property
    def _own_letters(self) -> dict[str, str]:
        """What the notation calls the arrays that every network has."""
        return {"z": self.notation.weighted, "a": self.notation.activation, "w": self.notation.weight,
                "b": self.notation.bias, "y": self.notation.target}

    @cached_property
    def _doubled(self) -> dict[str, str]:
        """Another letter for what a layer calls by the letter of data: the exponentials u beside a second input u."""
        typed = {t.name for t in self.derivation.of_role("data")} - {"x", *self._own_letters}
        free = [one for one in SPARE if one not in {parts(letter)[0] for letter in self.letters}
                and one not in self._instead.values()]
        labels = [self.label(t) for t in self.derivation.tensors if t.of is None]
        inner = {label.letter for label in labels if label.layer is not None}
        return dict(zip(sorted(typed & inner), free, strict=False))

    @cached_property
    def _instead(self) -> dict[str, str]:
        """Another letter for an array whose own the notation has given away: the state h where every output is an h."""
        given = {letter for own, letter in self._own_letters.items() if own in self.letters}
        free = [one for one in SPARE if one not in {parts(letter)[0] for letter in self.letters | given}]
        taken = sorted(self.letters & given - set(self._own_letters))
        return dict(zip(taken, free, strict=False))
