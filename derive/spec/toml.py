"""A network in TOML.

    [network]
    architecture = "784-16-10"           # or  layers = [784, "16:relu", {width = 10, bias = false}]
    activation = "sigmoid"               # of the layers that name none;  output = "softmax"  for the last
    cost = "quadratic"                   # or a formula;  factor = "1/2",  reduce = "mean",  bias = true

    [regularize]
    kind = "l2"                          # factor = "lambda/2",  strength = 0.1

A graph names its values; what names no inputs reads the value before it:

    inputs = {x = "1x28x28", u = 10}     # then layers begin with a layer
    layers = [{layer = "conv(8,5x5):relu", name = "c", inputs = ["x"]}, {layer = "conv", channels = 8, kernel = [5, 5]},
              {layer = "add", inputs = ["c", "d"]}, {layer = "dense", width = 16, shares = "e"}, "10:softmax"]
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any

from derive.errors import DeriveError, clip, nearest
from derive.model.layer import layers
from derive.spec.line import Words, read_stage
from derive.spec.network import Network
from derive.spec.source import Source, source_of
from derive.spec.stage import Stage, Width, check_value_name, stage_of

NETWORK: dict[str, tuple[type, ...]] = {
    "architecture": (str,), "layers": (list,), "activation": (str,), "output": (str,), "cost": (str,),
    "factor": (str, int, float), "reduce": (str,), "bias": (bool,), "inputs": (dict,),
}
REGULARIZE: dict[str, tuple[type, ...]] = {"kind": (str,), "factor": (str, int, float), "strength": (str, int, float)}
LAYER: dict[str, tuple[type, ...]] = {
    "width": (int, str), "activation": (str,), "bias": (bool,), "layer": (str,), "name": (str,), "inputs": (list,),
    "shares": (str,),
}
VALUE = (int, float, str, list, bool)
"""What an argument of a layer may be written as."""


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


def _stages(network: dict[str, Any], name: str) -> list[Width | Stage | Source]:
    line, listed = network.pop("architecture", None), network.pop("layers", None)
    sources = [_source(key, shape, f"{name}: inputs") for key, shape in network.pop("inputs", {}).items()]
    if (line is None) == (listed is None):
        raise DeriveError("architecture and layers are two ways to say one thing" if line else
                          "one of architecture and layers is needed", where=f"{name}: [network]",
                          do='Write architecture = "784-16-10" or layers = ["784", "16:sigmoid", "10"].')
    if line is not None:
        return [*sources, line]
    if len(listed) + bool(sources) < 2:
        raise DeriveError("a network needs at least two stages, its input and one layer", where=f"{name}: layers",
                          do='Write layers = ["784", "10"].')
    return [*sources, *(_stage(entry, f"{name}: layers, entry {number}") for number, entry in enumerate(listed, 1))]


def _source(name: str, shape: Any, where: str) -> Source:
    return source_of(read_stage(str(shape), where), check_value_name(name, where))


def _stage(entry: Any, where: str) -> Width | Stage:
    if isinstance(entry, dict):
        return _table(entry, where)
    if isinstance(entry, bool) or not isinstance(entry, int | str):
        raise DeriveError(f"{clip(repr(entry))} is not a layer", where=where, do='Write 16, "16:relu" or {width = 16}.')
    return entry


def _table(entry: dict[str, Any], where: str) -> Stage:
    """A layer with its arguments as keys: {layer = "conv", channels = 8, kernel = "5x5", name = "c"}."""
    written = entry.get("layer", "dense")
    words = read_stage(written, where) if isinstance(written, str) else Words("dense", (), None, where)
    record = layers().get(words.head)
    arguments = {} if record is None else {argument.name: VALUE for argument in record.arguments}
    _check(entry, LAYER | arguments, where)
    if words.head == "dense" and not words.sizes and "width" not in {*entry, *dict(words.named)}:
        raise DeriveError("a layer without a width", where=where, do="Write {width = 16}.")
    named = tuple((key, "x".join(map(str, value)) if isinstance(value, list) else value)
                  for key, value in entry.items() if key in arguments)
    stage = stage_of(replace(words, named=(*words.named, *named)))
    inputs = tuple(check_value_name(name, where) for name in entry.get("inputs", ()))
    named_as = check_value_name(entry["name"], where) if "name" in entry else ""
    return replace(stage, activation=entry.get("activation", stage.activation), bias=entry.get("bias", stage.bias),
                   name=named_as, inputs=inputs, shares=entry.get("shares", ""))


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
