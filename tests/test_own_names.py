"""Arrays called as a step of the fast code calls something of its own: half, rows, x_0, grad_w."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from derive.functions.record import PRIMITIVES, activations
from derive.gradcheck.emitted import load_source
from derive.notation import notation
from derive.pipeline import emit, equations
from derive.plan.taken import set_apart
from derive.text import read_equations
from derive.text.names import RESERVED

MODELS = {
    "sigmoid": """sample s = m
        data x[s,k: 5], y[s,j: 4]
        parameter w[j,k], b[j]
        a[s,j] = sigmoid(sum(w[j,k]*x[s,k], k) + b[j])
        C = sum((a[s,j] - y[s,j])^2, s, j)/(2*m)""",
    "softmax": """sample s = m
        data x[s,k: 5], y[s,j: 4]
        parameter w[j,k], b[j]
        z[s,j] = sum(w[j,k]*x[s,k], k) + b[j]
        e[s,j] = exp(z[s,j])
        a[s,j] = e[s,j]/sum(e[s,j], j)
        C = -sum(y[s,j]*log(a[s,j]), s, j)/m""",
    "relu": """sample s = m
        data x[s,k: 5], y[s,j: 4]
        parameter w[i: 450,k], b[i], v[j,i]
        z[s,i] = sum(w[i,k]*x[s,k], k) + b[i]
        a[s,i] = max(z[s,i], 0)
        f[s,j] = sum(v[j,i]*a[s,i], i)
        C = sum((f[s,j] - y[s,j])^2, s, j)/(2*m)""",
}
"""What has a half, a softmax with examples last, rows of zeros, blocks and what is broadcast over long rows."""


Names = Mapping[str, str]
"""The arrays that are called otherwise, by what they are called in `MODELS`."""


def source(model: str, new: Names) -> str:
    """The fast module, with some arrays called otherwise."""
    called = re.sub(r"\w+", lambda found: new.get(found[0], found[0]), MODELS[model])
    return emit(equations(read_equations(re.sub(r"\n +", "\n", called)), notation("nielsen")).many, style="fast")


@cache
def usual(model: str) -> tuple[str, Any]:
    """Its text and the module, with the names of `MODELS`."""
    text = source(model, {})
    return text, load_source(text)


def names(model: str) -> list[str]:
    """All that the module calls something, in the order of the alphabet."""
    tree = ast.walk(ast.parse(usual(model)[0]))
    found = {n.id if isinstance(n, ast.Name) else n.arg for n in tree if isinstance(n, ast.Name | ast.arg)}
    refused = {*RESERVED, *PRIMITIVES, *activations()}
    return sorted(n for n in found if n[0] != "_" and n not in refused.union(re.findall(r"\w+", MODELS[model])))


def agrees(model: str, new: Names) -> None:
    """Cost and gradients of the class, of fixed data, of parts and of the plain functions are those of the model."""
    _, known = usual(model)
    found: Any = load_source(source(model, new))
    rng = np.random.default_rng(0)
    params = {name: a + 0.1 * rng.standard_normal(a.shape) for name, a in known.init(rng).items()}
    own = {new.get(name, name): a for name, a in params.items()}
    for batch in (1, 3, 200):
        data = rng.random((batch, 5)), rng.random((batch, 4))
        cost, grads = known.cost_and_gradients(params, *data)
        parts = [found.Gradient(batch, max_bytes=20_000)] if hasattr(found, "_in_parts") else []
        ways = [found.cost_and_gradients, *(one for one in (found.Gradient(batch), *parts))]
        for way in [*ways, lambda own, x, y, m=batch: found.Gradient(m).fixed(x, y)(own)]:
            value, gradients = way(own, *data)
            assert value == pytest.approx(cost, rel=1e-9)
            for name, expected in grads.items():
                np.testing.assert_allclose(gradients[new.get(name, name)], expected, atol=1e-10)
        np.testing.assert_allclose(found.Predict(batch)(own, data[0]), known.predict(params, data[0]), rtol=1e-9)


@pytest.mark.parametrize(("model", "old", "new"), [
    ("sigmoid", "w", "half"), ("sigmoid", "b", "one"), ("sigmoid", "a", "ones_rows"), ("sigmoid", "b", "x_0"),
    ("sigmoid", "w", "grad_b"), ("sigmoid", "b", "scale2"), ("sigmoid", "y", "rows"), ("sigmoid", "x", "copy"),
    ("sigmoid", "b", "w_T"), ("softmax", "w", "c1"), ("softmax", "z", "b_rows"), ("softmax", "b", "a_flipped"),
    ("relu", "b", "zero"), ("relu", "w", "zero_450"), ("relu", "v", "unbuffered"), ("relu", "z", "bool"),
    ("relu", "b", "parts_grad_w"), ("relu", "w", "spare")])
def test_an_array_may_be_called_so(model: str, old: str, new: str) -> None:
    """The first was multiplied by the parameter where one half was meant, in silence."""
    agrees(model, {old: new})


@pytest.mark.sweep
@pytest.mark.parametrize("model", MODELS)
def test_no_name_of_a_step_is_that_of_an_array(model: str) -> None:
    """Two parameters, a value and data of a model at once; every name is that of one of them."""
    wrong, every = {}, names(model)
    for four in (every[n:n + 4] for n in range(0, len(every), 4)):
        try:
            agrees(model, dict(zip("wbax", four, strict=False)))
        except Exception as error:  # whatever NumPy and Python say of a name that means two things
            wrong[", ".join(four)] = str(error)
    assert not wrong


@pytest.mark.parametrize(("given", "expected"), [
    (["x", "x_0"], ["x", "x_0_"]), (["W", "W_h"], ["W", "W_h"]), (["h_0"], ["h_0"]), (["w", "w_T"], ["w", "w_T_"]),
    (["half", "half_"], ["half__", "half_"]), (["c1", "c2"], ["c1", "c2"]), (["a", "a_t_column"], ["a", "a_t_column_"]),
    (['grads["half"]'], ['grads["half"]'])])
def test_other_names_stay(given: list[str], expected: list[str]) -> None:
    assert [*set_apart(dict(zip(given, given, strict=True))).values()] == expected
