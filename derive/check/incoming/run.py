"""A model at numbers, and one way to call the forward function that gives its values.

In: what the arguments are, how they lie. Out: arrays as the functions get them, and gradients back by tensor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from derive.check.arrays.backward import Array
from derive.check.called import Joined, whole_tensor
from derive.check.incoming.call import Way
from derive.ir import Derivation


@dataclass(frozen=True)
class Run:
    """A model at numbers, and one way to call the forward function that gives its values."""

    model: Derivation
    numbers: Mapping[str, Any]
    values: Mapping[str, Any]
    way: Way
    ends: Mapping[str, str]
    """By the name of what the forward function returns: the model's value that it is."""

    @property
    def examples(self) -> int:
        """How many there are."""
        return examples_of(self.model, self.numbers)

    def given(self, joined: Joined) -> Array:
        """The array as the functions get it."""
        known = {**self.values, **self.numbers}
        parts = [np.asarray(known[name]) for name in joined.names]
        whole = np.concatenate(parts, axis=joined.axis) if len(parts) > 1 else parts[0]
        return self.way.lying.given(whole_tensor(self.model, joined), whole)

    def back(self, joined: Joined, array: Array) -> dict[str, Array]:
        """By tensor, what lies as `given` lays it."""
        whole = self.way.lying.back(whole_tensor(self.model, joined), array)
        sizes = [np.shape(self.numbers[name])[joined.axis] for name in joined.names] if len(joined.names) > 1 else []
        parts = np.split(whole, np.cumsum(sizes)[:-1], axis=joined.axis) if sizes else [whole]
        return dict(zip(joined.names, parts, strict=True))


def examples_of(model: Derivation, numbers: Mapping[str, Any]) -> int:
    """How many examples the data have; one where they have no axis for them."""
    return next((len(numbers[t.name]) for t in model.of_role("data") if t.axes and t.axes[0].kind == "sample"), 1)
