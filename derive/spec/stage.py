"""One stage of a network as plain data: a layer with its arguments, and the widths it may have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from derive.errors import DeriveError, clip, nearest
from derive.functions.record import lookup
from derive.model.argument import Argument, Value, flag
from derive.model.layer import Layer, layers
from derive.spec.line import Words
from derive.text.names import RESERVED

Width = int | str
"""A number of neurons, or the name of one that is left open: 16, "n1"."""

MAX_WIDTH = 1_000_000
MAX_NAME = 20
BIAS = flag("bias", True)
"""What every layer with biases takes: bias=false."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*")
_TAKEN = re.compile(r"[xymLTCRijklpqst]|[wbzaesr][0-9]*|C0|dC.*|lam(bda)?|delta|eL|sL")
"""What the equations of a network may call something else."""


@dataclass(frozen=True)
class Stage:
    """A layer of a network: its kind, a value for each of its arguments, and what the user said about it."""

    layer: str
    sizes: tuple[Value, ...]
    activation: str | None = None
    bias: bool | None = None
    name: str = ""
    """What other stages call it."""
    inputs: tuple[str, ...] = ()
    """The names of what goes into it; none: the value before it."""
    shares: str = ""
    """The name of the stage whose parameters it uses as its own."""


def layer(kind: str, *arguments: Any, activation: str | None = None, bias: bool | None = None, name: str = "",
          inputs: Sequence[str] = (), shares: str = "", **named: Any) -> Stage:
    """A layer for Python: `layer("conv", 8, "5x5", stride=2, activation="relu")`, in a graph with a name and inputs."""
    record = find_layer(kind, "layer")
    values = arguments_of(record, arguments, named, record.name)
    return Stage(record.name, values, activation, bias, name, tuple(inputs), shares)


def Dense(width: Width, activation: str | None = None, bias: bool | None = None) -> Stage:
    """A dense layer, for `Network(784, Dense(16, "sigmoid"), Dense(10))`. None: as the network says."""
    return Stage("dense", (read_width(width, "Dense"),), activation, bias)


def stage_text(stage: Stage) -> str:
    """A stage as a line has it: 16:relu, conv(8, 5x5, stride=2)."""
    record = layers()[stage.layer]
    values: dict[str, Value] = dict(zip((a.name for a in record.arguments), stage.sizes, strict=True))
    usual = {a.name: values.get(str(a.default), a.default) for a in record.arguments}
    shown = {name: "x".join(map(str, v)) if isinstance(v, tuple) else str(v) for name, v in values.items()}
    inside = [text for name, text in shown.items() if usual[name] is None]
    inside += [f"{name}={text}" for name, text in shown.items() if usual[name] not in (None, values[name])]
    said = shown["width"] if record.name == "dense" else record.name + (f"({', '.join(inside)})" if inside else "")
    return said if stage.activation in (None, "identity") else f"{said}:{stage.activation}"


def stage_of(words: Words) -> Stage:
    """A stage as written in a line: a width alone is a dense layer."""
    if not words.sizes and is_width(words.head):
        return Stage("dense", (read_width(words.head, words.where),), words.activation)
    record = find_layer(words.head, words.where)
    named = dict(words.named)
    if len(named) != len(words.named):
        raise DeriveError(f"an argument of {record.name} is given twice", where=words.where)
    bias = named.pop("bias", None) if record.biases else None
    switch = None if bias is None else bool(BIAS.read(bias, words.where))
    return Stage(record.name, arguments_of(record, words.sizes, named, words.where), words.activation, switch)


def find_layer(name: str, where: str) -> Layer:
    """The layer of a name or alias."""
    found = layers().get(name)
    if found is None:
        raise DeriveError(f"there is no layer '{clip(name)}'", where=where,
                          do=nearest(name, sorted(layers())) + " A width is a number or a name such as n1. "
                             "Layers of your own come with --layers FILE.")
    return found


def arguments_of(record: Layer, given: Sequence[Any], named: Mapping[str, Any], where: str) -> tuple[Value, ...]:
    """A value for each argument of the layer, in order."""
    known = [argument.name for argument in record.arguments]
    said = [*known, BIAS.name] if record.biases else known
    for name in named:
        if name not in known:
            raise DeriveError(f"{record.name} has no argument '{clip(name)}'", where=where,
                              do=nearest(name, said) if said else f"It is {record.name} alone.")
    bare = next((text for text in given if text in said), None)
    if bare is not None:
        raise DeriveError(f"{record.name}: {bare} has no value", where=where,
                          do=f"Write {bare}=true, or what it is to be.")
    chosen = dict(zip(known, given, strict=False))
    twice = next((name for name in named if name in chosen), None)
    if twice is not None:
        raise DeriveError(f"{record.name}: {twice} is given twice", where=where)
    chosen |= named
    missing = [a.name for a in record.arguments if a.default is None and a.name not in chosen]
    if len(given) > len(known) or missing:
        takes = f"({record.signature})" if record.signature else "nothing in brackets"
        raise DeriveError(f"{record.name} takes {takes}", where=where, do=f"Write {record.example}.")
    values: dict[str, Any] = {}
    for a in record.arguments:
        values[a.name] = _read(a, chosen[a.name], where) if a.name in chosen else values.get(str(a.default), a.default)
    return tuple(values.values())


def _read(argument: Argument, value: Any, where: str) -> Value:
    return read_width(value, where) if argument.kind == "size" else argument.read(value, where)


def is_width(text: str) -> bool:
    """Whether a word stands for a width and not for a layer: 16, n1, n_hidden, N, 1e9, 2.5."""
    return text not in layers() and bool(re.fullmatch(r"[0-9].*|[A-Za-z][0-9]*(_\w+)?", text))


def read_width(value: Width, where: str) -> Width:
    """A width within bounds: a whole number, or a name that collides with no tensor or index."""
    if isinstance(value, str):
        text = value.strip()
        if not (text.isascii() and text.isdigit()):
            return _width_name(text, where)
        value = int(text) if len(text) < 20 else MAX_WIDTH + 1
    if isinstance(value, bool) or not isinstance(value, int):
        raise DeriveError(f"a width is a whole number or a name, not {clip(repr(value))}", where=where)
    if value < 1:
        raise DeriveError(f"a width of {value}", where=where, do="A layer has at least one neuron.")
    if value > MAX_WIDTH:
        raise DeriveError(f"a width beyond {MAX_WIDTH:,}", where=where, do="Widths run from 1 to 1,000,000.")
    return value


def check_value_name(name: Any, where: str) -> str:
    """The name of a value of a graph: letters, digits and underscores."""
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > MAX_NAME or name in RESERVED:
        raise DeriveError(f"'{clip(str(name))}' cannot name a value", where=where,
                          do="Write a name such as h or skip_1.")
    return name


def _width_name(text: str, where: str) -> str:
    if not _NAME.fullmatch(text) or len(text) > MAX_NAME:
        raise DeriveError(f"'{clip(text)}' is not a width", where=where,
                          do="A width is a whole number such as 16 or a name such as n1.")
    if _TAKEN.fullmatch(text) or text in RESERVED or lookup(text) is not None:
        raise DeriveError(f"'{text}' has a meaning in the equations, so it cannot be a width", where=where,
                          do="Call the widths n0, n1, n2.")
    return text
