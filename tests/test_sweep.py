"""Hundreds of random dense architectures: interpreter, emitted module, autograd and differences agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from dense import ACTIVATIONS, COSTS, OUTPUTS, Dense, targets
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from models import run

from derive.calculus.explain import explain
from derive.calculus.reverse import adjoints_of, reverse
from derive.forward import forward
from derive.gradcheck.emitted import load_source
from derive.samples import over_samples
from derive.spec import Network
from derive.targets.numpy import emit

EXACT, NUMERIC, SINGLE = 1e-12, 1e-7, 2e-4
PENALTIES = {
    "": ("", lambda lam, m: 0.0), "l1": ("l1", lambda lam, m: lam), "l2": ("l2", lambda lam, m: lam),
    "l2:lambda": ("l2", lambda lam, m: 2 * lam), "l2:lambda/2m": ("l2", lambda lam, m: lam / m),
    "l1:lambda/m": ("l1", lambda lam, m: lam / m),
}
"""As the option says it: the penalty, and its strength from lambda and m."""


@st.composite
def architectures(draw: st.DrawFn) -> dict[str, Any]:
    """Depth 1-6, widths 1-7, every activation and cost, batch 1-5, factors, regularizers, bias on or off."""
    depth = draw(st.integers(1, 6))
    cost = draw(st.sampled_from(sorted(COSTS)))
    hidden = draw(st.lists(st.sampled_from(sorted(ACTIVATIONS)), min_size=depth - 1, max_size=depth - 1))
    output = draw(st.sampled_from(OUTPUTS.get(cost, tuple(sorted(ACTIVATIONS)))))
    return {
        "widths": tuple(draw(st.lists(st.integers(1, 7), min_size=depth + 1, max_size=depth + 1))),
        "activations": (*hidden, output), "cost": cost, "batch": draw(st.integers(1, 5)),
        "factor": draw(st.sampled_from(["1", "1/2", "0.3", "2"])) if cost == "quadratic" else None,
        "penalty": draw(st.sampled_from(sorted(PENALTIES))), "strength": draw(st.sampled_from([0.1, 0.5])),
        "bias": draw(st.booleans()), "mean": draw(st.booleans()), "seed": draw(st.integers(0, 10**6)),
    }


def network_of(a: dict[str, Any]) -> Network:
    stages = [str(a["widths"][0]), *(f"{n}:{f}" for n, f in zip(a["widths"][1:], a["activations"], strict=True))]
    return Network("-".join(stages), cost=a["cost"], factor=a["factor"], bias=a["bias"],
                   regularize=f"{a['penalty']}:{a['strength']}" if a["penalty"] else None,
                   reduce="mean" if a["mean"] else "sum")


def dense_of(a: dict[str, Any]) -> Dense:
    penalty, strength = PENALTIES[a["penalty"]]
    numerator, _, denominator = (a["factor"] or "1").partition("/")
    return Dense(a["widths"], a["activations"], a["cost"], float(numerator) / float(denominator or 1), penalty,
                 strength(a["strength"], a["batch"]), a["mean"])


def worst(found: dict[str, Any], exact: dict[str, Any], cost: float) -> float:
    """The greatest error, relative to the size of that gradient (or of the cost, where a gradient cancels to 0)."""
    assert found.keys() == exact.keys()
    assert all(found[name].shape == exact[name].shape for name in exact)
    return max(float(np.abs(found[n] - exact[n]).max() / max(np.abs(exact[n]).max(), abs(cost), 1e-2)) for n in exact)


def along(value: Any, params: dict[str, Any], direction: dict[str, Any], h: float) -> float:
    """The slope of the cost in one direction, by differences of two widths."""
    def moved(step: float) -> float:
        return float(value({name: array + step * direction[name] for name, array in params.items()}))

    wide, narrow = ((moved(step) - moved(-step)) / (2 * step) for step in (2 * h, h))
    return (4 * narrow - wide) / 3


@pytest.mark.sweep
@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(architectures())
def test_four_ways_to_the_gradient(a: dict[str, Any]) -> None:
    derivation = over_samples(forward(network_of(a)), mean=a["mean"])
    module, dense, rng = load_source(emit(explain(derivation))), dense_of(a), np.random.default_rng(a["seed"])
    params = {name: array + 0.1 * rng.standard_normal(array.shape) for name, array in module.init(rng).items()}
    x, y = rng.uniform(-1, 1, (a["batch"], a["widths"][0])), targets(a["cost"], (a["batch"], a["widths"][-1]), rng)
    kink = dense.nearest_kink(params, x, y)
    assume(kink > 1e-4)
    cost, grads = module.cost_and_gradients(params, x, y)
    assert abs(cost - dense.value(params, x, y)) <= EXACT * max(abs(cost), 1)

    values = run(reverse(derivation), {**params, "x": x, "y": y}, {})
    assert worst(grads, {n: values[adjoints_of(derivation)[n]] for n in params}, cost) < EXACT
    assert worst(grads, dense.gradients(params, x, y), cost) < EXACT

    direction = {name: rng.standard_normal(array.shape) for name, array in params.items()}
    norm = np.sqrt(sum((v**2).sum() for v in direction.values()))
    direction = {name: v / norm for name, v in direction.items()}
    slope = along(lambda p: dense.value(p, x, y), params, direction, min(2e-4, kink / 50))
    size = np.sqrt(sum((g**2).sum() for g in grads.values()))
    assert abs(sum((grads[n] * direction[n]).sum() for n in params) - slope) <= NUMERIC * max(size, abs(cost), 1e-2)

    single = {name: array.astype(np.float32) for name, array in params.items()}
    cost_32, grads_32 = module.cost_and_gradients(single, x.astype(np.float32), y.astype(np.float32))
    assert {np.asarray(v).dtype for v in (cost_32, *grads_32.values())} == {np.dtype(np.float32)}
    assert worst(grads_32, grads, cost) < SINGLE
