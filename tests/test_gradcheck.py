"""The gradient check finds what is wrong: each mistake below is planted in a module that was right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from derive.gradcheck.draw import draw_data
from derive.gradcheck.emitted import load_module, load_source
from derive.gradcheck.proof import prove
from derive.gradcheck.rows import Row, gradcheck, table
from derive.own_notation import notation_of
from derive.pipeline import emit, equations
from derive.spec import Network
from derive.text import read_equations

RIGHT = """
import numpy as np
def cost(params, x, y):
    return float(((x @ params["w"].T + params["b"] - y)**2).sum() / 2)
def cost_and_gradients(params, x, y):
    delta = x @ params["w"].T + params["b"] - y
    return cost(params, x, y), {"w": delta.T @ x, "b": delta.sum(axis=0)}
"""
X, Y = np.random.default_rng(1).uniform(size=(3, 4)), np.random.default_rng(2).uniform(size=(3, 2))
PARAMS = {"w": np.random.default_rng(3).standard_normal((2, 4)), "b": np.array([0.5, -0.25])}
DELTA = X @ PARAMS["w"].T + PARAMS["b"] - Y
EXACT = {"w": DELTA.T @ X, "b": DELTA.sum(axis=0)}


def rows(source: str, entries: int = 100, seconds: float = np.inf) -> dict[str, Row]:
    found = gradcheck(load_source(source), PARAMS, [X, Y], EXACT, entries, np.random.default_rng(0), seconds=seconds)
    return {row.parameter: row for row in found}


def test_a_right_module() -> None:
    found = rows(RIGHT)
    assert [row.right for row in found.values()] == [True, True]
    assert found["w"].relative < 1e-9 and found["w"].interpreter < 1e-14 and found["w"].checked == 8


@pytest.mark.parametrize(("was", "becomes", "wrong"), [
    ("delta.T @ x", "2 * delta.T @ x", "w"),
    ("delta.T @ x", "(delta.T @ x) * (1 + 1e-5)", "w"),
    ("delta.T @ x", "(delta.T @ x) * (1 + 1e-7)", "w"),  # by the interpreter alone
    ("delta.T @ x", "x.T @ delta", "w"),
    ("delta.T @ x", "delta.T @ x + np.eye(2, 4) * 1e-4", "w"),
    ("delta.T @ x", "delta.T @ x * np.nan", "w"),
    ("delta.sum(axis=0)", "delta.mean(axis=0)", "b"),
    ("delta.sum(axis=0)", "-delta.sum(axis=0)", "b"),
    ("delta.sum(axis=0)", "delta.sum()", "b"),
])
def test_a_planted_mistake_is_found(was: str, becomes: str, wrong: str) -> None:
    found = rows(RIGHT.replace(was, becomes))
    assert {name for name, row in found.items() if not row.right} == {wrong}


@pytest.mark.parametrize(("was", "becomes", "told"), [
    ("/ 2)", "/ 2 + 1e-4 * np.sin(1e18 * params['w'].sum()))", "rounding alone moves it by"),  # no digits are left
    ("/ 2)", "/ 2 + np.sqrt(-np.abs(params['w'] - W).max()))", "the domain of a logarithm, a root or a power ends"),
    ("delta.T @ x", "delta.T @ x / 0", ""),  # the interpreter has numbers there: wrong
    ("/ 2)", "/ 2 + 1e-9 * np.sin(1e18 * params['w'].sum()))", None),  # few digits are lost: right
])
def test_what_nobody_can_tell_is_said(was: str, becomes: str, told: str | None) -> None:
    row = rows(RIGHT.replace(was, becomes).replace("W)", f"np.array({PARAMS['w'].tolist()}))"))["w"]
    assert (row.right, row.wrong) == (told is None, told == "") and (told or "") in row.doubt
    assert bool(row.doubt) == ("w: " in table([row])) == ("cannot tell" in table([row]))


def test_a_mistake_is_found_where_digits_are_lost() -> None:
    noisy = RIGHT.replace("/ 2)", "/ 2 + 1e-9 * np.sin(1e18 * params['w'].sum()))")
    assert rows(noisy.replace("delta.T @ x", "1.001 * delta.T @ x"))["w"].wrong


def test_what_is_left_of_terms_that_cancel_is_no_mistake() -> None:
    """A softmax of one value is 1 whatever the parameters are."""
    many = equations(Network("3-1", cost="cross_entropy"), notation_of("nielsen")).many
    for seed in range(6):
        assert all(row.right for row in prove(load_source(emit(many)), many, 20, seed))


def test_a_wrong_cost_is_found_by_differences_alone() -> None:
    for wrong in (".sum())", ".sum() * 0.500005)"):
        assert not rows(RIGHT.replace(".sum() / 2)", wrong))["w"].right


def test_large_arrays_are_sampled_and_the_table_says_so() -> None:
    found = rows(RIGHT, entries=3)
    assert found["w"].checked == 3 and found["w"].right
    assert "3 of 8" in table(list(found.values())) and "2 of 2" in table(list(found.values()))


def test_fewer_are_compared_where_a_cost_takes_long() -> None:
    assert rows(RIGHT, seconds=0)["w"].checked == 3 and rows(RIGHT, seconds=1000)["w"].checked == 8


def test_the_table_says_wrong() -> None:
    assert "WRONG" in table(list(rows(RIGHT.replace("delta.T @ x", "0 * delta.T @ x")).values()))


def test_drawn_data_keeps_the_facts() -> None:
    model = read_equations(
        "data x[k:4], y[j:3]\nparameter w[j:3, k:4]\nfact sum(y[j], j) = 1\n"
        "z[j] = sum(w[j,k]*x[k], k)\nC = sum((z[j] - y[j])^2, j)\n")
    data = draw_data(model, {}, np.random.default_rng(0))
    assert data["x"].shape == (4,) and data["y"].sum() == pytest.approx(1)


def test_a_module_is_loaded_from_its_file_and_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "network.py").write_text(RIGHT)
    module = load_module(tmp_path / "network.py")
    assert module.cost(PARAMS, X, Y) == pytest.approx(float((DELTA**2).sum() / 2))
    assert [p.name for p in tmp_path.iterdir()] == ["network.py"]


def test_a_typed_activation_and_a_gain_may_have_the_same_letter() -> None:
    """The third formula is g3, and so is the gain of layer 3."""
    many = equations(Network("2-1:z^3-1:sin(z)-rmsnorm-1:cos(z)"), notation_of("nielsen")).many
    assert all(row.right for row in prove(load_source(emit(many)), many, 20, 0))
