"""Equal layers with loops over time are one loop: the same bytes as layer by layer, and a length that depth leaves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from test_fast_code import fast, many
from test_rolling import unrolled

from derive.calculus.explain import explain
from derive.codegen import function
from derive.codegen.module import Builder
from derive.codegen.rolling import Rolled, rolled
from derive.gradcheck.draw import draw_data
from derive.gradcheck.emitted import load_source
from derive.ir import Derivation
from derive.targets.numpy import emit

STACKS = [
    "seq(4x3)" + 6 * "-rnn(2,gives=all)" + "-2",
    "seq(3x2)" + 5 * "-lstm(2,gives=all,peepholes=true)" + "-rnn(2)-1",
    "seq(3x2)" + 5 * "-gru(2,gives=all,reset=after)" + "-flatten-1",
    "seq(5x2)" + 5 * "-rnn(3,gives=all,truncate=2)" + "-2",
    "seq(3x2)" + 5 * "-birnn(2,gives=all)" + "-1",
    "seq(3x2)" + 5 * "-bilstm(1,gives=all)" + "-flatten-1",
    "seq(3x2)" + 5 * "-rnn(2,gives=all)-layernorm" + "-1",
    "seq(3x2)" + 5 * "-gru(2,gives=all)-2:tanh" + "-1",
    "seq(3x2)" + 5 * "-rnn(3,gives=all)" + 5 * "-rnn(2,gives=all)" + "-1",
    "words(3 of 5)-embedding(2)" + 5 * "-lstm(2,gives=all)" + "-1",
]


def written_out(derivation: Derivation, monkeypatch: pytest.MonkeyPatch) -> str:
    """The module without loops over layers in its functions."""
    with monkeypatch.context() as patch:
        patch.setattr(function, "rolled", lambda statements, *_: Rolled(tuple(statements)))
        return emit(explain(derivation))


@pytest.mark.parametrize("penalty", [{}, {"regularize": "l2:0.1"}])
@pytest.mark.parametrize("line", STACKS)
def test_the_bytes_are_those_of_layer_by_layer(line: str, penalty: dict[str, str],
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    derivation = many(line, **penalty)
    source = emit(explain(derivation))
    assert source.count("for layer in") > 4
    one: Any = load_source(source)
    other: Any = load_source(written_out(derivation, monkeypatch))
    rng = np.random.default_rng(0)
    params = {name: a + 0.2 * rng.standard_normal(a.shape) for name, a in one.init(rng).items()}
    for rows in (1, 5):
        data = [*draw_data(derivation, {"m": rows}, rng).values()]
        (cost, grads), (expected, gradients) = (m.cost_and_gradients(params, *data) for m in (one, other))
        assert cost == expected == one.cost(params, *data)
        assert [*grads] == [*gradients]
        assert all(np.array_equal(grads[name], g) for name, g in gradients.items())
        assert np.array_equal(one.predict(params, data[0]), other.predict(params, data[0]))


@pytest.mark.parametrize("line", STACKS)
def test_only_names_change(line: str) -> None:
    builder = Builder(explain(many(line)), {})
    statements = [*builder.statements, *builder.backward]
    found = rolled(statements, builder.tensors)
    assert found.tensors
    assert unrolled(found) == statements


@pytest.mark.parametrize(("layer", "most"), [("rnn", 165), ("gru", 300), ("lstm", 380), ("birnn", 240),
                                             ("bilstm", 670)])
def test_depth_adds_no_lines(layer: str, most: int) -> None:
    short, long = (emit(explain(many("seq(3x2)" + n * f"-{layer}(2,gives=all)" + "-1"))).splitlines() for n in (6, 8))
    assert len(short) == len(long) < most


@pytest.mark.parametrize("layer", ["gru", "birnn"])
def test_depth_adds_no_lines_to_the_fast_module(layer: str) -> None:
    short, long = (fast(many("seq(3x2)" + n * f"-{layer}(2,gives=all)" + "-1")).splitlines() for n in (6, 7))
    assert abs(len(long) - len(short)) <= 5


@pytest.mark.parametrize(("text", "there"), [
    ('b_l, w_l = params[f"b{layer}"], params[f"w{layer}"]', True), ("h_l[t] = np.tanh(v_l[t - 1])", True),
    ("h[layer][t]", False), ("dC_dv_l[t - 1] = (dC_dv_above[t - 1] @ u_above) * (1 - h_l[t]**2)", True),
    ("v1, h1 = v[1], h[1]", True),
])
def test_no_round_looks_up_its_layer(text: str, there: bool) -> None:
    """What a loop over time takes from a layer has a name before it."""
    assert (text in emit(explain(many("seq(3x2)" + 6 * "-rnn(2,gives=all)" + "-1")))) == there
