"""A layer is a textbook fragment: values come in, values go out, with parameters of its own.

    data x[k: inputs]
    parameter w[j: width, k: inputs], b[j: width]
    z[j] = sum(w[j,k]*x[k], k) + b[j]

The data that it declares first are what comes in; the names of their sizes stand for what these are. Together
with the arguments (`width`) they fix all other sizes: those of the output are read off the equations, so no
layer states a rule for its shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from textwrap import dedent

import sympy as sp

from derive.errors import DeriveError
from derive.ir import Derivation, Index
from derive.model.argument import Argument, Value
from derive.model.directions import BACK, in_both_directions
from derive.model.repeated import repeated_over
from derive.model.windows import in_windows
from derive.registry import discover
from derive.text import read_block

Axes = tuple[Index, ...]
WRITTEN = {"channels": "An image comes in as 1x28x28.", "steps": "A sequence comes in as seq(20x12)."}
"""How a line begins for a layer that takes such a shape."""
EXAMPLES = {"size": "16", "whole": "2", "window": "3x3", "shape": "4x7x7", "number": "0.5"}


@dataclass(frozen=True)
class Given:
    """What the equations of a layer may depend on: its arguments, and the axes of what comes in."""

    values: tuple[tuple[str, Value], ...]
    inputs: tuple[Axes, ...]

    def __getitem__(self, name: str) -> Value:
        return dict(self.values)[name]

    @property
    def rank(self) -> int:
        """The number of axes of the first input."""
        return len(self.inputs[0])

    def along(self, name: str) -> tuple[int, ...]:
        """A window as a number for each axis of an image."""
        value, axes = self[name], max(self.rank - 1, 1)
        if isinstance(value, tuple) and len(value) != axes:
            raise DeriveError(f"{name} has {len(value)} numbers for {axes} ax{'es' if axes > 1 else 'is'}")
        return value if isinstance(value, tuple) else (int(str(value)),) * axes

    @property
    def whole(self) -> bool:
        """Whether the first input holds whole numbers: those of words."""
        return any(axis.kind == "word" for axis in self.inputs[0])


@dataclass(frozen=True, eq=False)
class Layer:
    """One kind of layer: its equations read the data that they declare first and write the tensor `z`."""

    name: str
    equations: str | Callable[[Given], str]
    """The fragment, or a function that chooses it by the arguments or by the axes of what comes in."""
    arguments: tuple[Argument, ...] = ()
    takes: tuple[str, ...] = ("features",)
    """The shapes that it takes, in words: "channels x length", "channels x height x width"."""
    inputs: int = 1
    """How many values come in; 0: any number, from one on."""
    over: str = ""
    """Further axes in front, over which it is repeated: "time" (the steps of a sequence), "any", or none."""
    samples: bool = False
    """Whether its equations are about all examples of a minibatch at once: the first axis that it takes counts them."""
    activated: bool = False
    """Whether the network's activation follows where none is named."""
    weights: tuple[str, ...] = ("w",)
    """The parameters that a regularizer counts (not the biases)."""
    biases: tuple[str, ...] = ()
    """The parameters that go when biases are off, with every term that reads one."""
    windows: str = ""
    """The argument that says how many steps a window of truncated backpropagation has (0: all are one window)."""
    both_directions: bool = False
    """Whether its equations are also read backwards in time, and it gives both, one behind the other."""
    means: Mapping[str, str] = field(default_factory=dict)
    """What its letters are, in words for the table of symbols: {"f": "forget gate"}."""
    title: str = ""
    aliases: tuple[str, ...] = ()
    source: str = ""
    examples: tuple[str, ...] = ()
    """Small architectures with it, one for each of its forms: the tests derive, emit and check every one."""
    file: str = ""
    """The file of a user's own layer, whose lines its equations have."""

    @cached_property
    def signature(self) -> str:
        """channels, kernel, stride=1"""
        return ", ".join(a.name if a.default is None else f"{a.name}={a.default}".lower() for a in self.arguments)

    @property
    def called(self) -> str:
        """conv(channels, kernel, stride=1)"""
        return f"{self.name}({self.signature})" if self.arguments else self.name

    @property
    def said(self) -> str:
        """The same as a sentence; nothing of a layer without arguments, whose name says it all."""
        return f"It is {self.called}." if self.arguments else ""

    @property
    def example(self) -> str:
        """How it is written, with what must be given: dense(16)"""
        needed = [EXAMPLES[a.kind] for a in self.arguments if a.default is None]
        return f"{self.name}({', '.join(needed)})" if needed else self.name

    def block(self, values: tuple[Value, ...], inputs: tuple[Axes, ...], said: str = "") -> Derivation:
        """Its equations for these arguments and for values of these shapes; an error names it as `said`."""
        asked = self, values, inputs
        if asked not in BLOCKS:
            BLOCKS[asked] = _block(self, values, inputs, said or self.name)
        return BLOCKS[asked]

    def in_both_directions(self, name: str, title: str, source: str, *examples: str) -> Layer:
        """The layer that reads a sequence forwards and backwards."""
        said = {"b": "bias", **self.means}
        return replace(self, name=name, title=title, source=source, examples=examples, both_directions=True,
                       weights=_and_back(self.weights), biases=_and_back(self.biases),
                       means={**self.means, **{one + BACK: f"{what}, backwards" for one, what in said.items()}})


