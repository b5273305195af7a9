"""Small models as equations: each derived, printed, emitted and checked; several costs in one text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_models import GAN, MODELS

from derive.errors import DeriveError
from derive.gradcheck.draw import with_constants
from derive.gradcheck.emitted import load_source
from derive.gradcheck.proof import prove
from derive.gradcheck.second import prove_second
from derive.ir import Derivation
from derive.latex.document import document
from derive.notation import notation
from derive.pipeline import Model, emit, equations
from derive.spec import load
from derive.text import read_equations, write_equations


def model(name: str) -> Model:
    text, cost = MODELS[name]
    return equations(load(text, cost=cost), notation("nielsen"))


@pytest.mark.parametrize("name", MODELS)
def test_the_emitted_gradients_are_right(name: str) -> None:
    many = with_constants(model(name).many)
    for row in prove(load_source(emit(many)), many, 60, 1):
        assert row.right, row


@pytest.mark.parametrize("name", MODELS)
def test_the_fast_code_computes_the_same(name: str) -> None:
    many = with_constants(model(name).many)
    module: Any = load_source(emit(many, style="fast"))
    rng = np.random.default_rng(0)
    params = {n: array + 0.3 * rng.standard_normal(array.shape) for n, array in module.init(rng).items()}
    for batch in (3, 1):  # a parameter that is one number has no array that it shares with what makes it
        data = [rng.random([int(axis.size) if axis.size.is_Integer else batch for axis in tensor.axes])
                for tensor in many.of_role("data")]
        cost, grads = module.cost_and_gradients(params, *data)
        found, others = module.Gradient(batch)(params, *data)
        assert abs(found - cost) < 1e-12 * abs(cost) and set(grads) == set(others)
        for key, grad in grads.items():
            assert np.allclose(others[key], grad, rtol=1e-9, atol=1e-12), (batch, key)


@pytest.mark.parametrize("name", MODELS)
def test_it_can_be_printed_and_its_equations_read_back(name: str) -> None:
    one = model(name).one
    for form in ("index", "batch"):
        assert r"\partial" in str(document(model(name), notation("nielsen"), form=form, wrt=(), page="fragment"))
    written = write_equations(one)
    assert write_equations(read_equations(written)) == written


# -- several costs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cost", "learnt", "data"), [("D", "wbu", "xe"), ("G", "vc", "e")])
def test_each_cost_has_gradients_by_its_own_parameters(cost: str, learnt: str, data: str) -> None:
    one = read_equations(GAN, cost=cost)
    assert isinstance(one, Derivation) and [t.name for t in one.learnt] == [*learnt]
    assert [t.name for t in one.of_role("data")] == [*data]  # and what no other cost alone needs
    assert sorted(t.name for t in one.of_role("parameter")) == [*"bcuvw"]


def test_two_players_take_turns() -> None:
    """Each step moves the parameters of one player and lowers the cost of that player."""
    models = {cost: equations(load(GAN, cost=cost), notation("nielsen")) for cost in "DG"}
    modules: dict[str, Any] = {cost: load_source(emit(models[cost].many, style="fast")) for cost in "DG"}
    rng = np.random.default_rng(3)
    params, x, e = modules["D"].init(rng), rng.random((8, 2)), rng.standard_normal((8, 3))
    for cost, data in (("D", (x, e)), ("G", (e,))) * 3:
        training = modules[cost].Training(params, 8, rate=0.1)
        before = training(*data)
        moved = {name for name, array in training.params.items() if not np.array_equal(array, params[name])}
        assert moved == set("wbu" if cost == "D" else "vc")
        assert modules[cost].cost(training.params, *data) < before
        params = {name: np.array(array) for name, array in training.params.items()}


@pytest.mark.parametrize("kind", ["hvp", "hessian"])
@pytest.mark.parametrize("cost", ["D", "G"])
def test_second_derivatives_are_by_its_own_parameters_too(cost: str, kind: str) -> None:
    many = equations(load(GAN, cost=cost), notation("nielsen")).many
    rows = prove_second(load_source(emit(many, second=kind)), many, kind, 1)
    assert [row.parameter for row in rows] == [*("wbu" if cost == "D" else "vc")] and all(row.right for row in rows)


SHORT = "data x\nparameter w, b\nD = w*x\nG = b*x\n"


@pytest.mark.parametrize(("text", "cost", "message"), [
    (SHORT + "cost D by w\ncost G by b", None, "there are 2 costs: D, G\n  Choose one: --cost D"),
    (SHORT + "cost D by w\ncost G by b", "H", "no cost 'H' is declared"),
    (SHORT, "D", "no cost 'D' is declared\n  Write a line: cost D"),
    (SHORT + "cost D by b", None, "equations:5:11: the cost D does not depend on 'b'"),
    (SHORT + "cost D by x", None, "equations:5:11: 'x' is no parameter"),
    (SHORT + "cost D, G by w", None, "'by' stands behind one cost"),
    ("data x\nparameter w by x\nC = w*x", None, "a parameter is not differentiated by anything"),
])
def test_what_is_wrong_with_costs(text: str, cost: str | None, message: str) -> None:
    with pytest.raises(DeriveError) as caught:
        read_equations(text, cost=cost)
    assert message in str(caught.value)
