"""stop(...): a value that nothing is passed back through, in every part of the program that meets one."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from cost_slopes import central, complex_step, mpmath_difference

from derive.calculus.reverse import reverse
from derive.check.decide import Decider
from derive.claims.context import Context
from derive.codegen.comments import equation_text
from derive.evaluate import evaluate, held, stops
from derive.functions.record import choose, mod, released, stop
from derive.gradcheck.emitted import load_source
from derive.gradcheck.proof import prove
from derive.gradcheck.second import prove_second
from derive.ir import Derivation
from derive.latex.document import document
from derive.notation import notation
from derive.pipeline import emit, read
from derive.text import read_equations, write_equations

ONCE = """
data x[k: 3], y[j: 2]
parameter w[j: 2, k: 3], v[j: 2]
z[j] = sum(w[j,k]*x[k], k)
a[j] = tanh(z[j])*stop(v[j] + stop(z[j])^2) + sum(stop(w[j,k])*x[k]*v[j], k)
C = 1/2*sum((a[j] - stop(a[j]) + y[j]*v[j]*a[j])^2, j)
"""
ROLLING = """
data x[t: 1..4]
parameter w
time t = 1..4
h[0] = 1/2
for t:
    h[t] = tanh(w*choose(mod(t - 1, 2), h[t-1], stop(h[t-1])) + x[t])
C = sum(h[t]^2*stop(w), t)
"""
MODELS = {"once": ONCE, "rolling": ROLLING}


def point(model: Derivation) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    return {t.name: rng.normal(size=[int(axis.size) for axis in t.axes]) for t in model.of_role("data", "parameter")}


@pytest.mark.parametrize("text", MODELS.values(), ids=MODELS)
def test_differences_hold_what_is_stopped(text: str) -> None:
    model = read_equations(text, "model")
    given = point(model)
    values = evaluate(reverse(model), given)
    for parameter in model.learnt:
        exact = values[f"dC_d{parameter.name}"]
        for way in (central, complex_step, mpmath_difference):
            found = np.asarray(way(model, given, parameter.name), float)
            np.testing.assert_allclose(found, exact, rtol=1e-7, atol=1e-9)
    fixed, arrays = held(model, given)
    assert evaluate(fixed, given | arrays)["C"] == pytest.approx(values["C"]) and not stops(fixed) and stops(model)


@pytest.mark.parametrize("text", MODELS.values(), ids=MODELS)
def test_the_code_is_right_and_says_nothing_of_stops(text: str) -> None:
    model = read_equations(text, "model")
    source = emit(model)
    assert "stop(" not in "".join(line for line in source.partition("import numpy")[2].splitlines() if "#" not in line)
    for row in prove(load_source(source), model, 50, 1):
        assert row.right, row


@pytest.mark.parametrize("kind", ["hvp", "gauss-newton"])
def test_second_derivatives_stop_there_too(kind: str) -> None:
    model = read("seq(3x1)-rnn(1,truncate=2)-1", {}, notation("nielsen")).many
    rows = prove_second(load_source(emit(model, second=kind)), model, kind, 1)
    assert all(row.right for row in rows)


def test_a_step_is_learnt_as_if_it_were_a_line() -> None:
    """The straight-through estimator, an activation that is typed."""
    model = read("2-3-1", {"activation": "z + stop(step(z) - z)"}, notation("nielsen")).many
    source = emit(model)
    assert "return np.heaviside(z, 0)\n" in source
    module = load_source(source)
    assert all(row.right for row in prove(module, model, 50, 1))
    x = np.random.default_rng(0).normal(size=(4, 2))
    assert set(np.unique(module.predict(module.init(np.random.default_rng(1)), x))) <= {0.0, 1.0}


def test_it_is_read_printed_and_explained() -> None:
    model = read_equations(ROLLING, "model")
    assert write_equations(read_equations(write_equations(model), "again")) == write_equations(model)
    assert "choose(mod(t - 1,2),h[t - 1],stop(h[t - 1]))" in equation_text([*model.equations()][1])
    text = str(document(model))
    assert r"(t - 1) \bmod 2 > 0" in text and r"\operatorname{stop}(z)$ is $z$ as a number" in text
    assert r"[\,t \bmod 2 > 0\,]" in text


@pytest.mark.parametrize(("claim", "verdict"), [
    (r"\frac{dC}{dx} = 3 \operatorname{stop}(x)^2 + x", "right"), (r"\frac{dC}{dx} = 5 x", "wrong"),
    (r"\frac{dC}{dx} = 3 x^2 + x", "right"), (r"\frac{d^2 C}{dx^2} = 1", "right"),
    (r"\frac{d^2 C}{dx^2} = 6 x + 1", "wrong"),
    (r"C = \sum_{t=1}^{3} (t \bmod 2) (\frac12 x^2 + \frac{x^3}{2} + x^3 - \frac{x^3}{2} - \frac{x^2}{4})", "wrong"),
    (r"C = \frac12 \sum_{t=1}^{3} (t \bmod 2) (3 x^3 + \frac{x^2}{2})", "right")])
def test_the_checker_knows_it(claim: str, verdict: str) -> None:
    context = Context((r"C = 3 x \operatorname{stop}(x)^2 + \frac12 x^2",))
    assert Decider(context).check(claim).verdict == verdict


def test_a_value_without_its_stops() -> None:
    z, c = sp.symbols("z c", real=True)
    assert released(choose(c, z, stop(z))) == z and released(stop(z + stop(c)) * z) == z * (z + c)
    assert stop(stop(z)) == stop(z) and stop(sp.Integer(2)) == 2 and sp.diff(z * stop(z), z) == stop(z)
    assert [mod(sp.Integer(n), 3) for n in (-1, 0, 4)] == [2, 0, 1] and sp.diff(mod(z, 3), z) == 1
