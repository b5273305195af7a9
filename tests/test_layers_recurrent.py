"""Recurrent layers against PyTorch's: values and gradients, over lengths, batches, types and random slopes."""

from __future__ import annotations

import re
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.calculus.explain import explain
from derive.codegen.ranged import holds
from derive.forms.cases import cases
from derive.gradcheck.draw import with_constants
from derive.gradcheck.emitted import load_source
from derive.ir import Index
from derive.notation import notation
from derive.pipeline import emit, equations, read
from derive.spec import load

FEATURES, WIDTH = 3, 4
Arrays = dict[str, Any]
GATES = {"lstm": "ifgo", "gru": "rog"}
"""In the order in which PyTorch stacks them."""


@cache
def module(line: str) -> ModuleType:
    return load_source(emit(with_constants(equations(load(line), notation("nielsen")).many)))


def theirs(torch: Any, name: str, ours: Arrays) -> Any:
    """PyTorch's module with our parameters."""
    kind = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[name.removeprefix("bi")]
    made = kind(FEATURES, WIDTH, batch_first=True, bidirectional=name.startswith("bi"))
    made = made.double() if ours["w2"].dtype == np.float64 else made
    with torch.no_grad():
        for ends in directions(name):
            for key, value in stacked(name.removeprefix("bi"), ours, *ends).items():
                getattr(made, key).copy_(torch.from_numpy(value))
    return made


def directions(name: str) -> list[tuple[str, str]]:
    """How our names end in each direction, and how PyTorch's do."""
    return [("1", ""), ("_back1", "_reverse")][:1 + name.startswith("bi")]


def stacked(name: str, ours: Arrays, end: str, other: str) -> Arrays:
    """Our arrays under PyTorch's names. The update gate of its GRU is 1 - o: minus our weights."""
    gates = [f"_{g}" for g in GATES.get(name, "")] or [""]

    def together(letter: str) -> Any:
        return np.concatenate([(-1)**((name, g) == ("gru", "_o")) * ours[letter + g + end] for g in gates])

    inner = np.zeros_like(together("b"))
    if name == "gru":
        inner[2*WIDTH:] = ours[f"c_g{end}"]
    return {f"weight_ih_l0{other}": together("u"), f"weight_hh_l0{other}": together("w"),
            f"bias_ih_l0{other}": together("b"), f"bias_hh_l0{other}": inner}


LINES = {"rnn": "rnn({w},gives=all)", "birnn": "birnn({w},gives=all)", "lstm": "lstm({w},gives=all)",
         "gru": "gru({w},gives=all,reset=after)", "bilstm": "bilstm({w},gives=all)",
         "bigru": "bigru({w},gives=all,reset=after)"}


@pytest.mark.parametrize("name", sorted(LINES))
@settings(max_examples=12, deadline=None)
@given(steps=st.sampled_from([1, 3]), batch=st.integers(1, 4), scale=st.sampled_from([0.3, 1.0, 30.0]),
       double=st.booleans(), seed=st.integers(0, 10**6))
def test_values_and_gradients_are_those_of_pytorch(name: str, steps: int, batch: int, scale: float, double: bool,
                                                   seed: int) -> None:
    torch = pytest.importorskip("torch")
    dtype = np.float64 if double else np.float32
    emitted = module(f"seq({steps}x{FEATURES})-{LINES[name].format(w=WIDTH)}-2:identity")
    rng = np.random.default_rng(seed)
    ours = {key: (scale * rng.standard_normal(value.shape)).astype(dtype)
            for key, value in emitted.init(rng, dtype).items()}
    x, y = (rng.standard_normal((batch, steps, n)).astype(dtype) for n in (FEATURES, 2))
    layer = theirs(torch, name, ours)
    w2, b2 = (torch.from_numpy(ours[key]).requires_grad_() for key in ("w2", "b2"))
    out = layer(torch.from_numpy(x))[0] @ w2.T + b2
    loss = ((out - torch.from_numpy(y)) ** 2).sum() / (2 * batch)
    loss.backward()
    cost, grads = emitted.cost_and_gradients(ours, x, y)
    near = {"rtol": 1e-9, "atol": 1e-10 * scale} if double else {"rtol": 3e-3, "atol": 2e-4 * scale}
    assert emitted.predict(ours, x).dtype == dtype and {g.dtype for g in grads.values()} == {np.dtype(dtype)}
    np.testing.assert_allclose(emitted.predict(ours, x), out.detach().numpy(), **near)
    np.testing.assert_allclose(cost, loss.item(), rtol=near["rtol"])
    np.testing.assert_allclose(grads["w2"], w2.grad.numpy(), **near)
    for key, value in expected(name, layer).items():
        size = float(np.abs(value).max())  # of entries that cancel, float32 keeps digits of the largest only
        np.testing.assert_allclose(grads[key], value, err_msg=key, rtol=near["rtol"], atol=near["atol"] * (1 + size))


