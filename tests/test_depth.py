"""The work grows in proportion to the depth, and not with the sizes: twice the layers, twice the calls of functions;
the widths of GPT-2, the calls of a toy. How long it takes is no test."""

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


BLOCK = "seq({steps}x{width})-transformer({heads},mask=causal)-{out}:softmax"
TOY, GPT2 = ({"steps": 3, "width": 4, "heads": 2, "out": 5}, {"steps": 1024, "width": 768, "heads": 12, "out": 50257})


def test_a_block_of_the_widths_of_gpt_2_takes_the_work_of_a_small_one() -> None:
    """The fast module, which holds the plain one. What twelve equal blocks take is counted in tests/test_layers.py."""
    small, large = (pipeline.read(BLOCK.format(**sizes), {"cost": "cross-entropy"}, notation("nielsen")).many
                    for sizes in (TOY, GPT2))
    few = calls(STAGES["fast"], small)  # and what is made once for all
    assert calls(STAGES["fast"], large) < 1.15 * few
