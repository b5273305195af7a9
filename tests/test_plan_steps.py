"""Loops over time in the plan: no value changes, whatever passes run, and nothing waits in a loop that need not."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from derive.calculus.explain import Explanation, explain
from derive.gradcheck.draw import with_constants
from derive.gradcheck.emitted import load_source
from derive.notation import notation
from derive.pipeline import equations
from derive.plan.module import FastBuilder
from derive.plan.passes import PASSES
from derive.plan.record import Contract, Plan
from derive.spec import load
from derive.targets.numpy import emit

LINES = ("seq(4x3)-rnn(5)-2", "seq(1x2)-rnn(3,gives=all)-2:softmax", "seq(3x2)-lstm(3,gives=all)-rnn(2)-1",
         "seq(2x3)-gru(4,reset=after,gives=all)-2", "seq(3x2)-liquid(2)-1", "seq(3x2)-rnn(2,start=given)-1",
         "seq(3x2)-lstm(2,peepholes=true)-1", "seq(3x2)-rnn(3,gives=all)-layernorm-rnn(2)-1")
PLAIN = ("seq(3x2)-birnn(2)-1", "seq(3x2)-rnn(2,gives=all)-attention(1)-flatten-1")
"""What the plan cannot say in steps of statements."""
EXACT = {"float64": 1e-10, "float32": 5e-4}
NAMES = [p.name for p in PASSES]


@cache
def explanation(line: str) -> Explanation:
    return explain(with_constants(equations(load(line), notation("nielsen")).many))


@cache
def module(line: str, begin: int = 0, end: int = len(PASSES)) -> Any:
    return load_source(emit(explanation(line), style="fast", passes=PASSES[begin:end]))


def plan_of(line: str, case: str) -> Plan:
    builder = FastBuilder(explanation(line), {})
    return builder.passed(builder.plan, case)


def agrees(made: Any, batch: int, dtype: str, seed: int) -> None:
    """The class beside the plain functions of its module, twice: nothing is left over from the call before."""
    rng = np.random.default_rng(seed)
    params = {name: (a + 0.3 * rng.standard_normal(a.shape)).astype(dtype) for name, a in made.init(rng).items()}
    data = [rng.uniform(0.1, 1, shape).astype(dtype) for shape in made._shapes(batch)]
    cost, grads = made.cost_and_gradients(params, *data)
    gradient = made.Gradient(batch, dtype)
    for found, own in (gradient(params, *data), gradient(params, *data), gradient.fixed(*data)(params)):
        np.testing.assert_allclose(found, cost, rtol=EXACT[dtype])
        assert own.keys() == grads.keys()
        for name, expected in grads.items():
            assert own[name].dtype == dtype
            scale = max(float(np.abs(expected).max()), 1e-3)
            np.testing.assert_allclose(own[name], expected, rtol=0, atol=EXACT[dtype] * scale, err_msg=name)
    read = made.predict.__code__.co_argcount - 1
    near = made.Predict(batch, dtype)(params, *data[:read])
    np.testing.assert_allclose(near, made.predict(params, *data[:read]), rtol=EXACT[dtype], atol=EXACT[dtype])


@pytest.mark.parametrize("line", [*LINES, *PLAIN])
@settings(max_examples=6, deadline=None, database=None, phases=[Phase.generate])
@given(batch=st.sampled_from([1, 2, 7, 33]), dtype=st.sampled_from(list(EXACT)), seed=st.integers(0, 99))
def test_a_loop_over_time_changes_no_value(line: str, batch: int, dtype: str, seed: int) -> None:
    agrees(module(line), batch, dtype, seed)


@pytest.mark.parametrize("name", ["apart", "narrowed", "in place"])
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("line", LINES[:4:2])
def test_a_pass_over_a_loop_changes_no_value(name: str, before: bool, line: str) -> None:
    """Alone, and after all that come before it."""
    at = NAMES.index(name)
    for batch in (1, 3):
        agrees(module(line, 0 if before else at, at + 1), batch, "float64", 1)


@pytest.mark.parametrize("case", ["one", "few", "many"])
def test_what_need_not_wait_is_outside(case: str) -> None:
    """An LSTM: four products with the state before in each round, four back, and all others once."""
    plan = plan_of("seq(5x3)-lstm(4)-2", case)
    products = [s.within for s in plan.statements if isinstance(s, Contract) and len(s.of) == 2]
    assert [sum(w is not None and w.number == n for w in products) for n in (1, 2)] == [4, 4]
    assert {"apart", "narrowed"} <= {*plan.applied}
    wide = {s.out.name for s in plan.statements if s.within is not None and len(plan.value(s.out).sizes) == 3}
    assert case == "one" or wide == {"f1", "i1", "g1", "o1", "c1_1_to_5", "h1_1_to_5"} | {
        f"dC_d{name}1_1_to_4" for name in ("h", "c", "z_f", "z_i", "z_g", "z_o")}


def test_networks_without_time_have_no_loop() -> None:
    assert not {"apart", "narrowed"} & {*plan_of("4-3-2", "many").applied}


@pytest.mark.parametrize("line", PLAIN)
def test_what_cannot_be_said_stays_plain(line: str) -> None:
    assert not any(s.within for s in plan_of(line, "many").statements)
