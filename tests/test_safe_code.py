"""Code of formulas as people type them, where an exponential of what goes in is too large: 709, in float32 88.

The right values are those of the typed equations, with 900 digits.
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np
import pytest

from derive.calculus.explain import explain
from derive.calculus.reverse import adjoints_of, reverse
from derive.evaluate import evaluate
from derive.forward import forward
from derive.gradcheck.emitted import load_source
from derive.ir import Derivation
from derive.samples import over_samples
from derive.spec import Network
from derive.targets.numpy import emit
from derive.text.reader import read_equations

HEAD = """data x[i: 4], y[i: 4]
parameter t[i: 4]
z[i] = t[i] + x[i]
"""
STEPS = """data x[t: 1..2, i: 4], y[i: 4]
parameter w[i: 4]
time t = 1..2
h[0,i] = 0
for t:
    v[t,i] = x[t,i] + w[i]*(1 + h[t-1,i])
    h[t,i] = exp(v[t,i])/sum(exp(v[t,j]), j)
C = sum(y[i]*h[2,i]^2, i)
"""
FORMS = {
    "softmax in a line": "a[i] = exp(z[i])/sum(exp(z[j]), j)\nC = -sum(y[i]*log(a[i]), i)",
    "log of a softmax in a line, with a temperature": "C = -sum(y[i]*log(exp(2*z[i])/sum(exp(2*z[j]), j)), i)",
    "a difference as exponent": "a[i] = exp(z[i] - y[i])/sum(exp(z[j] - y[j]), j)\nC = sum(y[i]*a[i]^2, i)",
    "one behind another": "p[i] = log(sum(exp(z[j]^2/8), j))*z[i]\nC = log(sum(exp(p[i]), i)) - sum(y[i]*p[i], i)",
    "log-sum-exp": "C = log(sum(exp(z[c]), c)) - sum(y[i]*z[i], i)",
    "its entropy": "e[i] = exp(z[i])\ns = sum(e[i], i)\np[i] = e[i]/s\nC = -sum(y[i]*p[i]*log(p[i]), i)",
    "a sum with more in it": "s = 1 + sum(exp(z[j]) + exp(-z[j]), j)\nC = sum(y[i]*exp(z[i])/s, i) + log(s)/7",
    "a mixture": "g[i] = y[i]*exp(-(z[i] - y[i])^2/2)\np = sum(g[i], i)\nC = -log(p)",
    "a mixture of two": "C = -sum(log(y[i]*exp(-(z[i] - 1)^2/2) + exp(-(z[i] + 1)^2/2)), i)",
    "log(exp + exp)": "C = sum(log(exp(z[i]) + exp(y[i])) + y[i]*log(exp(z[i]) + exp(-z[i])), i)",
    "logistic loss": "C = sum(y[i]*log(1 + exp(-z[i])) + (1 - y[i])*log(1 + exp(z[i])), i)",
    "focal loss": "p[i] = sigmoid(z[i])\nC = -sum(y[i]*(1 - p[i])^2*log(p[i]) + (1 - y[i])*p[i]^2*log(1 - p[i]), i)",
    "sigmoid and tanh by exponentials":
        "a[i] = 1/(1 + exp(-z[i]))\nb[i] = (exp(z[i]) - exp(-z[i]))/(exp(z[i]) + exp(-z[i]))\n"
        "C = sum(y[i]*a[i]*b[i], i)",
    "softmax in a loop": "",
}
AT = {"moderate": (0.3, -1.2, 0.7, 2.1), "beyond float32": (95.0, -95.0, 93.0, 0.5),
      "far apart": (1000.0, -1000.0, 998.5, 0.5), "far below": (-1000.0, -999.0, -1001.0, -1002.5)}
LIMIT = {"float64": 1e-9, "float32": 1e-3}


@cache
def made(form: str) -> tuple[Derivation, Any]:
    """The equations of one example as typed, and the module of a minibatch."""
    one = read_equations(HEAD + FORMS[form] if FORMS[form] else STEPS)
    return one, load_source(emit(explain(over_samples(one)), style="fast"))


@pytest.mark.parametrize("form", FORMS)
def test_no_exponential_overflows(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("derive.evaluate.interpreter.DIGITS", 900)  # 1 - sigmoid(1000) is 1e-434
    one, module = made(form)
    exact = reverse(one)
    (parameter,) = (t.name for t in one.of_role("parameter"))
    for where, at in AT.items():
        for dtype, limit in LIMIT.items():
            shape = (2, 4) if form == "softmax in a loop" else (4,)
            t, x, y = np.array(at, dtype), np.zeros(shape, dtype), np.array([0.25, 0.125, 0.5, 0.125], dtype)
            arrays = {name: array.astype(float) for name, array in ((parameter, t), ("x", x), ("y", y))}
            values = evaluate(exact, arrays, {}, "mpmath")
            right = float(values[one.cost][()]), values[adjoints_of(one)[parameter]].astype(float)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                params = {parameter: t}
                found = [module.cost_and_gradients(params, x[None], y[None]),
                         module.Gradient(1, dtype=dtype)(params, x[None], y[None])]
                module.predict(params, x[None])
            for cost, gradients in found:
                assert cost == pytest.approx(right[0], rel=limit, abs=limit), (where, dtype)
                apart = np.abs(gradients[parameter] - right[1]).max()
                assert apart <= limit * max(1.0, np.abs(right[1]).max()), (where, dtype, gradients, right)


@pytest.mark.parametrize("cost", [
    "sum(y[j]*log(y[j]/a[j]), j)", "sum(y[j]*(log(y[j]) - log(a[j])), j)",
    "sum(y[j]*log(y[j]) - y[j]*log(a[j]^2)/2, j)",
])
def test_a_divergence_from_one_hot_targets_is_the_cross_entropy(cost: str) -> None:
    """0*log(0) is 0, its limit, and the logarithm of a softmax that rounds to 0 is a number."""
    rng = np.random.default_rng(0)
    params = {"w1": 500 * rng.standard_normal((4, 3)), "b1": np.zeros(4)}
    x, y = rng.uniform(size=(5, 3)), np.eye(4)[[0, 1, 2, 3, 3]]
    typed, known = (load_source(emit(explain(over_samples(forward(Network("3-4:softmax", cost=text))))))
                    for text in (cost, "cross_entropy"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, right = (module.cost_and_gradients(params, x, y) for module in (typed, known))
    assert found[0] == pytest.approx(right[0]) and right[0] > 100
    assert np.allclose(found[1]["w1"], right[1]["w1"])