def _and_back(names: tuple[str, ...]) -> tuple[str, ...]:
    return (*names, *(name + BACK for name in names))


BLOCKS: dict[tuple[Layer, tuple[Value, ...], tuple[Axes, ...]], Derivation] = {}
"""What has been read: equal layers have equal equations."""


@cache
def layers() -> dict[str, Layer]:
    """Every layer in derive/layers/, by name and alias."""
    found = [entry for entry in discover("derive.layers") if isinstance(entry, Layer)]
    return {name: layer for layer in found for name in (layer.name, *layer.aliases)}


def shape_text(axes: Axes) -> str:
    """1 x 28 x 28; 20 words of 1000"""
    known = [f"of {axis.size}" for axis in axes if axis.kind == "word"]
    shown = " x ".join(str(axis.size) for axis in axes if axis.kind != "word")
    if known:
        return " ".join([f"{shown} words" if shown else "a word", *known])
    return shown or "a single number"


def _block(layer: Layer, values: tuple[Value, ...], inputs: tuple[Axes, ...], said: str) -> Derivation:
    if layer.inputs and len(inputs) != layer.inputs:
        takes = f"{layer.inputs} value{'s' * (layer.inputs > 1)}"
        raise DeriveError(f"{layer.name} takes {takes}, but {len(inputs)} come in", where=said,
                          do="Name them: inputs = [...].")
    around = _in_front(layer, inputs[0], said)
    for other in inputs[1:]:
        if [a.size for a in other[:len(around)]] != [a.size for a in around] or len(other) != len(inputs[0]):
            raise DeriveError(f"{layer.name} puts together values of shapes that do not fit: "
                              f"{shape_text(inputs[0])} and {shape_text(other)}", where=said)
    own = tuple(axes[len(around):] for axes in inputs)
    named = tuple(zip((a.name for a in layer.arguments), values, strict=True))
    given = Given(named, own)
    numbers: dict[str, sp.Expr] = {}
    try:
        for argument, value in zip(layer.arguments, values, strict=True):
            if argument.kind == "window":
                given.along(argument.name)
            numbers |= argument.numbers(value, max(given.rank - 1, 1))
        text = layer.equations if isinstance(layer.equations, str) else layer.equations(given)
        block = read_block(dedent(text), layer.file or layer.name, numbers, own)
    except DeriveError as error:
        here = f"{said}, {error.where.rpartition(':')[0] or layer.file}" if layer.file else said
        shapes = " and ".join(map(shape_text, inputs))
        raise DeriveError(f"{layer.name} does not fit what comes in, {shapes}: {error.what}", where=here,
                          do="Put embedding(16) before it." if given.whole else
                          f"{layer.said} {error.do}".strip()) from None
    if "z" not in block.by_name:
        raise DeriveError(f"{layer.name} has no equation for z, which is what goes out",
                          where=said, do="Call its last value z.")
    if layer.windows and (steps := int(str(given[layer.windows]))):
        block = in_windows(block, sp.Integer(steps))
    return repeated_over(in_both_directions(block) if layer.both_directions else block, around)


def _in_front(layer: Layer, axes: Axes, said: str) -> Axes:
    """The axes over which the layer is repeated; an error where what comes in has others."""
    if axes and axes[0].kind == "sample" and not layer.samples:
        return (axes[0], *_in_front(layer, axes[1:], said))
    ranks = sorted(shape.count(" x ") + 1 for shape in layer.takes)
    if len(axes) in ranks:
        return ()
    for rank in (rank for rank in reversed(ranks) if rank < len(axes)):
        front = axes[:len(axes) - rank]
        if layer.over == "any" or all(axis.kind == layer.over for axis in front):
            return front
    written = WRITTEN.get(layer.takes[-1].split(" x ")[0], "") if len(axes) == 1 else ""
    do = "Put flatten before it." if len(axes) > ranks[-1] == 1 else f"{layer.said} {written}".strip()
    raise DeriveError(f"{layer.name} takes {' or '.join(layer.takes)}, but {shape_text(axes)} comes in",
                      where=said, do=do)
