"""Fixed data: `Gradient.fixed` gives the same numbers with less to do; and tiny networks in plain numbers."""

from __future__ import annotations

from functools import cache
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from dense import targets
from hypothesis import given, settings
from hypothesis import strategies as st
from models import MODELS, drawn, model, run
from test_fast_code import EXACT, LOOPS, QUICK, close, fast, many
from test_plan import plan_of

from derive.calculus.explain import explain
from derive.calculus.reverse import adjoints_of, reverse
from derive.gradcheck.emitted import load_source
from derive.ir import Derivation
from derive.plan.module import FastBuilder
from derive.plan.passes import PASSES
from derive.plan.passes.hoisted import hoisted
from derive.plan.record import Plan
from derive.samples import over_samples
from derive.text import read_equations

FORMULAS = {
    "polynomial": """
        sample    i = 30
        data      x[i], y[i]
        parameter w[k: 4]
        f[i] = sum(w[k]*x[i]^k, k)
        C    = 1/2*sum((f[i] - y[i])^2, i)
        """,
    "cosines": """
        sample    i = 20
        data      x[i], y[i]
        parameter w[k: 3], c
        f[i] = c + sum(w[k]*cos(k*x[i]), k)
        C    = sum((f[i] - y[i])^2, i)
        """,
    "odd powers, weighted": """
        sample    i = 12
        data      x[i], y[i], v[i]
        parameter w[k: 3]
        f[i] = sum((k + 1)*w[k]*x[i]^(2*k + 1), k)
        C    = sum(v[i]^2*(f[i] - y[i])^2, i)
        """,
    "errors over a parameter": """
        sample    i = 24
        data      x[i], y[i]
        parameter w[k: 3], r
        f[i] = sum(w[k]*x[i]^k, k)
        e[i] = (f[i] - y[i])/r
        C    = sum(e[i]^2, i)
        """,
    "relative errors": """
        sample    i = 24
        data      x[i], y[i]
        parameter w[k: 3]
        f[i] = sum(w[k]*x[i]^k, k)
        e[i] = (f[i] - y[i])/y[i]
        C    = sum(e[i]^2, i)
        """,
    "decay": """
        sample    i = 15
        data      t[i], y[i]
        parameter a, b
        f[i] = a*exp(-b*t[i]^2)
        C    = sum((f[i] - y[i])^2, i)
        """,
    "a function of the data alone, without a slope": """
        sample    i = 15
        data      x[i], y[i]
        parameter w
        f[i] = w*gelu(x[i])
        C    = sum((f[i] - y[i])^2, i)
        """,
    "a minibatch of points": """
        data      x, y
        parameter w[k: 4]
        f = sum(w[k]*x^k, k)
        C = 1/2*(f - y)^2
        """,
}


@cache
def formula(name: str) -> tuple[Derivation, Any]:
    derivation = read_equations(dedent(FORMULAS[name]))
    derivation = over_samples(derivation) if name == "a minibatch of points" else derivation
    return derivation, load_source(fast(derivation))


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("dtype", list(EXACT))
def test_formulas_of_given_points(name: str, dtype: str) -> None:
    """By the class as ever, and with the data fixed: both as the interpreter."""
    derivation, module = formula(name)
    given_ = {k: v.astype(dtype) for k, v in drawn(derivation, {"m": 9}).items()}
    data = [given_[t.name] for t in derivation.of_role("data")]
    params = {t.name: given_[t.name] for t in derivation.of_role("parameter")}
    values = run(reverse(derivation), {k: v.astype(float) for k, v in given_.items()}, {"m": 9})
    gradient = module.Gradient(9, dtype)
    for found, grads in (gradient(params, *data, copy=True), gradient.fixed(*data)(params)):
        assert close(found, values[derivation.cost], EXACT[dtype])
        for key in params:
            assert grads[key].dtype == dtype
            assert close(grads[key], values[adjoints_of(derivation)[key]], EXACT[dtype]), key


