"""Random arrays for the data of a derivation, such that its facts hold.

In: a derivation, a number of examples. Out: an array for each data tensor, by name. A fact
`sum_j y[j] = 1` makes each row of y a distribution; what else is known of data is only its shape.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import sympy as sp

from derive.emitted import Array
from derive.errors import DeriveError
from derive.ir import Derivation, Fact, Tensor, reads_of, tensor_of

EXAMPLES = 3


def draw_data(derivation: Derivation, rng: np.random.Generator, examples: int = EXAMPLES) -> dict[str, Array]:
    """Numbers between 0 and 1 for every data tensor."""
    arrays = {tensor.name: rng.uniform(0.05, 0.95, shape_of(tensor, examples)) for tensor in derivation.of_role("data")}
    for fact in derivation.facts:
        _make_true(fact, arrays)
    return arrays


def shape_of(tensor: Tensor, examples: int) -> tuple[int, ...]:
    """The numbers of entries along the axes; a sample axis has `examples`."""
    sizes = tuple(sp.Integer(examples) if axis.kind == "sample" else axis.size for axis in tensor.axes)
    if not all(size.is_Integer for size in sizes):
        raise DeriveError(f"'{tensor.name}' has widths that are not numbers: {', '.join(map(str, sizes))}",
                          do="Give every width as a number, such as 4-3-2.")
    return tuple(int(size) for size in sizes)


def _make_true(fact: Fact, arrays: Mapping[str, Array]) -> None:
    """Scale the last axis of the data so that a fact `sum_j y[j] = c` holds."""
    names = [tensor_of(node) for node in reads_of(fact.left.body) if node == fact.left.body]
    if len(fact.left.summed) == 1 and names and names[0] in arrays and fact.right.is_Number:
        array = arrays[names[0]]
        array *= float(fact.right) / array.sum(axis=-1, keepdims=True)
