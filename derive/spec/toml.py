"""A network in TOML.

    [network]
    architecture = "784-16-10"           # or  layers = [784, "16:relu", {width = 10, bias = false}]
    activation = "sigmoid"               # of the layers that name none;  output = "softmax"  for the last
    cost = "quadratic"                   # or a formula;  factor = "1/2",  reduce = "mean",  bias = true

    [regularize]
    kind = "l2"                          # factor = "lambda/2",  strength = 0.1
"""

from __future__ import annotations

import tomllib
from typing import Any

from derive.errors import DeriveError, clip, nearest
from derive.spec.network import Network
from derive.spec.stage import Stage, Width, read_width

NETWORK: dict[str, tuple[type, ...]] = {
    "architecture": (str,), "layers": (list,), "activation": (str,), "output": (str,), "cost": (str,),
    "factor": (str, int, float), "reduce": (str,), "bias": (bool,),
}
REGULARIZE: dict[str, tuple[type, ...]] = {"kind": (str,), "factor": (str, int, float), "strength": (str, int, float)}
LAYER: dict[str, tuple[type, ...]] = {"width": (int, str), "activation": (str,), "bias": (bool,)}


def read_toml(text: str, name: str, options: dict[str, Any]) -> Network:
    """The network of a TOML text. What `options` names takes the place of what the text says."""
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise DeriveError(f"not TOML: {error}", where=name, do="See https://toml.io for the format.") from None
    _check(tables, {"network": (dict,), "regularize": (dict,)}, name)
    network = dict(tables.get("network", {}))
    _check(network, NETWORK, f"{name}: [network]")
    stages = _stages(network, name)
    if "regularize" in tables:
        network["regularize"] = _regularizer(tables["regularize"], f"{name}: [regularize]")
    return Network(*stages, **(network | options))


def _stages(network: dict[str, Any], name: str) -> list[Width | Stage]:
    line, listed = network.pop("architecture", None), network.pop("layers", None)
    if (line is None) == (listed is None):
        raise DeriveError("one of architecture and layers is needed", where=f"{name}: [network]",
                          do='Write architecture = "784-16-10" or layers = ["784", "16:sigmoid", "10"].')
    if line is not None:
        return [line]
    if len(listed) < 2:
        raise DeriveError("a network needs at least two stages, its input and one layer", where=f"{name}: layers",
                          do='Write layers = ["784", "10"].')
    return [_stage(entry, f"{name}: layers, entry {number}") for number, entry in enumerate(listed, 1)]


def _stage(entry: Any, where: str) -> Width | Stage:
    if isinstance(entry, dict):
        _check(entry, LAYER, where)
        if "width" not in entry:
            raise DeriveError("a layer without a width", where=where, do="Write {width = 16}.")
        return Stage("dense", (read_width(entry["width"], where),), entry.get("activation"), entry.get("bias"))
    if isinstance(entry, bool) or not isinstance(entry, int | str):
        raise DeriveError(f"{clip(repr(entry))} is not a layer", where=where, do='Write 16, "16:relu" or {width = 16}.')
    return entry


def _regularizer(table: dict[str, Any], where: str) -> str:
    _check(table, REGULARIZE, where)
    if "kind" not in table:
        raise DeriveError("a regularizer without a kind", where=where, do='Write kind = "l2".')
    return ":".join(str(table[key]) for key in REGULARIZE if key in table)


def _check(table: dict[str, Any], known: dict[str, tuple[type, ...]], where: str) -> None:
    """Every key known, every value of a type that it may have."""
    for key, value in table.items():
        if key not in known:
            raise DeriveError(f"there is no key '{clip(key)}'", where=where, do=nearest(key, list(known)))
        if not isinstance(value, known[key]) or isinstance(value, bool) and bool not in known[key]:
            wanted = " or ".join({"str": "text", "int": "a number", "float": "a number", "bool": "true or false",
                                  "list": "a list", "dict": "a table"}[t.__name__] for t in known[key][:2])
            raise DeriveError(f"{key} is {wanted}, not {clip(repr(value))}", where=where)