def fixed_agrees(module: Any, derivation: Derivation, batch: int, dtype: str, cost: str, seed: int) -> None:
    """With fixed data, beside the plain functions."""
    rng = np.random.default_rng(seed)
    params = module.init(rng, dtype=dtype)
    inputs, outputs = (int(t.axes[-1].size) for t in derivation.of_role("data"))
    x, y = rng.uniform(0, 1, (batch, inputs)).astype(dtype), targets(cost, (batch, outputs), rng).astype(dtype)
    step = module.Gradient(3, dtype).fixed(x, y)
    for _ in range(2):
        exact, slopes = module.cost_and_gradients(params, x, y)
        found, grads = step(params)
        assert close(found, exact, EXACT[dtype]) and grads.keys() == slopes.keys()
        assert all(close(grads[name], slopes[name], 3 * EXACT[dtype]) for name in slopes)
        params = {name: p - p.dtype.type(0.5) * grads[name] for name, p in params.items()}


@settings(max_examples=16, **QUICK)
@given(widths=st.lists(st.integers(1, 12), min_size=2, max_size=4), hidden=st.sampled_from(["sigmoid", "tanh", "relu"]),
       ends=st.sampled_from([("quadratic", "sigmoid"), ("cross_entropy", "softmax"), ("quadratic", "identity")]),
       batch=st.sampled_from([1, 2, 10, 41, 300]), dtype=st.sampled_from(list(EXACT)), seed=st.integers(0, 99))
def test_any_network_with_fixed_data(widths: list[int], hidden: str, ends: tuple[str, str], batch: int, dtype: str,
                                     seed: int) -> None:
    line = "-".join([str(widths[0]), *(f"{n}:{hidden}" for n in widths[1:-1]), f"{widths[-1]}:{ends[1]}"])
    derivation = many(line, cost=ends[0])
    fixed_agrees(load_source(fast(derivation)), derivation, batch, dtype, ends[0], seed)


@pytest.mark.parametrize("name", sorted(set(MODELS) - LOOPS))
def test_models_with_fixed_data(name: str) -> None:
    derivation, sizes = model(name)
    if not derivation.of_role("data"):
        return
    derivation, sizes = over_samples(derivation), sizes | {"m": 4}
    given_ = drawn(derivation, sizes)
    params = {t.name: given_[t.name] for t in derivation.of_role("parameter")}
    values = run(reverse(derivation), given_, sizes)
    module: Any = load_source(fast(derivation))
    found, grads = module.Gradient(4).fixed(*(given_[t.name] for t in derivation.of_role("data")))(params)
    assert close(found, values[derivation.cost], 1e-11)
    assert all(close(grads[k], values[adjoints_of(derivation)[k]], 1e-11) for k in params)


# -- what is computed once ------------------------------------------------------------------------------


def still(derivation: Derivation, case: str = "few") -> Plan:
    builder = FastBuilder(explain(derivation), {}, PASSES)
    return builder.passed(builder.plan.changed(fixed=True), case)


def functions(statements: Any) -> list[str]:
    return [getattr(s, "function", type(s).__name__) for s in statements]


def test_powers_of_fixed_points_are_taken_once() -> None:
    """What stays: f = V w, f - y, its square, the factor, and the gradient."""
    plan = still(formula("polynomial")[0])
    assert functions(plan.once) == ["np.power"]
    assert functions(plan.statements) == ["Contract", "np.subtract", "Contract", "np.multiply", "Contract"]


def test_a_value_whose_axes_stand_the_other_way_round_is_the_same() -> None:
    """cos(k x[i]) of the formula, by i and k, and of the derivative by w[k], by k and i."""
    assert functions(still(formula("cosines")[0]).once) == ["np.multiply", "np.cos"]


def test_what_depends_on_numbers_alone_is_computed_once_anyway() -> None:
    """The exponents 2k + 1 of data that change."""
    plan = plan_of(formula("odd powers, weighted")[0], "few")
    assert set(functions(plan.once)) == {"np.multiply", "np.add"} and "np.power" in functions(plan.statements)