@pytest.mark.parametrize("name", sorted(GATES) + ["rnn"])
@settings(max_examples=5, deadline=None)
@given(shape=st.sampled_from([(5, 2), (4, 3)]), batch=st.integers(1, 3), scale=st.sampled_from([0.5, 3.0]),
       double=st.booleans(), seed=st.integers(0, 10**6))
def test_windows_are_those_of_pytorch_with_detached_states(name: str, shape: tuple[int, int], batch: int, scale: float,
                                                           double: bool, seed: int) -> None:
    torch = pytest.importorskip("torch")
    (steps, window), dtype = shape, np.float64 if double else np.float32
    wanted = LINES[name].format(w=WIDTH)[:-1] + f",truncate={window})"
    emitted = module(f"seq({steps}x{FEATURES})-{wanted}-2:identity")
    rng = np.random.default_rng(seed)
    ours = {key: (scale * rng.standard_normal(value.shape)).astype(dtype)
            for key, value in emitted.init(rng, dtype).items()}
    x, y = (rng.standard_normal((batch, steps, n)).astype(dtype) for n in (FEATURES, 2))
    layer, state, found = theirs(torch, name, ours), None, []
    for start in range(0, steps, window):
        out, state = layer(torch.from_numpy(x[:, start:start + window]), state)
        state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
        found.append(out)
    out = torch.cat(found, 1) @ torch.from_numpy(ours["w2"]).T + torch.from_numpy(ours["b2"])
    loss = ((out - torch.from_numpy(y)) ** 2).sum() / (2 * batch)
    loss.backward()
    cost, grads = emitted.cost_and_gradients(ours, x, y)
    near = {"rtol": 1e-9, "atol": 1e-10 * scale} if double else {"rtol": 3e-3, "atol": 2e-4 * scale}
    np.testing.assert_allclose(cost, loss.item(), rtol=near["rtol"])
    assert {g.dtype for g in grads.values()} == {np.dtype(dtype)}
    for key, value in expected(name, layer).items():
        np.testing.assert_allclose(grads[key], value, err_msg=key, **near)


def expected(name: str, layer: Any) -> Arrays:
    """PyTorch's gradients under our names."""
    grads = {key: p.grad.numpy() for key, p in layer.named_parameters()}
    found: Arrays = {}
    plain = name.removeprefix("bi")
    for end, other in directions(name):
        for number, gate in enumerate(GATES.get(plain, "-")):
            own = f"_{gate}{end}" if plain in GATES else end
            part = slice(number*WIDTH, (number + 1)*WIDTH)
            found |= {letter + own: (-1)**((plain, gate) == ("gru", "o")) * grads[kind + other][part]
                      for letter, kind in (("u", "weight_ih_l0"), ("w", "weight_hh_l0"), ("b", "bias_ih_l0"))}
        if plain == "gru":
            found[f"c_g{end}"] = grads[f"bias_hh_l0{other}"][2*WIDTH:]
    return found


@pytest.mark.parametrize(("layer", "states"), [("birnn(2,gives=all,start=given)", 1),
                                               ("bigru(2,truncate=2,gives=all)", 0)])
def test_backwards_is_the_same_layer_on_the_reversed_sequence(layer: str, states: int) -> None:
    """The gradients, too, with the parameters and the data of the two directions exchanged."""
    made = module(f"seq(4x2)-{layer}-1:identity")
    rng = np.random.default_rng(1)
    params = {name: rng.standard_normal(array.shape) for name, array in made.init(rng).items()}
    x, y = rng.standard_normal((3, 4, 2)), rng.standard_normal((3, 4, 1))
    first = [rng.standard_normal((3, 2)) for _ in range(2*states)]
    cost, grads = made.cost_and_gradients(params, x, *first, y)
    again, others = made.cost_and_gradients(exchanged(params), x[:, ::-1], *first[::-1], y[:, ::-1])
    np.testing.assert_allclose(again, cost, rtol=1e-12)
    for name, grad in exchanged(others).items():
        np.testing.assert_allclose(grad, grads[name], rtol=1e-9, atol=1e-14, err_msg=name)


def exchanged(arrays: Arrays) -> Arrays:
    """Those of the one direction under the names of the other one; w2 reads both, one behind the other."""
    named = {name.replace("_back1", "1") if "_back" in name else re.sub("1$", "_back1", name): array
             for name, array in arrays.items()}
    return named | {"w2": np.roll(arrays["w2"], 2, axis=1)}


def test_truncation_hands_the_state_on_and_no_gradient() -> None:
    """Two windows of three steps: the values of six steps, and each window's gradient with the first state fixed."""
    window, whole = module("seq(3x2)-rnn(2,gives=all,start=given)-1"), module("seq(6x2)-rnn(2,gives=all)-1")
    rng = np.random.default_rng(1)
    params = {key: rng.standard_normal(v.shape) for key, v in whole.init(rng).items()}
    x = rng.standard_normal((4, 6, 2))
    first = window.predict(params, x[:, :3], np.zeros((4, 2)))
    h = np.zeros((4, 2))
    for t in range(3):
        h = np.tanh(x[:, t] @ params["u1"].T + h @ params["w1"].T + params["b1"])
    both = np.concatenate([first, window.predict(params, x[:, 3:], h)], axis=1)
    np.testing.assert_allclose(both, whole.predict(params, x), rtol=1e-12)


