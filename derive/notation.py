"""A notation: how one author writes the same equations. A table, not code.

In: nothing. Out: records, one file each in derive/notations/, found by looking into the folder.
The ten axes are letters, product, layer index, weight order, bias, gradient, cost and delta,
operators, layout, samples; each is a plain field, so a new notation is a few lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from derive.errors import DeriveError, nearest
from derive.registry import discover

Role = Literal["constant", "number", "target", "weight", "input", "slope", "difference", "adjoint", "other"]


@dataclass(frozen=True)
class Notation:
    """Ten choices. The defaults are Nielsen's."""

    name: str
    title: str
    source: str = ""

    # 1 letters
    weighted: str = "z"
    activation: str = "a"
    input: str = "x"
    """The letter of the input; where it is that of the activation, the input is layer 0 of it."""
    target: str = "y"
    weight: str = "w"
    # 2 product
    product: Literal["Wa+b", "W^Ta+b", "XW+b", "XW^T+b"] = "Wa+b"
    # 3 layer index
    layer: str = "{}"
    """The superscript of layer l, with {} for l: "{}", "({})", "[{}]"; empty: a subscript."""
    numbered_by: Literal["target", "source"] = "target"
    """Which layer gives a weight its number: the one that it leads to, or the one it comes from."""
    # 4 weight order
    weight_order: Literal["to-from", "from-to"] = "to-from"
    # 5 bias
    bias: str = "b"
    # 6 gradient
    gradient: Literal["fraction", "nabla", "d"] = "fraction"
    policy: Literal["delta", "activation", "none"] = "delta"
    """Which derivatives keep a name: dC/dz, dC/da, or none (everything multiplied out)."""
    # 7 cost and delta
    cost: str = "C"
    cost_one: str = "C"
    """The cost of one example."""
    cost_factor: str = "1/2"
    """In front of the quadratic cost."""
    delta: str = r"\delta"
    """The letter of dC/dz; empty: it is written as a fraction."""
    # 8 operators
    hadamard: str = r"\odot"
    transpose: str = "T"
    log: str = r"\ln"
    # 9 layout
    chain: Literal["outer-first", "inner-first"] = "outer-first"
    """Along a path from the cost inwards (dC/da da/dz dz/dw), or outwards as the signal runs."""
    order: tuple[Role, ...] = (
        "constant", "number", "target", "difference", "slope", "weight", "input", "adjoint", "other")
    """The factors of a product within one layer, by their role. A number stands before a difference."""
    # 10 samples
    samples: Literal["columns", "rows"] = "columns"
    example: str = "({})"
    """The superscript of example s, where single examples are written."""

    counts_from: int = 1
    layers_from_end: bool = False
    """Whether the chain of single neurons numbers its layers L, L-1, L-2."""
    tags: tuple[tuple[str, str], ...] = ()
    """(what a gradient is, its name): "output" dC/dz of the last layer, "hidden", "bias", "weight"."""

    def tag(self, kind: str) -> str:
        return dict(self.tags).get(kind, "")


@cache
def notations() -> dict[str, Notation]:
    """Every notation in derive/notations/, by name."""
    return {entry.name: entry for entry in discover("derive.notations")}


def notation(name: str) -> Notation:
    """The notation of that name."""
    known = notations()
    if name not in known:
        raise DeriveError(f"there is no notation '{name}'", do=nearest(name, sorted(known)))
    return known[name]
