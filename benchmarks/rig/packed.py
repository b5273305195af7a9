"""Weights that meet the same input, one below the other in one array, as those who write such layers by hand keep them.

In: parameters by name. Out: fewer of them; and gradients of those by the names that there were.
"""

from __future__ import annotations

import numpy as np

from benchmarks.rig.workload import Array, Params, Workload

GATES = "ifgo"  # in the order of PyTorch
PACKED = {
    "lstm": {letter: tuple(f"{letter}_{gate}1" for gate in GATES) for letter in "uwb"},
    "block": {"w": ("w_q1", "w_k1", "w_v1"), "b": ("b_q1", "b_k1", "b_v1"), "w_o1": ("w_o1",)},
}


def packed(work: Workload, params: Params) -> Params:
    """Each group as one array of rows."""
    groups = PACKED.get(work.model, {})
    gone = {name for names in groups.values() for name in names}
    rows = {group: np.concatenate([_rows(work, params[name]) for name in names]) for group, names in groups.items()}
    return {name: value for name, value in params.items() if name not in gone} | rows


def _rows(work: Workload, value: Array) -> Array:
    """Without an axis of heads: a row for each output, or a number."""
    features = work.sizes[1]
    if work.model != "block":
        return value
    return value.reshape(-1, features) if value.size > features else value.reshape(-1)


def unpacked(work: Workload, grads: Params) -> Params:
    """Gradients of the groups, taken apart again."""
    groups = PACKED.get(work.model, {})
    parts = {name: part for group, names in groups.items()
             for name, part in zip(names, np.split(np.asarray(grads[group]), len(names)), strict=True)}
    return {name: np.asarray(value) for name, value in grads.items() if name not in groups} | parts
