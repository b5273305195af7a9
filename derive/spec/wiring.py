"""Which values go into which stage, and the shapes that follow: those of the parameters, and of what comes out.

    values = inputs, then what the stages give, in order;      a stage that names no inputs reads the value before it
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import sympy as sp

from derive.errors import DeriveError, clip, nearest
from derive.ir import Derivation, Index, size_at, size_symbol
from derive.model.layer import Axes, layers
from derive.spec.line import PLACE
from derive.spec.source import Source
from derive.spec.stage import Stage

MAX_PARAMETERS = 1_000_000_000
Shape = tuple[sp.Expr, ...]


@dataclass(frozen=True)
class Wired:
    """One stage with its place in the network."""

    stage: Stage
    number: int
    inputs: tuple[int, ...]
    """Which of the values (the inputs of the network, then what stages give) go into it."""
    shared: int = 0
    """The number of the stage that has its parameters: its own, but for shared weights."""

    @property
    def said(self) -> str:
        """Where it is, for a message."""
        return f"layer {self.number}" if self.stage.layer == "dense" else f"layer {self.number}, {self.stage.layer}"


@dataclass(frozen=True)
class Shaped:
    """A stage with its equations: they hold its parameters and the shape of what comes out."""

    wired: Wired
    block: Derivation

    @property
    def out(self) -> Axes:
        return self.block.tensor("z").axes

    @property
    def parameters(self) -> list[tuple[str, Shape]]:
        """Names and shapes, without those that are switched off."""
        record = layers()[self.wired.stage.layer]
        kept = [t for t in self.block.of_role("parameter")
                if self.wired.stage.bias is not False or t.name not in record.biases]
        return [(t.name, tuple(axis.size for axis in t.axes)) for t in kept]


def wired(sources: tuple[Source, ...], stages: tuple[Stage, ...]) -> list[Wired]:
    """The stages in order, each with the values that go into it; an error where a value leads nowhere."""
    known = {source.name: number for number, source in enumerate(sources)}
    made: dict[str, int] = {}
    found = []
    for number, stage in enumerate(stages, 1):
        one = Wired(stage, number, (len(sources) + number - 2,))
        inputs = tuple(_known(name, known, one, "value") for name in stage.inputs) or one.inputs
        shared = _known(stage.shares, made, one, "layer") if stage.shares else number
        found.append(replace(one, inputs=inputs, shared=shared))
        if stage.name in known:
            raise DeriveError(f"there are two values '{stage.name}'", where=one.said, do="Give it another name.")
        if stage.name:
            known[stage.name], made[stage.name] = len(sources) + number - 1, shared
    _check_used(sources, found)
    return found


def _known(name: str, among: dict[str, int], one: Wired, what: str) -> int:
    if name not in among:
        raise DeriveError(f"there is no {what} '{clip(name)}' above", where=one.said,
                          do=nearest(name, list(among)) if among else "Give the stages names.")
    return among[name]


def _check_used(sources: tuple[Source, ...], stages: list[Wired]) -> None:
    used = {number for one in stages for number in one.inputs}
    said = [f"the input {source.name}" for source in sources] + [
        one.said + (f", {one.stage.name}" if one.stage.name else "") for one in stages[:-1]]
    loose = next((what for number, what in enumerate(said) if number not in used), None)
    if loose is not None:
        raise DeriveError(f"{loose} leads nowhere: no layer takes it", where=PLACE,
                          do="Name it in the inputs of a layer.")


def examples(stages: tuple[Stage, ...]) -> Axes:
    """The axis of the minibatch's examples, where a layer is about all of them at once; else none."""
    together = any(layers()[stage.layer].samples for stage in stages)
    return (Index("s", size_symbol("m"), kind="sample"),) if together else ()


def shaped(sources: tuple[Source, ...], stages: tuple[Stage, ...]) -> list[Shaped]:
    """The stages in order, each with its equations for what comes in; an error names the stage and the shapes."""
    values = [(*examples(stages), *source.axes) for source in sources]
    found = []
    for one in wired(sources, stages):
        comes = tuple(values[number] for number in one.inputs)
        record = layers()[one.stage.layer]
        found.append(Shaped(one, record.block(one.stage.sizes, comes, one.said)))
        values.append(found[-1].out)
    return found


def parameter_shapes(sources: tuple[Source, ...], stages: tuple[Stage, ...],
                     depth: str = "") -> list[tuple[str, Shape]]:
    """("w1", (16, 784)), ("b1", (16,)), ...; of the general network ("w", (n[l], n[l-1])) and ("b", (n[l],))."""
    if depth:
        layer, letter = sp.Symbol("l", integer=True), str(sources[0].shape[0])
        before = (Index("k", size_at(letter, layer - 1)),)
        block = layers()[stages[0].layer].block((size_at(letter, layer),), (before,))
        return Shaped(Wired(stages[0], 1, (0,)), block).parameters
    every = shaped(sources, stages)
    for one in every:
        first = every[one.wired.shared - 1]
        if first is not one and (first.wired.stage.layer, first.parameters) != (one.wired.stage.layer, one.parameters):
            raise DeriveError(f"the parameters of {first.wired.said} do not fit: {_said(first)}, not {_said(one)}",
                              where=one.wired.said, do="Only layers of one kind and shape share weights.")
    return [(f"{name}{one.wired.number}", shape) for one in every if one.wired.shared == one.wired.number
            for name, shape in one.parameters]


def _said(one: Shaped) -> str:
    """w (16, 784), b (16)"""
    shown = (f"{name} ({', '.join(map(str, shape))})" for name, shape in one.parameters)
    return ", ".join(shown) or "no parameters"


def check_count(shapes: list[tuple[str, Shape]]) -> None:
    """Refuse a network that no machine holds."""
    count = number_of(shapes)
    if count.is_Integer and count > MAX_PARAMETERS:
        raise DeriveError(f"{int(count):,} parameters; {MAX_PARAMETERS:,} are the limit", where="architecture",
                          do="Make it narrower, or use names for widths: n0-n1-n2.")


def number_of(shapes: list[tuple[str, Shape]]) -> sp.Expr:
    """How many numbers all parameters have together."""
    return sp.Add(*(sp.Mul(*shape) for _, shape in shapes))
