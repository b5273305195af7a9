"""Mixed networks and typed equations in the fast code: no value changes, whatever passes run and whatever is large."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from mixed import agrees, networks, records, typed
from test_random_models import models

from derive.calculus.explain import explain
from derive.gradcheck.draw import with_constants
from derive.gradcheck.emitted import load_source
from derive.ir import Derivation
from derive.notation import notation
from derive.pipeline import equations
from derive.plan.measured import DEFAULT, Measured
from derive.spec import load
from derive.targets.numpy import variants

DRAWN: dict[str, Any] = {"deadline": None, "database": None, "phases": [Phase.generate], "derandomize": True,
                         "suppress_health_check": list(HealthCheck)}
"""Without shrinking: a failure shows its model at once."""
WAYS = (st.lists(records(), min_size=2, max_size=2), st.lists(st.sampled_from([1, 1, 2, 3, 7, 17, 41, 130]), min_size=2,
        max_size=3, unique=True), st.sampled_from(["float64", "float64", "float32"]), st.booleans(), st.integers(0, 99))
"""Two records, batches, a dtype, whether there is SciPy, a seed."""


def derivation(text: str, **options: Any) -> Derivation:
    return with_constants(equations(load(text, **options), notation("nielsen")).many)


def check(text: str, options: dict[str, Any], measured: Sequence[Measured], batches: Sequence[int], dtype: str,
          scipy: bool, seed: int) -> None:
    """The fast class, written with each of the records, beside the plain functions of its module."""
    forward = derivation(text, **options)
    write = variants(explain(forward))
    with pytest.MonkeyPatch.context() as patched, np.errstate(all="ignore"):
        if not scipy:
            patched.setitem(sys.modules, "scipy.linalg", None)  # what import takes for "not there"
        for one in measured:
            agrees(load_source(write(measured=one)), forward, batches, dtype, seed)


KINDS = {"networks": networks(), "equations": typed().map(lambda text: (text, {})),
         "anything": models().map(lambda text: (text, {}))}


def check_drawn(kind: str, examples: int) -> None:
    @settings(max_examples=examples, **DRAWN)
    @given(KINDS[kind], *WAYS)
    def run(model: tuple[str, dict[str, Any]], measured: Sequence[Measured], batches: Sequence[int], dtype: str,
            scipy: bool, seed: int) -> None:
        check(*model, measured, batches, dtype, scipy, seed)

    run()


@pytest.mark.parametrize("kind", KINDS)
def test_no_pass_changes_a_value(kind: str) -> None:
    check_drawn(kind, 12)


@pytest.mark.sweep
@pytest.mark.parametrize("kind", KINDS)
def test_no_pass_changes_a_value_of_many(kind: str) -> None:
    check_drawn(kind, 50)


FOUND = {
    "no example has an array of its own": ("""
        data x[j: 3]
        parameter w[j: 3], u
        C = sum(w[j]^2, j) + sum(x[j], j)
        """, DEFAULT),
    "an example is larger than a part that stays in the cache": ("""
        data x[k: 3], y[j: 2]
        parameter w[j: 2, k: 3]
        a[j] = tanh(sum(w[j,k]*x[k], k))
        C = sum((a[j] - y[j])^2, j)
        """, replace(DEFAULT, tile_bytes=1)),
    "what is the same for all examples counts once, however often it is named": ("""
        data x[j: 3]
        parameter w[j: 3]
        v[j] = w[j]^2
        u    = sum(v[j], j)
        C    = sum(w[j]*x[j], j) + u^2
        """, DEFAULT),
    "a value that its number picks, in parts": ("""
        data x[k: 3], y, o in 2
        parameter w[j: 2, k: 3]
        u[j] = sum(w[j,k]*x[k], k)
        C    = (u[o] - y)^2
        """, DEFAULT),
    "a number of an example times its matrix": ("""
        data x[i: 2, j: 3]
        parameter w[i: 2, j: 3]
        v = sum(w[i,j], i, j)*sum(x[i,j]*w[i,j], i, j)
        C = exp(v)
        """, DEFAULT),
    "a product of which each factor has sums of its own": ("""
        index j = 3
        data x[i: 2, k: 4]
        parameter w[i: 2]
        v[i]   = sigmoid(w[i])
        u[i,j] = sum(x[i,k], k)*v[i] + w[i]
        C      = sum(sigmoid(u[i,j]), i, j)
        """, DEFAULT),
    "the same is done to a value of the examples and to one of none": ("""
        data x[i: 2, k: 4]
        parameter w[i: 2]
        v[i] = sigmoid(w[i])
        u[i] = sum(x[i,k], k)*v[i] + w[i]
        C    = sum(sigmoid(u[i]), i)
        """, DEFAULT),
    "the same two are multiplied twice, in both orders": ("""
        data x[j: 3], u[j: 3, k: 4]
        parameter w[i: 2, j: 3]
        v[i] = sum(w[i,j]^2, j)*sum(w[i,j]^2, j) + sum(x[j]*x[j], j)
        q[i] = sum(u[j,k], j, k)
        r[j] = sum(silu(v[i] - 1/2)*q[i], i)*sum(v[i], i)
        C    = sum(r[j]^2, j)
        """, DEFAULT),
    "the first of equal layers reads what comes in": ("2x3-flatten" + 5*"-6:tanh" + "-2", DEFAULT),
    "each round of a loop does the same": ("""
        time t = 1..3
        data x[i: 2]
        parameter w
        h[0] = w
        for t:
            h[t] = tanh(sum(silu(x[i] - 1/2), i) + h[t-1])
        C = h[3]
        """, replace(DEFAULT, without=(("apart", "few"),))),
}
"""What the drawn models found: each was refused, crashed, or had wrong gradients in silence."""


@pytest.mark.parametrize(("text", "measured"), FOUND.values(), ids=FOUND)
@pytest.mark.parametrize("batch", [1, 3, 41])
def test_found(text: str, measured: Measured, batch: int) -> None:
    check(dedent(text), {}, [measured], [batch, 2], "float64", True, 1)