def test_nothing_is_computed_once_of_a_network() -> None:
    """Nor does its file have a step of its own for that."""
    derivation = many("4-3-2")
    assert not still(derivation).once and "_fixed" not in fast(derivation)


# -- fewer rows than examples ---------------------------------------------------------------------------


FOLDED = [("4-3:identity", "quadratic", True), ("4-3:identity-2:identity", "quadratic", True),
          ("4-3:identity", "mean_squared_error", True), ("4-3:sigmoid", "quadratic", False),
          ("4-3:relu-2:identity", "quadratic", False), ("4-3:softmax", "cross_entropy", False),
          ("3-1000:identity", "quadratic", True)]  # ones times the bias: a product of which no axis is summed


@pytest.mark.parametrize(("line", "cost", "expected"), FOLDED)
def test_only_what_is_linear_along_the_examples_is_folded(line: str, cost: str, expected: bool) -> None:
    for case in ("few", "many"):
        assert ("folded" in still(many(line, cost=cost), case).applied) is expected


def test_formulas_that_fold() -> None:
    """Weights of single points, what is divided by each, and a parameter within the exponential, do not."""
    assert {name for name in FORMULAS if still(formula(name)[0]).folded} == {
        "polynomial", "cosines", "errors over a parameter", "a function of the data alone, without a slope",
        "a minibatch of points"}


def test_a_view_of_data_reads_the_data() -> None:
    derivation = many("1x2x2-flatten-2", cost="binary_cross_entropy")
    module: Any = load_source(fast(derivation))
    rng = np.random.default_rng(0)
    params, x, y = module.init(rng), rng.uniform(0, 1, (3, 1, 2, 2)), rng.uniform(0, 1, (3, 2))
    cost, grads = module.cost_and_gradients(params, x, y)
    found, others = module.Gradient(3).fixed(x, y)(params)
    assert close(found, cost, 1e-11) and all(close(others[name], grads[name], 1e-11) for name in grads)


def test_nothing_is_folded_unless_the_data_are_fixed() -> None:
    assert "folded" not in plan_of(many("4-3:identity"), "few").applied


@settings(max_examples=14, **QUICK)
@given(widths=st.lists(st.integers(1, 6), min_size=2, max_size=3), bias=st.booleans(),
       penalty=st.sampled_from(["", "l2:0.1"]), batch=st.sampled_from([1, 2, 5, 11, 12, 13, 90, 700]),
       dtype=st.sampled_from(list(EXACT)), seed=st.integers(0, 99))
def test_linear_models_on_fewer_rows(widths: list[int], bias: bool, penalty: str, batch: int, dtype: str,
                                     seed: int) -> None:
    """With more and with fewer examples than columns."""
    line = "-".join([str(widths[0]), *(f"{n}:identity" for n in widths[1:])])
    derivation = many(line, bias=bias, **({"regularize": penalty} if penalty else {}))
    fixed_agrees(load_source(fast(derivation)), derivation, batch, dtype, "quadratic", seed)


def test_a_small_cost_keeps_its_digits() -> None:
    """Points 1e-9 beside a polynomial: the normal equations would lose all of C beside y.y."""
    module, gradient, params, x, _ = points()
    beside = 1e-9 * np.cos(np.arange(30))
    y = (x[:, None] ** np.arange(4)) @ params["w"] + beside
    found, _ = gradient.fixed(x, y)(params)
    assert abs(found / (beside @ beside / 2) - 1) < 1e-5


def test_moved_statements_write_nothing_that_a_call_writes() -> None:
    for name in FORMULAS:
        plan = still(formula(name)[0])
        before = {plan.place(s.out.name) for s in plan.once}
        assert before and not before & {plan.place(s.out.name) for s in plan.statements}


