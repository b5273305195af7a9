"""The fast module: the same numbers as the interpreter, for every batch, dtype and architecture."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dense import ACTIVATIONS, COSTS, OUTPUTS, targets
from hypothesis import given, settings
from hypothesis import strategies as st
from models import MODELS, drawn, model, run

from derive.calculus.explain import explain
from derive.calculus.reverse import adjoints_of, reverse
from derive.errors import DeriveError
from derive.forward import forward
from derive.gradcheck.emitted import load_source
from derive.ir import Derivation
from derive.samples import over_samples
from derive.spec import Network
from derive.targets.numpy import emit

EXACT = {"float64": 1e-11, "float32": 2e-4}


def many(*stages: Any, **choices: Any) -> Derivation:
    network = Network(*stages, **choices)
    return over_samples(forward(network), mean=network.reduce != "sum")


def fast(derivation: Derivation, **choices: Any) -> str:
    return emit(explain(derivation), style="fast", **choices)


def close(one: Any, other: Any, rtol: float) -> bool:
    scale = max(float(np.abs(other).max(initial=0)), 1e-3)
    return np.shape(one) == np.shape(other) and float(np.abs(np.asarray(one) - other).max(initial=0)) <= rtol * scale


def agrees(derivation: Derivation, batch: int, dtype: str, cost: str = "quadratic", made: Any = None,
           seed: int = 0, **how: Any) -> None:
    """Cost and gradients of the fast class beside the interpreter's."""
    module: Any = made or load_source(fast(derivation))
    rng = np.random.default_rng(seed)
    params = {name: (a + 0.2 * rng.standard_normal(a.shape)).astype(dtype) for name, a in module.init(rng).items()}
    (inputs, outputs) = (t.axes[-1].size for t in derivation.of_role("data"))
    x = rng.uniform(0, 1, (batch, int(inputs))).astype(dtype)
    y = targets(cost, (batch, int(outputs)), rng).astype(dtype)
    values = run(reverse(derivation), {k: v.astype(float) for k, v in {**params, "x": x, "y": y}.items()}, {})
    found, grads = module.Gradient(batch, dtype, **how)(params, x, y)
    assert close(found, values[derivation.cost], EXACT[dtype])
    assert grads.keys() == params.keys()
    for name, g in grads.items():
        assert g.dtype == dtype and close(g, values[adjoints_of(derivation)[name]], EXACT[dtype]), name


SINGLE = [("tanh", output, cost) for cost in COSTS for output in OUTPUTS.get(cost, ("sigmoid", "softmax", "identity"))]
HIDDEN = [(hidden, "sigmoid", "quadratic") for hidden in ACTIVATIONS]
BATCHES = (1, 2, 7, 40)


@pytest.mark.parametrize(("hidden", "output", "cost"), SINGLE + HIDDEN)
def test_every_activation_and_cost(hidden: str, output: str, cost: str) -> None:
    derivation = many(f"3-5:{hidden}-4:{hidden}-2:{output}", cost=cost, regularize="l2:0.1")
    made = load_source(fast(derivation))
    for batch in BATCHES:
        for dtype in EXACT:
            agrees(derivation, batch, dtype, cost, made)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=5), st.sampled_from(["sigmoid", "tanh", "relu", "gelu"]),
       st.sampled_from([("quadratic", "sigmoid"), ("cross_entropy", "softmax"), ("binary_cross_entropy", "sigmoid")]),
       st.sampled_from(["", "l2:0.1", "l1:0.1"]), st.booleans(), st.integers(1, 50), st.sampled_from(list(EXACT)),
       st.integers(0, 99))
def test_any_network(widths: list[int], hidden: str, ends: tuple[str, str], penalty: str, bias: bool, batch: int,
                     dtype: str, seed: int) -> None:
    cost, output = ends
    derivation = many("-".join([str(widths[0]), *(f"{n}:{hidden}" for n in widths[1:-1]), f"{widths[-1]}:{output}"]),
                      cost=cost, bias=bias, **({"regularize": penalty} if penalty else {}))
    agrees(derivation, batch, dtype, cost, seed=seed)
