"""Loops over time in the plan: no value changes, whatever passes run, and nothing waits in a loop that need not."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from derive.calculus.explain import Explanation, explain
from derive.gradcheck.draw import draw_data, with_constants
from derive.gradcheck.emitted import load_source
from derive.ir import Derivation
from derive.notation import notation
from derive.pipeline import equations
from derive.plan.module import FastBuilder
from derive.plan.passes import PASSES
from derive.plan.record import Contract, Plain, Plan, View
from derive.spec import load
from derive.targets.numpy import emit
from derive.text import read_equations

LINES = ("seq(4x3)-rnn(5)-2", "seq(1x2)-rnn(3,gives=all)-2:softmax", "seq(3x2)-lstm(3,gives=all)-rnn(2)-1",
         "seq(2x3)-gru(4,reset=after,gives=all)-2", "seq(3x2)-rnn(3,gives=all)-layernorm-rnn(2)-1",
         "seq(4x3)-rnn(4,gives=all)-3:relu-flatten-2", "seq(4x2)-birnn(2,gives=all,truncate=2)-flatten-1",
         "words(3 of 5)-embedding(2)-attention(1)-rnn(2,gives=all)-attention(1)-globalpool-1",
         f"seq(3x2){5 * '-rnn(2,gives=all)'}-1", f"seq(3x2){5 * '-bigru(2,gives=all)'}-1", "seq(3x2)-rnn(2)",
         "seq(4x2)-rnn(2,gives=all)")
PLAIN = """
time t = 1..4
data x[t: 1..4], y
parameter w, u
h[0] = 0
for t:
    h[t] = tanh(u*x[t] + w*h[t-1])
C = (h[4] - y)^2
"""
"""What the plan cannot say in steps of statements: a state that is one number, for no examples."""
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


def agrees(line: str, made: Any, batch: int, dtype: str, seed: int) -> None:
    """The class beside the plain functions of its module, twice (nothing is left over from the call before), for fixed
    data, and for a minibatch in parts."""
    rng = np.random.default_rng(seed)
    params = {name: (a + 0.3 * rng.standard_normal(a.shape)).astype(dtype) for name, a in made.init(rng).items()}
    data = [a if a.dtype != float else a.astype(dtype) for a in
            draw_data(explanation(line).forward, {"m": batch}, rng).values()]
    cost, grads = made.cost_and_gradients(params, *data)
    gradient = made.Gradient(batch, dtype)
    parts = made.Gradient(batch, dtype, max_bytes=8000) if hasattr(made, "_in_parts") else gradient
    for found, own in (gradient(params, *data), gradient(params, *data), gradient.fixed(*data)(params),
                       parts(params, *data)):
        np.testing.assert_allclose(found, cost, rtol=EXACT[dtype])
        assert own.keys() == grads.keys()
        for name, expected in grads.items():
            assert own[name].dtype == dtype
            scale = max(float(np.abs(expected).max()), 1e-3)
            np.testing.assert_allclose(own[name], expected, rtol=0, atol=EXACT[dtype] * scale, err_msg=name)
    read = made.predict.__code__.co_argcount - 1
    near = made.Predict(batch, dtype)(params, *data[:read])
    np.testing.assert_allclose(near, made.predict(params, *data[:read]), rtol=EXACT[dtype], atol=EXACT[dtype])


@pytest.mark.parametrize("line", LINES)
@settings(max_examples=4, deadline=None, database=None, phases=[Phase.generate])
@given(batch=st.sampled_from([1, 2, 7, 33]), dtype=st.sampled_from(list(EXACT)), seed=st.integers(0, 99))
def test_a_loop_over_time_changes_no_value(line: str, batch: int, dtype: str, seed: int) -> None:
    agrees(line, module(line), batch, dtype, seed)


@pytest.mark.parametrize(("name", "line", "before"), [
    ("apart", 2, False), ("joined", 2, True), ("shared", 2, True), ("narrowed", 3, False), ("together", 3, True),
    ("turned", 0, False)])
def test_a_pass_over_a_loop_changes_no_value(name: str, line: int, before: bool) -> None:
    """Alone, and after all that come before it."""
    at = NAMES.index(name)
    for batch in (1, 3):
        agrees(LINES[line], module(LINES[line], 0 if before else at, at + 1), batch, "float64", 1)


@pytest.mark.parametrize("case", ["one", "few", "many"])
def test_what_need_not_wait_is_outside(case: str) -> None:
    """An LSTM: four products with the state before in each round, four back, and all others once."""
    plan = plan_of("seq(5x3)-lstm(4)-2", case)
    products = [s.within for s in plan.statements if isinstance(s, Contract) and len(s.of) == 2]
    assert [sum(w is not None and w.number == n for w in products) for n in (1, 2)] == [4, 4]
    wide = {s.out.name for s in plan.statements if s.within is not None and len(plan.value(s.out).sizes) == 3}
    assert case == "one" or wide == {"all_f1", "g1", "c1_1_to_5", "h1_t", "h1_1_to_5"} | {
        f"dC_d{name}1_1_to_4" for name in ("c", "z_f", "z_i", "z_g", "z_o")}


@pytest.mark.parametrize("line", [line for line in LINES if "seq(1x" not in line])
def test_only_statements_of_arrays_stay_in_a_loop(line: str) -> None:
    """Rows of words are picked out, parts and places of arrays are read, before it or after it."""
    inside = [s for s in plan_of(line, "many").statements if s.within is not None]
    assert inside and not any(isinstance(s, Plain | View) for s in inside)


EVERY = ("one", "few", "many")
USED = [("apart", 0, EVERY), ("joined", 0, EVERY), ("together", 2, EVERY), ("narrowed", 0, EVERY),
        ("turned", 0, ("few", "many"))]


@pytest.mark.parametrize(("name", "line", "cases"), USED)
def test_a_pass_is_used_where_it_should_be(name: str, line: int, cases: tuple[str, ...]) -> None:
    """And nowhere without a loop over time."""
    for case in EVERY:
        assert (name in plan_of(LINES[line], case).applied) == (case in cases)
        assert name == "together" or name not in plan_of("4-3-2", case).applied


def test_gates_are_one_call() -> None:
    """Three sigmoids of four operations each; the slope of tanh(c) reads what the state is made of, at all times."""
    source = emit(explanation("seq(5x3)-lstm(4)-2"), style="fast")
    few = source[source.index("def _few("):source.index("def _many(")]
    assert "multiply(all_f1_v, half, all_f1_now)" in few and "square(h1_t," in few
    assert sum(line.strip().startswith("tanh(") for line in few.splitlines()) == 4


def test_windows_are_numbers_that_come_again_and_again() -> None:
    """Multiplied into the slopes of all times at once; the state before is no array of its own."""
    source = emit(explanation("seq(20x2)-rnn(2,truncate=5)-1"), style="fast")
    few = source[source.index("def _few("):source.index("def _many(")]
    made = "= np.resize(np.array([1, 1, 1, 1, 0], dtype), 19)"
    (name,) = (line.split()[0] for line in few.splitlines() if line.endswith(made))
    assert f"multiply({name}[:, None, None], dC_dv1_u_all_1_to_19, dC_dv1_q)" in few and "h_p1 = " not in few


def test_what_cannot_be_said_stays_plain() -> None:
    derivation = read_equations(PLAIN)
    assert isinstance(derivation, Derivation)
    builder = FastBuilder(explain(derivation), {})
    assert not any(s.within for s in builder.passed(builder.plan, "many").statements)
