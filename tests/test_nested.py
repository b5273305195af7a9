"""Gradients inside of a cost, against differences, the interpreter and autograd."""

from __future__ import annotations

import numpy as np
import pytest
from cost_slopes import complex_step
from models import drawn, run

from derive.calculus.nested import written_out
from derive.calculus.reverse import reverse
from derive.errors import DeriveError
from derive.gradcheck.emitted import load_source
from derive.gradcheck.proof import prove
from derive.ir import Derivation
from derive.pipeline import emit
from derive.samples import over_samples
from derive.text import read_equations
from derive.text.printer import write_equations

HEAD = """
data x[k: 3], y[j: 2]
parameter w[j: 2, k: 3], b[j: 2]
z[j] = sum(w[j,k]*x[k], k) + b[j]
a[j] = sigmoid(z[j])
C0 = 1/2*sum((a[j] - y[j])^2, j)
"""
CONVOLUTION = """
data x[p: 9], y[i: 4]
parameter w[k: 3]
index i = 4, k = 3
z[i] = sum(x[2*i+k]*w[k], k)
a[i] = tanh(z[i])
C0 = sum((a[i] - y[i])^2, i)
C = C0 + sum(grad(C0, x[p])^2, p)
"""
RECURRENT = """
time t = 1..3
index j = 2, k = 2
data x[t, k], y[j]
parameter u[j, k], w[j, q: 2]
h[0, j] = 0
for t:
    h[t,j] = tanh(sum(u[j,k]*x[t,k], k) + sum(w[j,q]*h[t-1,q], q))
C0 = sum((h[3,j] - y[j])^2, j)
C = C0 + sum(grad(C0, x[t,k])^2, t, k)
"""
CRITIC = """
data x[k: 3]
parameter w1[j: 4, k: 3], b1[j: 4], w2[j: 4]
z[j] = sum(w1[j,k]*x[k], k) + b1[j]
D = sum(w2[j]*tanh(z[j]), j)
g[k] = grad(D, x[k])
C = 10*(sqrt(sum(g[k]^2, k)) - 1)^2 - D
"""
COSTS = {
    "a named gradient": HEAD + "g[k] = grad(C0, x[k])\nC = C0 + 3*sum(g[k]^2, k)",
    "a gradient in a sum": HEAD + "C = C0 + 3*sum(grad(C0, x[k])^2, k)",
    "by a parameter": HEAD + "C = C0 + sum(grad(C0, w[j,k])^2, j, k) + sum(grad(C0, b[j])^2, j)",
    "the distance from 1": HEAD + "D = sum(a[j], j)\nn = sqrt(sum(grad(D, x[k])^2, k))\nC = C0 + (n - 1)^2",
    "one entry": HEAD + "C = C0 + grad(C0, x[1])^2",
    "a gradient of a gradient": HEAD + "P = sum(grad(C0, x[k])^2, k)\nC = C0 + sum(grad(P, x[k])^2, k)",
    "as matrices": HEAD + "g = grad(C0, x)\nC = C0 + sum(g^2)",
    "no path": HEAD + "data u[k: 3]\nC = C0 + sum(grad(C0, u[k])^2, k) + sum(u[k], k)",
    "a convolution": CONVOLUTION,
    "through time": RECURRENT,
}


def model(name: str) -> Derivation:
    return written_out(read_equations(COSTS[name]))


@pytest.mark.parametrize("name", COSTS)
def test_the_gradient_is_what_the_complex_step_finds(name: str) -> None:
    derivation = model(name)
    given = drawn(derivation, {})
    values = run(reverse(derivation), given, {})
    for tensor in derivation.of_role("parameter"):
        expected = complex_step(derivation, given, tensor.name)
        np.testing.assert_allclose(values[f"dC_d{tensor.name}"], expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["a gradient in a sum", "a convolution", "through time"])
def test_the_value_is_the_cost_with_its_own_differences_in_it(name: str) -> None:
    derivation = model(name)
    given = drawn(derivation, {})
    values = run(derivation, given, {})
    inner = Derivation(derivation.tensors, derivation.statements, "C0")
    slope = np.asarray(complex_step(inner, given, "x"))
    factor = 3 if "sum" in name else 1
    assert values["C"] == pytest.approx(values["C0"] + factor * (slope**2).sum(), rel=1e-10)


def test_the_users_name_is_kept_and_the_text_is_read_back() -> None:
    derivation = model("a named gradient")
    assert "g" in derivation.by_name and "dC0_dx" not in derivation.by_name
    again = read_equations(write_equations(derivation))
    given = drawn(derivation, {})
    assert run(again, given, {})["C"] == pytest.approx(run(derivation, given, {})["C"])


def test_every_example_has_a_gradient_of_its_own() -> None:
    derivation = model("a named gradient")
    batch = over_samples(derivation)
    given = drawn(batch, {"m": 4})
    parts = [run(derivation, {n: v[s] if n in "xy" else v for n, v in given.items()}, {})["C"] for s in range(4)]
    assert run(batch, given, {"m": 4})["C"] == pytest.approx(np.mean(parts))


@pytest.mark.parametrize(("line", "said"), [
    ("C = grad(a[0], x[0])", "no single number"), ("C = grad(C0)", "takes a value and what"),
    ("C = grad(2*C0, x[0])", "takes a value and what"), ("C = grad(q, x[0])", "'q' is not declared"),
    ("C = sum(grad(a, x))", "no single number"), ("C = sum(grad(C0, k), k)", "'k'")])
def test_refusals(line: str, said: str) -> None:
    with pytest.raises(DeriveError, match=said):
        written_out(read_equations(HEAD + line))


def test_a_gradient_inside_of_a_loop_is_refused() -> None:
    text = RECURRENT.replace("C = C0 + sum(grad(C0, x[t,k])^2, t, k)", "for t:\n    q[t] = grad(C0, x[t,0])\nC = q[1]")
    with pytest.raises(DeriveError, match="inside of a loop"):
        written_out(read_equations(text))


def test_wasserstein_penalty_agrees_with_autograd() -> None:
    autograd = pytest.importorskip("autograd", reason="pip install autograd")
    import autograd.numpy as anp

    derivation = over_samples(written_out(read_equations(CRITIC)))
    given = drawn(derivation, {"m": 5})
    values = run(reverse(derivation), given, {"m": 5})

    def critic(x, w1, b1, w2):  # type: ignore[no-untyped-def]
        return anp.tanh(x @ w1.T + b1) @ w2

    def cost(w1, b1, w2):  # type: ignore[no-untyped-def]
        slopes = autograd.elementwise_grad(critic)(given["x"], w1, b1, w2)
        norm = anp.sqrt(anp.sum(slopes**2, axis=1))
        return anp.mean(10 * (norm - 1) ** 2 - critic(given["x"], w1, b1, w2))

    names = ("w1", "b1", "w2")
    for number, name in enumerate(names):
        expected = autograd.grad(cost, number)(*(given[n] for n in names))
        np.testing.assert_allclose(values[f"dC_d{name}"], expected, rtol=1e-10)


@pytest.mark.parametrize(("name", "style"), [(name, style) for name in COSTS for style in ("plain", "fast")
                                             if (name, style) != ("through time", "fast")])
def test_the_emitted_code_is_right(name: str, style: str) -> None:
    derivation = over_samples(model(name))
    module = load_source(emit(derivation, style=style))
    assert all(row.right for row in prove(module, derivation, 5, 0))
