r"""Other names that people have for the arrays of a layer: \gamma for the gain g^1, W_{hh} for w^1, h_t for h^1_t.

    \gamma: same as g^1      W_{hh}: same as w^1      h_t: same as h^1_t

In: the letters of a network. Out: lines of `where`, for names that can mean one array only; and for letters without
the number of a layer, if all are meant to be of one layer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import sympy as sp

from derive.claims.network_apart import Apart
from derive.ir import Label, Tensor
from derive.latex.lines import part_text
from derive.latex.names import Written

GAIN, EULER = "gain", "e"
ALSO: dict[str, tuple[str, ...]] = {
    GAIN: (r"\gamma",), "standardized": (r"\hat{x}",), "the mean": (r"\mu",), "the variance": (r"\sigma^2",),
    "weights of the input": ("W_{xh}", "W_{hx}", "W_{ih}"), "weights of the state": ("W_{hh}",),
    "weights of the queries": ("W_q", "W_Q", "W^Q"), "weights of the keys": ("W_k", "W_K", "W^K"),
    "weights of the values": ("W_v", "W_V", "W^V"), "weights of the output": ("W_o", "W_O", "W^O"),
    "queries": ("Q",), "keys": ("K",), "values": ("V",), "scores": ("S", "E"),
    "shares, the softmax of the scores": ("P", "A"), "values, mixed by their shares": ("O",),
    "table, a row for each word": ("E",),
}
"""By what an array is, in the words of its layer or as its equation tells."""
GATED = {"weights of the input": ("W_{x%s}", "W_{%sx}"), "weights of the state": ("W_{h%s}", "W_{%sh}")}
"""Of one gate of several."""
SHIFT = (r"\beta",)
"""The bias of a layer that has a gain."""


def other_names(letters: Apart) -> Iterator[str]:
    """One line a name."""
    indices = {axis.name for t in letters.derivation.tensors for axis in t.axes if axis.kind != "time"}
    known = {*_own(letters), *indices, EULER}
    every = [(name, tensor, mine) for tensor in _layered(letters)
             for name, mine in (*_without_layer(letters, tensor), *_by_custom(letters, tensor))]
    counted = Counter(name for name, _, _ in dict.fromkeys((name, tensor.name, "") for name, tensor, _ in every))
    for name, _, mine in every:
        labels = {*name.partition("_")[2]}  # w_k beside w^2_{jk} would be an entry of w as well
        if counted[name] == 1 and name not in known and not labels & indices:
            yield f"{name}: same as {mine}"


def of_layer(letters: Apart, layer: sp.Expr) -> Iterator[str]:
    """The letters of one layer without its number, where those of other layers are called the same."""
    names = letters.printed.names
    known = {*_own(letters)}
    for tensor in _layered(letters):
        if _label(letters, tensor).layer == layer:
            for written in _written(letters, tensor):
                if (bare := names.text(replace(written, layer=""))) not in known:
                    yield f"{bare}: same as {names.text(written)}"


def _written(letters: Apart, tensor: Tensor) -> Iterator[Written]:
    """How a tensor and its error are written, with small letters and with capitals."""
    for names in (letters.printed.names, letters.entries.names):
        written = letters.shown(names, tensor)
        yield written
        if letters.gradient(names, tensor, written):
            yield replace(written, letter=names.delta_letter(tensor))


def _layered(letters: Apart) -> list[Tensor]:
    return [t for t in letters.derivation.tensors
            if t.role in ("parameter", "value") and _label(letters, t).layer is not None]


def _label(letters: Apart, tensor: Tensor) -> Label:
    return letters.printed.names.label(tensor)


def _own(letters: Apart) -> Iterator[str]:
    """The names that the equations use."""
    for tensor in letters.derivation.tensors:
        yield letters.printed.names.text(letters.shown(letters.printed.names, tensor))


def _without_layer(letters: Apart, tensor: Tensor) -> Iterator[tuple[str, str]]:
    """The letter alone; one that a tensor of another layer has, or data, is told apart by its layer only."""
    names, label = letters.printed.names, _label(letters, tensor)
    alike = [t for t in letters.derivation.tensors if t.role != "adjoint" and _label(letters, t).letter == label.letter]
    if len(alike) == 1:
        written = letters.shown(names, tensor)
        yield names.text(replace(written, layer="")), names.text(written)


def _by_custom(letters: Apart, tensor: Tensor) -> Iterator[tuple[str, str]]:
    names = letters.printed.names
    told = _what(letters, tensor)
    what, _, kind = told.rpartition(", ")
    gate = _label(letters, tensor).letter.partition("_")[2]
    said = tuple(name % gate for name in GATED[kind]) if gate and kind in GATED else \
        ALSO.get(told) or (ALSO.get(kind, ()) if not what or gate else ())
    if tensor.role == "parameter" and not said and _beside_a_gain(letters, tensor):
        said = SHIFT
    written = letters.shown(names, tensor)
    for name in said:
        yield names.text(replace(written, letter=name, layer="")) if written.below else name, names.text(written)


def _what(letters: Apart, tensor: Tensor) -> str:
    """What it is, in words."""
    told = letters.printed.names.meanings.get(tensor.name, "")
    defining = letters.derivation.defining(tensor.name)
    return told or (part_text(defining[0][0]) if len(defining) == 1 else "")


def _beside_a_gain(letters: Apart, tensor: Tensor) -> bool:
    label = _label(letters, tensor)
    return label.letter == letters.notation.bias and any(
        _what(letters, other) == GAIN and _label(letters, other).layer == label.layer for other in _layered(letters))
