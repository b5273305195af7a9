"""A notation: how one author writes the same equations. A table, not code.

In: nothing. Out: records, one file each in derive/notations/, found by looking into the folder.
The equations underneath never change: a record only says how a tensor is written and how it lies.
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
LAYOUTS = {"Wa+b": ("to-from", "columns"), "W^Ta+b": ("from-to", "columns"),
           "XW+b": ("from-to", "rows"), "XW^T+b": ("to-from", "rows")}
"""The order of a weight's indices, and how examples lie, that make the product come out as written."""


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
    weight_matrix: str = ""
    """The letter of all weights of a layer at once; empty: as one weight."""
    output_weighted: str = ""
    output_activation: str = ""
    """Letters of the last layer alone, which then carry no number; empty: as in every layer."""
    # 2 product
    product: Literal["Wa+b", "W^Ta+b", "XW+b", "XW^T+b"] = "Wa+b"
    """How a layer weighs its input. It fixes the order of the weights and how the examples lie (`LAYOUTS`)."""
    # 3 layer index
    layer: str = "{}"
    """The superscript of layer l, with {} for l: "{}", "({})", "[{}]"; empty: a subscript."""
    first_layer: Literal[0, 1] = 0
    """The number of the input, as a layer."""
    last_layer: str = "L"
    widths: str = ""
    """The letter of the number of neurons in a layer, of a network of any depth; empty: as it was given."""
    numbered_by: Literal["target", "source"] = "target"
    """Which layer gives a weight its number: the one that it leads to, or the one it comes from."""
    # 4 weight order
    weight_order: Literal["to-from", "from-to"] = "to-from"
    # 5 bias
    bias: str = "b"
    """A letter; "w_0" is the weight of index 0."""
    broadcast: bool = False
    """Whether b is added to a matrix of examples as it stands, rather than as b 1^T."""
    # 6 gradient
    gradient: Literal["fraction", "nabla", "d"] = "fraction"
    """A derivative that has no letter: as a fraction; as nabla where it is a whole array; or as dW."""
    policy: Literal["delta", "activation", "none"] = "delta"
    """Which derivatives keep a name: dC/dz, dC/da, or none (everything multiplied out)."""
    # 7 cost and delta
    cost: str = "C"
    cost_one: str = "C"
    """The cost of one example."""
    cost_factor: str = "1/2"
    """In front of the quadratic cost."""
    delta: str = r"\delta"
    """The letter of dC/dz; empty: it is written as `gradient` says."""
    error_scale: Literal["1", "m"] = "1"
    """What the named errors of m examples are multiplied by: Ng's dZ is m dJ/dZ."""
    # 8 operators
    hadamard: str = r"\odot"
    transpose: str = "T"
    transpose_beside: bool = False
    """Whether it stands beside the layer, as in A^{[l-1]T}."""
    log: str = r"\ln"
    # 9 layout
    chain: Literal["outer-first", "inner-first"] = "outer-first"
    """Along a path from the cost inwards (dC/da da/dz dz/dw), or outwards as the signal runs."""
    order: tuple[Role, ...] = (
        "constant", "number", "target", "difference", "slope", "weight", "input", "adjoint", "other")
    """The factors of a product within one layer, by their role. A number stands before a difference."""
    # 10 samples
    samples: Literal["columns", "rows"] = "columns"
    """Whether an example is a column of its matrix or a row; a vector lies alike."""
    example: str = ""
    """The superscript of example s, with {} for s; empty: a subscript."""
    example_index: str = "s"
    examples: str = "m"
    """How many examples there are."""

    counts_from: int = 1
    layers_from_end: bool = False
    """Whether the chain of single neurons numbers its layers L, L-1, L-2."""
    tags: tuple[tuple[str, str], ...] = ()
    """(what a gradient is, its name): "output" dC/dz of the last layer, "hidden", "bias", "weight"."""

    def __post_init__(self) -> None:
        if LAYOUTS[self.product] != (self.weight_order, self.samples):
            order, samples = LAYOUTS[self.product]
            raise DeriveError(f"{self.product} has weights {order} and examples as {samples}",
                              where=f"notation '{self.name}'",
                              do=f"Set weight_order = \"{order}\" and samples = \"{samples}\".")

    @property
    def author(self) -> str:
        """Whose notation it is: the title up to its first comma."""
        return self.title.split(",")[0]

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
