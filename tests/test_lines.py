"""Every line that is printed is true: both sides of each equals sign as numbers.

The left side is dC/dx by the complex step of the cost, which knows no chain rule; a `Partial` in a
line is the local derivative by a complex step through one equation.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cost_slopes import complex_step
from models import MODELS, drawn, has_loop, model, run

from derive.calculus.explain import explain
from derive.calculus.reasons import along
from derive.evaluate import evaluate_left, evaluate_line
from derive.forward import forward
from derive.functions.record import activations, vector_activations
from derive.ir import Derivation
from derive.model.cost import costs
from derive.samples import over_samples
from derive.spec import load
from derive.text import read_equations

POLICIES = ["delta", "activation", "none"]
BATCHED = ["one layer", "two layers, tanh", "softmax, cross-entropy", "sigmoid, binary cross-entropy", "regularized"]


def check_lines(forward: Derivation, sizes: dict[str, Any], policy: Any, wrt: list[str] | None = None) -> int:
    explanation = explain(forward, wrt, policy)
    given = drawn(forward, sizes)
    values = run(explanation.derivation, given, sizes)
    for chain in explanation.chains:
        assert chain.tensor.of is not None
        if forward.tensor(chain.tensor.of).role in ("parameter", "data") and not has_loop(forward):
            found = complex_step(forward, given, chain.tensor.of, sizes=sizes)
            np.testing.assert_allclose(values[chain.tensor.name], found, rtol=1e-11, atol=1e-13)
        for line in chain.lines:
            left = evaluate_left(explanation.derivation, values, line.equation, sizes=sizes)
            right = evaluate_line(explanation.derivation, values, line.equation, sizes=sizes)
            np.testing.assert_allclose(right, left, rtol=1e-11, atol=1e-13, err_msg=f"{chain.tensor.name}: {line.rule}")
    return sum(len(c.lines) for c in explanation.chains)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", MODELS)
def test_every_line_is_true(name: str, policy: str) -> None:
    derivation, sizes = model(name)
    wrt = [t.name for t in derivation.of_role("parameter")]
    assert check_lines(derivation, sizes, policy, wrt) >= len(wrt)


def test_the_same_is_explained_once() -> None:
    """By what, and by which policy, tells one derivation of the same equations from another."""
    derivation, _ = model("two layers, tanh")
    names = [t.name for t in derivation.learnt]
    assert explain(derivation) is explain(derivation, iter(names), "delta")
    others = [explain(derivation, names[:1]), explain(derivation, names[::-1]), explain(derivation, policy="none")]
    assert len({id(one) for one in (explain(derivation), *others)}) == 4


@pytest.mark.parametrize("name", BATCHED)
def test_every_line_is_true_for_a_minibatch(name: str) -> None:
    derivation, sizes = model(name)
    assert check_lines(over_samples(derivation), sizes | {"m": 3}, "delta") > 0


@pytest.mark.parametrize("name", ["one layer", "two layers, tanh", "strided convolution"])
def test_every_line_of_the_gradient_of_the_input_is_true(name: str) -> None:
    derivation, sizes = model(name)
    assert check_lines(derivation, sizes, "delta", ["x"]) > 0


ACTIVATIONS = sorted({a.name for a in (*activations().values(), *vector_activations().values())})
SETTINGS = [(f"3-2:{hidden}-2:sigmoid", {"cost": "quadratic"}) for hidden in ACTIVATIONS]
SETTINGS += [(f"3-2-2:{known.output or 'sigmoid'}", {"cost": known.name})
             for known in sorted(set(costs().values()), key=lambda cost: cost.name)]
SETTINGS += [("3-2-2", {"regularize": "l2:lambda/2m:0.1"}), ("3-2-2", {"regularize": "l1:0.1"}),
             ("3-2-2", {"bias": False}), ("3-2-2", {"activation": "z/(1+exp(-z))"}), ("2-2-2-2-2-1", {})]


@pytest.mark.parametrize(("line", "choices"), SETTINGS)
@pytest.mark.parametrize("policy", ["delta", "activation"])
def test_every_line_of_a_dense_network_is_true(line: str, choices: dict[str, Any], policy: str) -> None:
    """Every activation and cost there is, for a minibatch of three."""
    derivation = over_samples(forward(load(line, **choices)))
    assert check_lines(derivation, {"m": 3}, policy) > 0


TWO = """
data x[k: 2], y[q: 2]
parameter w[j: 3, k: 2], v[q: 2, j: 3]
z[j] = sum(w[j,k]*x[k], k)
a[j] = tanh(z[j])
u[q] = sum(v[q,j]*a[j], j)
C = sum((u[q] - y[q])^2, q)
"""
ALONE = "data x, y\nparameter w, v, g\nz = w*x + v\na = tanh(z)\nC = (a - y)^2 + w^2 + 0*g\n"
WORDS = [
    (TWO, "delta", "u[q]", "stands in the cost itself", False),
    (TWO, "delta", "w[j, k]", "reaches the cost only through z[j]", True),
    (TWO, "delta", "z[j]", "reaches the cost only through a[j], which feeds every u[q]: sum over all of them", True),
    (TWO, "none", "w[j, k]", "reaches the cost only through z[j], then feeds every u[q]: sum over all of them", True),
    (ALONE, "none", "v", "reaches the cost only through z", True),
    (ALONE, "none", "w", "acts along several paths: add what comes along each", False),
    (ALONE, "none", "g", "does not reach the cost", False)]


@pytest.mark.parametrize(("equations", "policy", "of", "expected", "is_path"), WORDS)
def test_the_chain_rule_in_words(equations: str, policy: Any, of: str, expected: str, is_path: bool) -> None:
    """Along what was put in; and along one path, as where a gradient has cases."""
    line = explain(read_equations(equations), None, policy).chain(of.partition("[")[0]).lines[0]
    assert line.reason.text.format(*line.reason.about) == f"{of} {expected}"
    path = along(line.reason.about[0], line.equation.terms[0])
    assert (path == line.reason) if is_path else path is None


def test_a_wrong_line_is_found() -> None:
    """The test above can fail: one sign turned in one line."""
    derivation, _ = model("one layer")
    explanation = explain(derivation)
    values = run(explanation.derivation, drawn(derivation, {}), {})
    line = explanation.chain("w").lines[-1].equation
    wrong = line.map(lambda body: -body)
    left = evaluate_left(explanation.derivation, values, line)
    assert not np.allclose(evaluate_line(explanation.derivation, values, wrong), left)
