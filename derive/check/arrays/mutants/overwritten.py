"""`=` where `+=` belongs: the gradient of what all steps of a sequence share keeps the part of one step alone.

    dW = outer(d[t], h[t-1])     for     dW += outer(d[t], h[t-1])
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import sympy as sp

from derive.check.arrays.backward import Backward, Edits
from derive.check.arrays.fault import Fault, Kind, several, shown
from derive.ir import Equation, Index, Loop, walk

ENDS = (("first", "so early steps overwrite late ones on the way back"), ("last", "the others are lost"))


@dataclass(frozen=True)
class Over:
    """An equation, by its place, that adds up over the steps of a sequence."""

    place: int
    equation: Equation
    steps: Index


def faults(backward: Backward) -> Iterator[Fault]:
    """Of all such gradients, and of each alone."""
    adding = list(_adding(backward))
    groups = [adding, *([one] for one in adding)] if len(adding) > 1 else [adding]
    for word, why in ENDS:
        for group in groups:
            if group:
                edits: Edits = {one.place: (_at(one, word),) for one in group}
                names = ", ".join(dict.fromkeys(shown(backward, one.equation.target) for one in group))
                said = (f"only the {word} step counts in {names}: every step adds its part (+=), {why}")
                yield several(edits, "overwritten", said)


def _at(one: Over, word: str) -> Equation:
    """The equation at its first or last step alone."""
    steps = one.steps
    condition = sp.Eq(steps.symbol, steps.start if word == "first" else steps.last, evaluate=False)
    return replace(one.equation, terms=tuple(replace(t, where=(*t.where, condition)) for t in one.equation.terms))


def _adding(backward: Backward) -> Iterator[Over]:
    parameters = {backward.bars[t.name] for t in backward.model.of_role("parameter") if t.name in backward.bars}
    for place, (equation, loops) in enumerate(walk(backward.statements)):
        steps = [*_looped(loops), *(k for t in equation.terms for k in t.summed if k.kind == "time")]
        if equation.target in parameters and steps:
            yield Over(place, equation, steps[0])


def _looped(loops: tuple[Loop, ...]) -> list[Index]:
    return [loop.index for loop in loops if loop.index.kind == "time"]


ENTRY = Kind("overwritten", 4, faults)
