"""The work grows in proportion to the depth: twice the layers, twice the calls of functions. How long it takes is no
test."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from derive import pipeline
from derive.calculus.explain import explain
from derive.ir import Derivation
from derive.notation import notation

STAGES: dict[str, Callable[[Derivation], object]] = {
    "explain": explain,
    "plain": lambda many: pipeline.emit(many),
    "fast": lambda many: pipeline.emit(many, style="fast"),
}
WIDTHS = {"equal": lambda layer: 8, "different": lambda layer: 3 + layer}


def model(layers: int, width: Callable[[int], int]) -> Derivation:
    arch = "-".join(str(width(layer)) for layer in range(layers + 1))
    return pipeline.read(arch, {}, notation("nielsen")).many


def calls(work: Callable[[Derivation], object], many: Derivation) -> int:
    """How many functions are called, generators and those of C too."""
    count = 0

    def counted(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        work(many)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("stage", STAGES)
def test_twice_the_layers_take_twice_the_work(stage: str, widths: str) -> None:
    work, width = STAGES[stage], WIDTHS[widths]
    work(model(3, width))  # what is made once for all
    few, many = (calls(work, model(layers, width)) for layers in (12, 24))
    assert many < 2.15 * few