def test_the_pass_leaves_what_reads_a_parameter() -> None:
    plan = FastBuilder(explain(many("4-3-2")), {}, PASSES).plan
    assert hoisted(plan) is plan


# -- as it is used --------------------------------------------------------------------------------------


def points() -> tuple[Any, Any, dict[str, Any], Any, Any]:
    _, module = formula("polynomial")
    rng = np.random.default_rng(0)
    return module, module.Gradient(), {"w": rng.standard_normal(4)}, rng.uniform(-1, 1, 30), rng.standard_normal(30)


def test_later_changes_of_the_data_have_no_effect() -> None:
    for made in (points(), small()):
        _, gradient, params, x, y = made
        step = gradient.fixed(x, y)
        before, kept = step(params, copy=True)
        x += 1
        y *= 2
        after, grads = step(params)
        assert before == after and all(np.array_equal(kept[name], grads[name]) for name in kept)


def small() -> tuple[Any, Any, dict[str, Any], Any, Any]:
    module: Any = load_source(fast(many("3-4-2")))
    rng = np.random.default_rng(0)
    return module, module.Gradient(5), module.init(rng), rng.uniform(0, 1, (5, 3)), rng.uniform(0, 1, (5, 2))


def test_gradients_of_fixed_data_are_overwritten_unless_copied() -> None:
    _, gradient, params, x, y = points()
    step = gradient.fixed(x, y)
    _, kept = step(params, copy=True)
    _, lent = step(params)
    step({"w": 2 * params["w"]})
    assert lent["w"] is gradient.grads["w"] and not np.array_equal(lent["w"], kept["w"])


WRONG = [(points, 30, "x has the shape (29,); it must have (30,)"),
         (small, 5, "y has the shape (5, 2); it must have (4, 2)")]


@pytest.mark.parametrize(("made", "rows", "message"), WRONG, ids=["points", "network"])
def test_data_of_a_wrong_shape(made: Any, rows: int, message: str) -> None:
    _, gradient, _, x, y = made()
    with pytest.raises(ValueError) as caught:
        gradient.fixed(x[:rows - 1], y)
    assert str(caught.value) == message


# -- one example in plain numbers -----------------------------------------------------------------------


@settings(max_examples=14, **QUICK)
@given(widths=st.lists(st.integers(1, 4), min_size=2, max_size=4), hidden=st.sampled_from(["sigmoid", "tanh", "relu"]),
       dtype=st.sampled_from(list(EXACT)), scale=st.sampled_from([1, 1e3, -1e3, np.inf, np.nan]),
       seed=st.integers(0, 9))
def test_plain_numbers_are_those_of_arrays(widths: list[int], hidden: str, dtype: str, scale: float,
                                           seed: int) -> None:
    """Also where they are not finite: nothing raises, and NaN and infinity appear where they do in arrays."""
    module: Any = load_source(fast(many("-".join([str(widths[0]), *(f"{n}:{hidden}" for n in widths[1:])]))))
    if not hasattr(module, "gradient_of_one"):
        return
    rng = np.random.default_rng(seed)
    params = module.init(rng, dtype=dtype)
    params["w1"] *= np.dtype(dtype).type(scale)
    x, y = rng.uniform(0, 1, (1, widths[0])).astype(dtype), rng.uniform(0, 1, (1, widths[-1])).astype(dtype)
    with np.errstate(all="ignore"):
        exact, slopes = module.cost_and_gradients(params, x, y)
        found, grads = module.Gradient(1, dtype)(params, x, y)
    assert np.asarray(found).dtype == dtype and np.isnan(found) == np.isnan(exact)
    assert np.isnan(exact) or np.isinf(exact) and found == exact or close(found, exact, EXACT[dtype])
    for name, slope in slopes.items():
        assert grads[name].dtype == dtype
        np.testing.assert_allclose(grads[name], slope, rtol=0, atol=EXACT[dtype] * max(1, np.abs(
            np.nan_to_num(slope, posinf=0, neginf=0)).max()))
