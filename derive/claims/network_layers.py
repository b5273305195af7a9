r"""One line for all layers of a network whose layers have numbers.

    z^{1} = w^{1}\,x + b^{1},  z^{2} = w^{2}\,a^{1} + b^{2}      say both      z^{l} = w^{l}\,a^{l-1} + b^{l}

In: a network. Out: the equations that are the same in every layer, told of layer l.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sympy as sp

from derive.claims.network_names import Letters
from derive.ir import Derivation, Label, Tensor, index_symbol

FAR = 12
"""In networks deeper than this nobody compares the layers."""


def any_layer(letters: Letters) -> Iterator[str]:
    """The lines that hold for every layer l."""
    if letters.general or not letters.depth.is_Integer or not 2 <= letters.depth <= FAR:
        return
    told = [_told(letters, sp.Integer(number)) for number in range(1, int(letters.depth) + 1)]
    yield from (line for line in told[0] if all(line in other for other in told[1:]))


def _told(letters: Letters, number: sp.Integer) -> list[str]:
    """The equations of one layer, told of layer l."""
    other = Letters(_relabelled(letters.derivation, number, letters.notation.first_layer), letters.notation)
    mine = {t.name for t in letters.derivation.tensors if t.label is not None and t.label.layer == number}
    sides = [other.sides(e) for e in letters.derivation.equations() if e.target in mine]
    return [f"{left} = {right}" for left, right in sides]


def _relabelled(derivation: Derivation, number: sp.Integer, first: int) -> Derivation:
    """The layer and the one before it are called l and l - 1, as the notation counts them."""
    layer = index_symbol("l") - first

    def told(tensor: Tensor) -> Tensor:
        label = tensor.label or Label("")
        if label.letter == "x" and tensor.role == "data" and number == 1:
            return replace(tensor, role="value", label=Label("a", layer - 1))
        if label.layer is None or number - label.layer not in (0, 1):
            return tensor
        return replace(tensor, label=replace(label, layer=layer - (number - label.layer)))

    return replace(derivation, tensors=tuple(map(told, derivation.tensors)))
