"""One stage of a network as plain data, and the widths it may have."""

from __future__ import annotations

import re
from dataclasses import dataclass

from derive.errors import DeriveError, clip, nearest
from derive.functions.record import lookup
from derive.model.layer import layers
from derive.spec.line import Words
from derive.text.names import RESERVED

Width = int | str
"""A number of neurons, or the name of one that is left open: 16, "n1"."""

MAX_WIDTH = 1_000_000
MAX_NAME = 20
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*")
_TAKEN = re.compile(r"[xymLTCRijklpqst]|[wbzaesr][0-9]*|C0|dC.*|lam(bda)?|delta|eL|sL")
"""What the equations of a network may call something else."""


@dataclass(frozen=True)
class Stage:
    """A layer of a network: its kind, its sizes, and what the user said about it."""

    layer: str
    sizes: tuple[Width, ...]
    activation: str | None = None
    bias: bool | None = None


def Dense(width: Width, activation: str | None = None, bias: bool | None = None) -> Stage:  # noqa: N802 (a layer's name)
    """A dense layer, for `Network(784, Dense(16, "sigmoid"), Dense(10))`. None: as the network says."""
    return Stage("dense", (read_width(width, "Dense"),), activation, bias)


def stage_of(words: Words) -> Stage:
    """A stage as written in a line: a width alone is a dense layer."""
    if not words.sizes and is_width(words.head):
        return Stage("dense", (read_width(words.head, words.where),), words.activation)
    layer = layers().get(words.head)
    if layer is None:
        raise DeriveError(f"there is no layer '{clip(words.head)}'", where=words.where,
                          do=nearest(words.head, sorted(layers())) + " A width is a number or a name such as n1.")
    if len(words.sizes) != len(layer.sizes):
        raise DeriveError(f"{layer.name} takes ({', '.join(layer.sizes)})", where=words.where,
                          do=f"Write {layer.name}({', '.join('16' for _ in layer.sizes)}).")
    return Stage(layer.name, tuple(read_width(size, words.where) for size in words.sizes), words.activation)


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


def _width_name(text: str, where: str) -> str:
    if not _NAME.fullmatch(text) or len(text) > MAX_NAME:
        raise DeriveError(f"'{clip(text)}' is not a width", where=where,
                          do="A width is a whole number such as 16 or a name such as n1.")
    if _TAKEN.fullmatch(text) or text in RESERVED or lookup(text) is not None:
        raise DeriveError(f"'{text}' has a meaning in the equations, so it cannot be a width", where=where,
                          do="Call the widths n0, n1, n2.")
    return text
