"""One entry of a parameter, as people write it.

    w[2][3,5]  and  w2[3,5]   ->   the array w2 at row 2, column 4 (paper counts from 1)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from derive.errors import DeriveError, clip, nearest
from derive.ir import Derivation, Tensor
from derive.notation import Notation

_WRITTEN = re.compile(r"\s*([A-Za-z]\w*?)\s*(?:\[\s*(\d+)\s*\])?\s*(?:\[\s*(\d+(?:\s*,\s*\d+)*)\s*\])?\s*")

FORM = "Write w[2][3,5]: layer 2, to neuron 3 from neuron 5."


@dataclass(frozen=True)
class Entry:
    """The array `tensor` at these places, counted from 0."""

    tensor: str
    at: tuple[int, ...] = ()


def read_entry(text: str, derivation: Derivation, notation: Notation) -> Entry:
    """The entry that a text such as w[2][3,5] names; with weights written from-to the indices stand the other way."""
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise DeriveError(f"'{clip(text)}' is not one weight", do=FORM)
    name, layer, rest = match.groups()
    if layer is not None and rest is None and name in derivation.by_name:
        layer, rest = None, layer
    full = name + (layer or "")
    tensor = derivation.by_name.get(full)
    names = [t.name for t in derivation.of_role("parameter")]
    if tensor is None or full not in names:
        raise DeriveError(f"there is no parameter '{clip(full)}'", do=nearest(full, names))
    at = tuple(int(number) - notation.counts_from for number in (rest or "").split(",") if number)
    if len(at) == 2 and notation.weight_order == "from-to":
        at = at[::-1]
    return Entry(tensor.name, _checked(tensor, at, text, notation))


def _checked(tensor: Tensor, at: tuple[int, ...], text: str, notation: Notation) -> tuple[int, ...]:
    if not at and all(axis.size == 1 for axis in tensor.axes):
        return (0,) * len(tensor.axes)
    if len(at) != len(tensor.axes):
        raise DeriveError(f"{tensor.name} has {len(tensor.axes)} indices, but {clip(text)} gives {len(at)}",
                          do=FORM)
    for place, axis in zip(at, tensor.axes, strict=True):
        if place < 0 or axis.size.is_Integer and place >= axis.size:
            raise DeriveError(f"{clip(text)} lies outside {tensor.name}, which is "
                              f"{' x '.join(str(a.size) for a in tensor.axes)}",
                              do=f"Indices count from {notation.counts_from}.")
    return at
