"""What rounding alone does to a cost and its gradients: the same again, each parameter off by its last digit.

    blur  =  max |f(p (1 + eps r)) - f(p)|     over random signs r

In: what computes a number or gradients, and where it is checked. Out: the blur of each. What is off by no more says
nothing: an ill-conditioned network loses digits that no formula can keep.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from derive.gradcheck.emitted import Array, Params

DRAWS = 3
EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Rounding:
    """The greatest gradient of all, and what rounding does to the cost and to one gradient."""

    greatest: float
    cost: float
    gradient: Callable[[], float]


def blur(compute: Callable[[Params], Mapping[str, Array]], params: Params) -> dict[str, float]:
    """How far the worst entry of each result moves; what is no number counts as no move."""
    rng = np.random.default_rng(0)
    with np.errstate(all="ignore"):
        start = compute(params)
        found = dict.fromkeys(start, 0.0)
        for _ in range(DRAWS):
            near = {n: array * (1 + EPS * rng.choice((-1.0, 1.0), np.shape(array))) for n, array in params.items()}
            for name, array in compute(near).items():
                off = float(np.max(np.abs(array - start[name]), initial=0.0))
                found[name] = max(found[name], off) if np.isfinite(off) else found[name]
    return found
