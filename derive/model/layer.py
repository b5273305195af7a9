"""A layer is a textbook fragment: x in, z out, with parameters of its own.

    data x[k: inputs]
    parameter w[j: width, k: inputs], b[j: width]
    z[j] = sum(w[j,k]*x[k], k) + b[j]

The sizes that the user states (`sizes`, in order) and those of the input fix all others: the
size of the output is that of z in the equations, so no layer states a rule for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from derive.registry import discover


@dataclass(frozen=True, eq=False)
class Layer:
    """One kind of layer: `equations` read the tensor `x` and write the tensor `z`."""

    name: str
    equations: str
    sizes: tuple[str, ...] = ()
    """The names of the sizes that a stage such as dense(16) sets, in the order in which it does."""
    weights: tuple[str, ...] = ("w",)
    """The parameters that a regularizer counts (not the biases)."""
    bias: str = "b"
    """The parameter that goes when biases are off, with every term that reads it."""
    aliases: tuple[str, ...] = ()
    source: str = ""


@cache
def layers() -> dict[str, Layer]:
    """Every layer in derive/layers/, by name and alias."""
    found = [entry for entry in discover("derive.layers") if isinstance(entry, Layer)]
    return {name: layer for layer in found for name in (layer.name, *layer.aliases)}
