"""The one rule, against derivatives taken from values alone."""

from __future__ import annotations

import numpy as np
import pytest
from cost_slopes import complex_step
from models import MODELS, drawn, model, run

from derive.calculus.reverse import reverse, second_order
from derive.errors import DeriveError
from derive.samples import over_samples
from derive.text import read_equations


def flat(value: object) -> np.ndarray:
    """One vector, also of a list of arrays of different shapes."""
    if isinstance(value, list):
        return np.concatenate([np.ravel(v) for v in value])
    return np.ravel(np.asarray(value, dtype=float))


@pytest.mark.parametrize("name", MODELS)
def test_every_gradient_is_what_the_complex_step_finds(name: str) -> None:
    derivation, sizes = model(name)
    wrt = [t.name for t in derivation.of_role("parameter", "data")]
    given = drawn(derivation, sizes)
    full = reverse(derivation, wrt)
    values = run(full, given, sizes)
    for tensor in full.of_role("adjoint"):
        if tensor.of in wrt:
            expected = complex_step(derivation, given, tensor.of, sizes=sizes)
            np.testing.assert_allclose(flat(values[tensor.name]), flat(expected), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ["one layer", "two layers, tanh", "softmax, cross-entropy", "regularized"])
@pytest.mark.parametrize("mean", [True, False])
def test_the_minibatch_gradient_is_the_mean_or_sum_over_its_examples(name: str, mean: bool) -> None:
    derivation, sizes = model(name)
    batch = over_samples(derivation, mean)
    given = drawn(batch, sizes | {"m": 4})
    whole = run(reverse(batch), given, sizes)
    alone = reverse(derivation)
    parts = [run(alone, {n: v[s] if n in ("x", "y") else v for n, v in given.items()}, sizes) for s in range(4)]
    parameters_only = {"w": 0.1 * given["w"]} if name == "regularized" else {}
    for parameter in derivation.of_role("parameter"):
        total = sum(p[f"dC_d{parameter.name}"] - parameters_only.get(parameter.name, 0) for p in parts)
        expected = total / (4 if mean else 1) + parameters_only.get(parameter.name, 0)
        np.testing.assert_allclose(whole[f"dC_d{parameter.name}"], expected, rtol=1e-12)


TWICE = ["one layer", "softmax, cross-entropy", "any depth", "recurrent", "one weight", "colah"]


@pytest.mark.parametrize("name", TWICE)
def test_a_hessian_vector_product_is_the_rule_applied_twice(name: str) -> None:
    derivation, sizes = model(name)
    twice = second_order(derivation)
    given = drawn(twice, sizes)
    values = run(twice, given, sizes)
    once = reverse(derivation)
    names = [t.name for t in derivation.of_role("parameter")]
    step = 1e-6
    for parameter in names:
        def moved(by: float, parameter: str = parameter) -> np.ndarray:
            shifted = dict(given)
            for other in names:
                change = given[f"v_{other}"]
                old = given[other]
                shifted[other] = [o + by * c for o, c in zip(old, change, strict=True)] if isinstance(old, list) \
                    else old + by * change
            shifted = {n: v for n, v in shifted.items() if n in once.by_name}
            return flat(run(once, shifted, sizes)[f"d{derivation.cost}_d{parameter}"])

        expected = (moved(step) - moved(-step)) / (2 * step)
        np.testing.assert_allclose(flat(values[f"dS_d{parameter}"]), expected, rtol=1e-7, atol=1e-8)


def test_adjoints_of_adjoints_have_names_of_their_own() -> None:
    twice = second_order(model("one layer")[0])
    names = [t.name for t in twice.tensors]
    assert len(names) == len(set(names))
    assert "dS_ddC_dw" in names and "dS_dw" in names


def test_a_value_in_between_and_the_input_can_be_asked_for() -> None:
    derivation, _ = model("one layer")
    assert {"dC_da", "dC_dx"} <= {t.name for t in reverse(derivation, ["a", "x"]).tensors}


def test_what_does_not_lead_to_the_cost_has_no_adjoint() -> None:
    derivation = read_equations("parameter w\ndata x\na = w*x\nunused = w^2\nC = a^2")
    assert "dC_dunused" not in reverse(derivation).by_name


def test_a_parameter_that_the_cost_does_not_read_has_the_gradient_zero() -> None:
    derivation = read_equations("parameter w, v\ndata x\na = w*x\nC = a^2")
    values = run(reverse(derivation), {"w": 2.0, "v": 1.0, "x": 3.0}, {})
    assert values["dC_dw"] == 36 and values["dC_dv"] == 0


@pytest.mark.parametrize(("wrt", "message"), [(["v"], "nothing called 'v'"), ([], "no parameter")])
def test_refusals(wrt: list[str], message: str) -> None:
    with pytest.raises(DeriveError, match=message):
        reverse(read_equations("parameter w\ndata x\na = w*x\nC = a^2"), wrt)