@pytest.mark.parametrize("gives", ["birnn(2,gives=all,truncate=2)", "lstm(2,truncate=2,peepholes=true)",
                                   "liquid(2,truncate=2)", "gru(2,truncate=9)"])
def test_windows_change_no_value_and_gradients_only_where_there_are_two(gives: str) -> None:
    window, whole = (module(f"seq(4x2)-{line}-1") for line in (gives, re.sub(r",truncate=\d", "", gives)))
    rng = np.random.default_rng(1)
    params = whole.init(rng)
    x = rng.standard_normal((3, 4, 2))
    y = rng.standard_normal(window.predict(params, x).shape)
    (one, cut), (other, free) = (m.cost_and_gradients(params, x, y) for m in (window, whole))
    np.testing.assert_allclose(one, other, rtol=1e-14)
    same = [np.allclose(cut[key], free[key], rtol=1e-12, atol=1e-15) for key in params]
    assert all(same) == ("truncate=9" in gives) and same[list(params).index("w2")]


@pytest.mark.parametrize("layer", ["lstm(2,peepholes=true)", "bigru(2,reset=after)", "liquid(2)",
                                   "transformer(1,wider=1)"])
def test_without_biases_is_with_biases_of_0(layer: str) -> None:
    without, whole = module(f"seq(3x2)-{layer.replace(')', ',bias=false)')}-1"), module(f"seq(3x2)-{layer}-1")
    rng = np.random.default_rng(1)
    params = {key: rng.standard_normal(value.shape) for key, value in without.init(rng).items()}
    x = rng.standard_normal((3, 3, 2))
    y = rng.standard_normal(without.predict(params, x).shape)
    cost, grads = without.cost_and_gradients(params, x, y)
    all_of_them = whole.init(rng)
    biases = {key: np.zeros_like(value) for key, value in all_of_them.items() if key not in params}
    again, others = whole.cost_and_gradients({key: (params | biases)[key] for key in all_of_them}, x, y)
    assert list(biases) == [key for key in all_of_them if key[0] == "b" and key != "b2" or key.startswith("c_")]
    np.testing.assert_allclose(cost, again, rtol=1e-12)
    for key, grad in grads.items():
        np.testing.assert_allclose(grad, others[key], rtol=1e-9, atol=1e-13, err_msg=key)


@pytest.mark.parametrize(("line", "of", "said"), [
    ("seq(3x2)-lstm(2)-1", "c1", [("Eq(t, 3)", 1), ("t <= 2", 2)]),
    ("seq(3x2)-lstm(2,gives=all,peepholes=true)-1", "c1", [("Eq(t, 3)", 2), ("t <= 2", 5)]),
    ("seq(3x2)-rnn(2,gives=all)-1", "v1", [("Eq(t, 3)", 1), ("t <= 2", 2)]),
    ("seq(3x2)-rnn(2)-1", "v1", [("Eq(t, 3)", 1), ("t <= 2", 1)]),
    ("seq(3x2)-birnn(2,gives=all)-1", "v_back1", [("t >= 2", 2), ("Eq(t, 1)", 1)]),
])
def test_each_time_has_all_of_its_paths(line: str, of: str, said: list[tuple[str, int]]) -> None:
    found = cases(explain(read(line, {}, notation("nielsen")).one).chain(of))
    assert [(", ".join(map(str, c.where)), len(c.chain.result.terms)) for c in found] == said


@pytest.mark.parametrize(("line", "asks"), [("seq(1x2)-rnn(2)-1", []), ("seq(1x2)-birnn(2,gives=all)-1", []),
                                            ("seq(4x2)-rnn(3,gives=all)-2", ["if t <= 3:"])])
def test_a_loop_asks_nothing_that_its_range_answers(line: str, asks: list[str]) -> None:
    source = emit(with_constants(equations(load(line), notation("nielsen")).many))
    assert [text.strip() for text in source.splitlines() if text.strip().startswith("if t")] == asks


T = sp.Symbol("t", integer=True)
LAST = sp.Symbol("T", integer=True, positive=True)


@pytest.mark.parametrize(("condition", "expected"), [
    (sp.Ge(T, 1, evaluate=False), True), (sp.Ge(T, 2, evaluate=False), None), (sp.Le(T, LAST, evaluate=False), True),
    (sp.Le(T, 0, evaluate=False), False), (sp.Le(T, LAST - 1, evaluate=False), None),
    (sp.Ge(T, LAST + 1, evaluate=False), False), (sp.Eq(T, LAST + 1, evaluate=False), False),
    (sp.Eq(T, LAST, evaluate=False), None),
])
def test_a_range_settles_a_condition(condition: sp.Basic, expected: bool | None) -> None:
    assert holds(condition, {T: Index("t", LAST, sp.Integer(1))}) is expected
