"""Differences against derivatives that are known, and against each other."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from cost_slopes import central, complex_step, mpmath_difference

from derive.differences import central_with_error
from derive.errors import DeriveError
from derive.text import read_equations

MODEL = """
layer l = 1..L
data x[k: n[0]], y[j: n[L]]
parameter w[l, j: n[l], k: n[l-1]], v
a[0,j] = x[j]
for l:
    a[l,j] = {}(sum(w[l,j,k]*a[l-1,k], k))
C = v^2*sum((a[L,j] - y[j])^2, j)
"""


def given():
    r = np.random.default_rng(3)
    return {"x": r.normal(size=3), "y": r.normal(size=2), "v": np.array(0.7),
            "w": [r.normal(size=(4, 3)), r.normal(size=(2, 4))]}


@pytest.mark.parametrize("function", ["sigmoid", "tanh", "gelu", "softplus", "silu", "elu"])
@pytest.mark.parametrize("wrt", ["w", "x", "v"])
def test_three_ways_agree(function, wrt):
    d, g = read_equations(MODEL.format(function)), given()
    one, other = central(d, g, wrt), complex_step(d, g, wrt)
    parts = zip(one, other, strict=True) if wrt == "w" else [(one, other)]
    for numerical, exact in parts:
        assert numerical.shape == exact.shape
        assert np.allclose(numerical, exact, rtol=1e-8, atol=1e-10)


def test_fifty_digits_agree_with_the_complex_step():
    d, g = read_equations(MODEL.format("sigmoid")), given()
    entries = [(0, 1, 2), (1, 0, 3)]
    precise = mpmath_difference(d, g, "w", entries)
    assert np.allclose(precise.astype(float), complex_step(d, g, "w", entries), rtol=1e-14)


def test_fifty_digits_where_float64_has_none():
    """d/dx of log(1 + exp(x)) at x = -60 is 8.8e-27: beside log(1) it is lost in float64."""
    d = read_equations("data x\nC = log(1 + exp(x))\n")
    with mpmath.workdps(50):
        exact = 1 / (1 + mpmath.exp(60))
        assert abs(mpmath_difference(d, {"x": -60}, "x")[()] / exact - 1) < mpmath.mpf("1e-8")


def test_chosen_entries_come_in_their_order():
    d, g = read_equations(MODEL.format("tanh")), given()
    every = complex_step(d, g, "w")
    chosen = complex_step(d, g, "w", [(1, 1, 0), (0, 2, 1)])
    assert chosen.tolist() == [every[1][1, 0], every[0][2, 1]]


@pytest.mark.parametrize("function, slope", [
    (lambda x: np.sin(3 * x).sum(), lambda x: 3 * np.cos(3 * x)),
    (lambda x: np.exp(9 * x).sum(), lambda x: 9 * np.exp(9 * x)),
    (lambda x: (x**3).sum(), lambda x: 3 * x**2),
])
def test_central_differences_of_a_function(function, slope):
    x = np.array([[0.3, -0.9], [0.11, 0.5]])
    values, errors = central_with_error(function, x)
    assert np.allclose(values, slope(x), rtol=1e-8, atol=1e-10)
    assert np.all(abs(values - slope(x)) <= errors) and errors.max() < 1e-6
    assert np.array_equal(central_with_error(function, x, [(1, 0), (0, 1)])[0], [values[1, 0], values[0, 1]])


def test_float32_takes_larger_steps():
    x = np.array([0.3, -0.9], dtype=np.float32)
    assert np.allclose(central_with_error(lambda v: np.sin(v).sum(), x)[0], np.cos(x), rtol=1e-3)


def test_a_kink_close_by_is_stepped_around_and_one_underfoot_is_owned_up_to():
    values, errors = central_with_error(lambda x: np.abs(x).sum(), np.array([1e-4, -2e-5]))
    assert np.allclose(values, [1, -1], rtol=1e-8) and errors.max() < 1e-8
    value, error = central_with_error(lambda x: np.maximum(x, 0).sum(), np.array([0.0]))
    assert value[0] == 0.5 and error[0] > 0.5


def test_only_what_the_cost_needs_is_computed():
    """log(-1) beside the cost is no reason for a NaN or an error."""
    d = read_equations("data x, q\nu = log(q)\nC = x^2\ncost C\n")
    assert central(d, {"x": 3.0, "q": -1.0}, "x") == pytest.approx(6, rel=1e-9)


def test_an_unknown_name_is_refused():
    with pytest.raises(DeriveError, match="'ww' is not among"):
        central(read_equations(MODEL.format("tanh")), given(), "ww")
