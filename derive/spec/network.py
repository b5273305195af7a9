"""A network as plain data, whoever wrote it: what the line leaves out is filled in, and said.

    Network("784-16-16-10", cost="quadratic")      Network(784, Dense(16, "sigmoid"), Dense(10))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import sympy as sp

from derive.errors import DeriveError, clip
from derive.formulas.typed import find_cost
from derive.model.layer import layers
from derive.spec.choices import Penalty, check_activation, check_cost, check_factor, check_reduce, read_penalty
from derive.spec.line import PLACE, Words, pointing, read_line, read_stage
from derive.spec.source import Source, source_of
from derive.spec.stage import Stage, Width, read_width, stage_of
from derive.spec.symbolic import DEPTH, ELLIPSIS, general_stages
from derive.spec.wiring import Shape, check_count, number_of, parameter_shapes

MAX_LAYERS = 1000
IDENTITY = "identity"
ACTIVATION, COST = "sigmoid", "quadratic"
"""The best-known example: what stands where nothing is said."""


@dataclass(frozen=True, init=False)
class Network:
    """`inputs` values, then `layers`, then the cost. Widths are numbers or names.

    With `depth` set ("L") the network is the general one: `inputs` is ("n",), the letter of the
    widths n[0], ..., n[L]; `layers` are then two, the hidden one (for l = 1..L-1) and the last.
    `factor` None: the factor of the cost that the notation has.  `reduce` None: likewise, or "mean".
    """

    sources: tuple[Source, ...]
    layers: tuple[Stage, ...]
    depth: str
    cost: str
    factor: str | None
    regularizer: Penalty | None
    reduce: str | None
    assumptions: tuple[str, ...] = field(compare=False)

    def __init__(self, *stages: Width | Stage | Source | tuple[int, ...], activation: str | None = None,
                 output: str | None = None, cost: str | None = None, factor: str | float | None = None,
                 regularize: str | None = None, reduce: str | None = None, bias: bool = True) -> None:
        """Stages as one line, or one by one. `activation` and `output` fill in what the stages leave out."""
        with pointing(stages):
            sources, layers, depth = _stages(stages)
            said_cost = cost is not None
            cost = check_cost(COST if cost is None else cost)
            layers, assumed = _activated(layers, activation, output, cost)
            if not said_cost:
                assumed.append(f"the cost is {COST}")
            self._set(
                sources=sources,
                layers=tuple(replace(s, bias=bias if s.bias is None else s.bias) for s in layers),
                depth=depth,
                cost=cost,
                factor=check_factor(factor, cost),
                regularizer=read_penalty(regularize),
                reduce=check_reduce(reduce),
                assumptions=tuple(assumed),
            )
            check_count(self.parameters)

    @property
    def inputs(self) -> tuple[Width, ...]:
        """The sizes of the input: (784,), (1, 28, 28)."""
        return self.sources[0].shape

    @property
    def parameters(self) -> list[tuple[str, Shape]]:
        """Names and shapes, in order: ("w1", (16, 784)), ("b1", (16,)), ..."""
        return parameter_shapes(self.sources, self.layers, self.depth)

    @property
    def parameters_count(self) -> sp.Expr:
        """How many numbers the parameters have together: 13002 for 784-16-16-10; of n[l], for one layer l."""
        return number_of(self.parameters)

    def changed(self, **values: Any) -> Network:
        """The same network with some of its fields replaced (a notation sets `factor` and `reduce`)."""
        other = object.__new__(Network)
        other._set(**{f.name: values.pop(f.name, getattr(self, f.name)) for f in fields(Network)}, **values)
        return other

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)


def _stages(given: tuple[Width | Stage | Source | tuple[int, ...], ...]
            ) -> tuple[tuple[Source, ...], tuple[Stage, ...], str]:
    """(what goes in, the layers, "L" if the network is the general one)."""
    if len(given) == 1 and isinstance(given[0], str):
        words: list[Words | Stage] = [*read_line(given[0])]
    else:
        sources = tuple(source for source in given if isinstance(source, Source))
        words = [_words(stage, f"stage {number}") for number, stage in enumerate(given, 1)
                 if not isinstance(stage, Source)]
        if sources:
            _check_number([*sources[:1], *words])
            return sources, tuple(w if isinstance(w, Stage) else stage_of(w) for w in words), ""
    _check_number(words)
    if any(isinstance(w, Words) and w.head in ELLIPSIS for w in words):
        letter, layers = general_stages(words)
        return (Source((letter,)),), layers, DEPTH
    first, *rest = words
    return (_input(first),), tuple(w if isinstance(w, Stage) else stage_of(w) for w in rest), ""


def _words(stage: Width | Stage | tuple[int, ...], where: str) -> Words | Stage:
    if isinstance(stage, Stage):
        return stage
    if isinstance(stage, str):
        return read_stage(stage, where)
    if isinstance(stage, tuple):
        return read_stage("x".join(map(str, stage)), where)
    return Words(str(read_width(stage, where)), (), None, where)


def _check_number(stages: Sequence[Words | Stage | Source]) -> None:
    if len(stages) < 2:
        raise DeriveError("a network needs at least two stages, its input and one layer", where=PLACE,
                          do="Write 784-10, or 784-16-10 with a hidden layer. A file's name ends in .toml or .eq.")
    if len(stages) > MAX_LAYERS + 1:
        raise DeriveError(f"{len(stages) - 1:,} layers; {MAX_LAYERS:,} are the limit", where=PLACE,
                          do="The general network of L layers is written n0-...-nL.")


def _input(stage: Words | Stage) -> Source:
    if isinstance(stage, Stage):
        raise DeriveError("the first stage is the input, a width", where="stage 1", do="Network(784, Dense(10)).")
    return source_of(stage)


def _activated(stages: tuple[Stage, ...], activation: str | None, output: str | None,
               cost: str) -> tuple[tuple[Stage, ...], list[str]]:
    """The layers with every activation named, and what had to be assumed."""
    *hidden, last = stages
    if output is not None and last.activation is not None:
        raise DeriveError(f"the last layer has two activations, {clip(last.activation)} and {clip(output)}",
                          where="output", do="Name it in the architecture or as an option, not both.")
    named = [*(stage.activation for stage in hidden), output or last.activation]
    free = [layers()[stage.layer].activated for stage in stages]
    named = [name if name or chosen else IDENTITY for name, chosen in zip(named, free, strict=True)]
    if activation is not None and None not in named:
        raise DeriveError(f"the activation {clip(activation)} has no layer to stand in: each names its own",
                          where="activation", do="Leave it out.")
    assumed = []
    fitting = find_cost(cost).output
    if activation is None and named[-1] is None and fitting not in ("", ACTIVATION):
        named[-1] = fitting
        assumed.append(f"the activation of the last layer is {fitting}, for which the cost {cost} is made")
    if activation is None and None in named:
        where = "every layer" if not any(named) else "each layer that names none"
        assumed.append(f"the activation of {where} is {ACTIVATION}")
    chosen = [name or activation or ACTIVATION for name in named]
    checked = {name: check_activation(name) for name in sorted(set(chosen))}
    return tuple(replace(s, activation=checked[name]) for s, name in zip(stages, chosen, strict=True)), assumed
