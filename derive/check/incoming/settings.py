"""What a layer was told beside its tensors, as functions ask for it: stride, pad, pool_height, eps, mode.

In: a network. Out: a number or word for each name under which people ask for one.
"""

from __future__ import annotations

from typing import Any

from derive.ir import Derivation
from derive.model.layer import layers
from derive.spec import Network

USUAL: dict[str, Any] = {"mode": "train", "momentum": 0.9}
"""What batch norm's functions ask for that changes no gradient."""
WORDS = {"training": "train", "inference": "test"}
ALSO: dict[str, tuple[str, ...]] = {
    "padding": ("pad", "p"), "kernel_1": ("kernel_height", "kh", "hh", "f"), "kernel_2": ("kernel_width", "kw", "ww"),
    "size_1": ("pool_height", "ph", "pool_size", "pool", "kernel_size", "f", "hh"),
    "size_2": ("pool_width", "pw", "ww"), "stride": ("s", "strides"), "kernel": ("kernel_size", "k"),
    "eps": ("epsilon",), "heads": ("num_heads", "n_heads", "nhead", "n_head"), "groups": ("num_groups", "g"),
}


def settings(model: Network | Derivation) -> dict[str, Any]:
    """By name; what two layers say differently is left out."""
    found: dict[str, set[Any]] = {}
    for stage in model.layers if isinstance(model, Network) else ():
        for argument, value in zip(layers()[stage.layer].arguments, stage.sizes, strict=True):
            for name, number in _numbers(argument.name, argument.kind, value).items():
                found.setdefault(name, set()).add(number)
    known = {name: values.pop() for name, values in found.items() if len(values) == 1}
    for name, others in ALSO.items():
        known |= {other: known[name] for other in others if name in known and other not in known}
    return {**USUAL, **known}


def _numbers(name: str, kind: str, value: Any) -> dict[str, Any]:
    """The value itself, and of a window each of its numbers."""
    if kind in ("window", "shape"):
        sizes = value if isinstance(value, tuple) else (value, value)
        same = {name: sizes[0]} if len(set(sizes)) == 1 else {name: tuple(sizes)}
        return same | {f"{name}_{n}": size for n, size in enumerate(sizes, 1)}
    if kind == "number":
        return {name: float(value)}
    return {name: WORDS.get(str(value), value)} if isinstance(value, int | str | bool) else {}
