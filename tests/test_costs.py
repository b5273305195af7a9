"""Costs, regularizers and stable forms: each reads, each gives the value and slopes that its formula states."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

from derive.errors import DeriveError
from derive.evaluate import evaluate
from derive.formulas.stable import IDENTITIES, VECTOR_IDENTITIES, U, stable
from derive.formulas.typed import find_cost, typed_cost
from derive.functions.record import activations, in_primitives, vector_activations
from derive.ir import Derivation, all_reads, read
from derive.model.cost import FACTORS, Cost, Regularizer, costs, regularizers
from derive.own_notation import notation_of
from derive.pipeline import equations
from derive.registry import discover
from derive.spec import Network
from derive.text import read_block, read_equations, read_formula, write_equations

COSTS: tuple[Cost, ...] = discover("derive.costs")
REGULARIZERS: tuple[Regularizer, ...] = discover("derive.regularizers")

LOGITS = np.array([0.7, -1.2, 0.4, 2.0])
CLASS = np.array([0.0, 1.0, 0.0, 0.0])
MANY = np.array([1.0, 0.0, 0.25, 1.0])
SIGNS = np.array([1.0, -1.0, -1.0, 1.0])
P = np.exp(LOGITS) / np.exp(LOGITS).sum()
S = 1 / (1 + np.exp(-LOGITS))

VALUES: dict[str, tuple[np.ndarray, np.ndarray, float]] = {
    "quadratic": (LOGITS, CLASS, 0.5 * float(((LOGITS - CLASS) ** 2).sum())),
    "mean_squared_error": (LOGITS, CLASS, float(((LOGITS - CLASS) ** 2).mean())),
    "mean_absolute_error": (LOGITS, CLASS, float(np.abs(LOGITS - CLASS).mean())),
    "huber": (LOGITS, CLASS, 0.5 * 0.7**2 + (2.2 - 0.5) + 0.5 * 0.4**2 + (2.0 - 0.5)),
    "binary_cross_entropy": (S, MANY, float(-(MANY * np.log(S) + (1 - MANY) * np.log(1 - S)).sum())),
    "binary_cross_entropy_logits": (LOGITS, MANY, float(-(MANY * np.log(S) + (1 - MANY) * np.log(1 - S)).sum())),
    "cross_entropy": (P, CLASS, float(-np.log(P[1]))),
    "cross_entropy_logits": (LOGITS, CLASS, float(-np.log(P[1]))),
    "class_cross_entropy": (P, 1, float(-np.log(P[1]))),
    "class_cross_entropy_logits": (LOGITS, 1, float(-np.log(P[1]))),
    "hinge": (LOGITS, SIGNS, (1 - 0.7) + 0.0 + (1 + 0.4) + 0.0),
}
by_name: Callable[[Any], str] = attrgetter("name")
each_cost = pytest.mark.parametrize("cost", COSTS, ids=by_name)


def value_of(block: Derivation, name: str = "C", **given: Any) -> float:
    return float(evaluate(block, given)[name])


def given_of(cost: Cost, a: Any, y: Any) -> dict[str, Any]:
    return {"a": a, "y": y} | {t.name: float(t.value) for t in cost.block().of_role("constant")}


def test_the_folder_holds_what_the_readme_promises() -> None:
    assert {c.name for c in COSTS} >= set(VALUES)
    names = [name for c in COSTS for name in (c.name, *c.aliases)]
    assert len(names) == len(set(names)) == len(costs())


@each_cost
def test_a_cost_reads_a_and_y_and_is_one_number(cost: Cost) -> None:
    block = cost.block()
    assert {"a", "y"} <= all_reads(block.statements) and block.tensor("C").axes == ()
    assert "factor" not in block.by_name and all(t.value is not None for t in block.of_role("constant"))
    assert cost.output == "" or cost.output in {**activations(), **vector_activations()}


@each_cost
def test_its_value_is_the_formula_of_its_source(cost: Cost) -> None:
    assert cost.name in VALUES, "add a case for the new cost"
    a, y, expected = VALUES[cost.name]
    assert value_of(cost.block(), **given_of(cost, a, y)) == pytest.approx(expected, rel=1e-13)


@each_cost
def test_its_facts_are_true(cost: Cost) -> None:
    block = cost.block()
    a, y, _ = VALUES[cost.name]
    values = evaluate(block, given_of(cost, a, y))
    for fact in block.facts:
        if fact.left.summed:
            targets = "y_hot" if "y_hot" in values else "y"
            assert fact.left.body == read(targets, fact.left.summed[0].symbol)
            assert float(fact.right) == np.asarray(values.get(targets, y)).sum()
        else:
            np.testing.assert_allclose(values["e"], values["s"] * values["p"], rtol=1e-15)
    assert bool(block.facts) == ("cross_entropy" in cost.name and "binary" not in cost.name)


@each_cost
def test_a_condition_on_y_that_is_a_fact_is_said_in_words(cost: Cost) -> None:
    if any(fact.left.summed and fact.left.body == read("y", fact.left.summed[0].symbol) for fact in cost.block().facts):
        assert any("sum_j y[j] = 1" in condition for condition in cost.conditions)


@pytest.mark.parametrize(("factor", "scale"), [(1, 1.0), (sp.Rational(1, 2), 0.5), (0.25, 0.25)])
def test_the_factor_of_choice(factor: Any, scale: float) -> None:
    block = costs()["quadratic"].block(factor=factor)
    assert value_of(block, a=LOGITS, y=CLASS) == pytest.approx(scale * ((LOGITS - CLASS) ** 2).sum())
    assert not block.of_role("constant")


def test_huber_at_another_delta() -> None:
    block = costs()["huber"].block(delta=2)
    assert block.tensor("delta").value == 2
    assert value_of(block, a=LOGITS[1:2], y=CLASS[1:2], delta=2.0) == pytest.approx(2 * (2.2 - 1))


def test_a_value_of_a_cost_is_called_unlike_an_index_of_a_layer() -> None:
    """A causal mask reads its index r as a number; the error of Huber's cost is r elsewhere."""
    one = equations(Network("seq(2x2)-attention(mask=causal)-1", cost="huber"), notation_of("nielsen")).one
    written = write_equations(one)
    assert "r_C[t, j] = " in written and write_equations(read_equations(written)) == written


def test_a_constant_that_is_not_there() -> None:
    with pytest.raises(DeriveError, match="the Huber cost has no constant 'delt'.*\n.*'delta'"):
        costs()["huber"].block(delt=1)
    with pytest.raises(DeriveError, match="no constants at all"):
        costs()["hinge"].block(factor=2)


@pytest.mark.parametrize(("name", "term"), [("l1", np.abs), ("l2", np.square)])
@pytest.mark.parametrize(("written", "factor"), sorted(FACTORS.items()))
def test_regularizers(name: str, term: Callable[[Any], Any], written: str, factor: sp.Expr) -> None:
    w = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -0.25]])
    block = regularizers()[name].block(factor=factor)
    found = float(evaluate(block, {"w": w, "lam": 0.3}, {"m": 10})["R"])
    scale = {"lambda": 1, "lambda/2": 0.5, "lambda/m": 0.1, "lambda/2m": 0.05}[written]
    assert found == pytest.approx(0.3 * scale * term(w).sum())


@pytest.mark.parametrize("record", REGULARIZERS, ids=by_name)
@pytest.mark.parametrize("axes", [1, 2, 4])
def test_a_regularizer_takes_weights_of_any_number_of_axes(record: Regularizer, axes: int) -> None:
    block = record.block(axes=axes, lam=sp.Rational(1, 10))
    assert len(block.tensor("w").axes) == axes and block.tensor("lam").value == sp.Rational(1, 10)
    assert value_of(block, "R", w=np.full((2,) * axes, 2.0), lam=0.1) > 0


@pytest.mark.parametrize("text", ["sum((a[j]-y[j])^2, j)", "sum((a-y)^2)", "sum((a[k]-y[k])^2, k)",
                                  "size(j)/size(j)*sum((a[j]-y[j])^2, j)"])
def test_a_typed_cost(text: str) -> None:
    cost = typed_cost(text)
    assert cost.typed and cost is typed_cost(text)
    assert value_of(cost.block(), a=LOGITS, y=CLASS) == pytest.approx(((LOGITS - CLASS) ** 2).sum())


@pytest.mark.parametrize(("text", "message"), [
    ("sum(y[j]^2, j)", "does not read the outputs a"), ("2*3", "does not read the outputs a"),
    ("(a[j]-y[j])^2", "cost:1:4: index 'j'"), ("(a-y)^2", "not one number"), ("sum(a[j]*, j)", "cost:1:10"),
    ("sum((a[j]-q[j])^2, j)", "cost:1:11: 'q'"), ("sum(a)\nC = 3", "one line"), ("(C = 2)", "does not fit"),
    ("crossentropi", "Did you mean 'cross_entropy'"), ("__import__('os')", "does not fit here"),
    ("{{7*7}}", "does not fit")])
def test_what_is_no_cost_is_refused(text: str, message: str) -> None:
    with pytest.raises(DeriveError, match=message):
        find_cost(text)


def test_names_are_forgiving() -> None:
    assert find_cost("Cross-Entropy").name == "cross_entropy" and find_cost("mse").name == "mean_squared_error"


# -- stable forms ----------------------------------------------------------------------------------

POINTS = [sp.Rational(n, 7) for n in range(-40, 41, 9)]


def same(one: sp.Expr, other: sp.Expr) -> bool:
    difference = in_primitives(one) - in_primitives(other)
    (variable,) = difference.free_symbols or {U}
    return all(abs(difference.xreplace({variable: z}).evalf(50)) < 1e-45 for z in POINTS)


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda i: str(i.before))
def test_each_identity_is_true_and_used(identity: Any) -> None:
    assert same(identity.before, identity.after) and not same(identity.before, identity.after + U / 1000)
    assert stable(identity.before) == identity.after


@pytest.mark.parametrize(("pair", "name"), sorted(VECTOR_IDENTITIES.items()))
def test_vector_identities_are_true(pair: tuple[str, str], name: str) -> None:
    assert pair[0] == "log"
    one, other = (read_block_of(n) for n in (pair[1], name))
    with mpmath.workdps(50):
        for p, logarithm in zip(one, other, strict=True):
            assert abs(mpmath.log(p) - logarithm) < 1e-45


def read_block_of(name: str) -> Any:
    lines = "\n".join(line.strip() for line in vector_activations()[name].equations.strip().splitlines())
    return evaluate(read_block(lines), {"z": LOGITS}, number="mpmath")["a"]


STABLE = [
    ("1/(1+exp(-z))", "sigmoid(z)"), ("exp(z)/(1+exp(z))", "sigmoid(z)"), ("1/(1+exp(z))", "sigmoid(-z)"),
    ("z/(1+exp(-z))", "z*sigmoid(z)"), ("exp(-z)/(1+exp(-z))^2", "sigmoid(z)*sigmoid(-z)"),
    ("1 - 1/(1+exp(-z))", "sigmoid(-z)"), ("exp(z)/(2+exp(z))", "sigmoid(z - log(2))"),
    ("(exp(z)-exp(-z))/(exp(z)+exp(-z))", "tanh(z)"), ("2/(1+exp(-z))-1", "tanh(z/2)"),
    ("log(1+exp(2*z))", "softplus(2*z)"), ("log(1/(1+exp(-z)))", "-softplus(-z)"),
    ("log(1-sigmoid(z))", "-softplus(z)"), ("exp(z)/(1+exp(2*z))", "sqrt(sigmoid(2*z))*sqrt(sigmoid(-2*z))"),
    ("log(exp(z)+exp(-z))", "z + softplus(-2*z)"), ("exp(-z)*sigmoid(z)", "sigmoid(-z)"),
    ("z*tanh(log(1+exp(z)))", "z*tanh(softplus(z))"), ("sqrt(1/(1+exp(z)))", "sqrt(sigmoid(-z))"),
    ("choose(z, z, exp(z)-1)", "choose(z, z, exp(min(z,0))-1)"),
    ("choose(z, exp(-z), 1)", "choose(z, exp(-max(z,0)), 1)"),
    ("z^2 + 1", "z^2 + 1"), ("exp(-z^2)", "exp(-z^2)"), ("1/(exp(z)-1)", "1/(exp(z)-1)"), ("sin(z)", "sin(z)"),
]


@pytest.mark.parametrize(("text", "expected"), STABLE)
def test_stable_forms(text: str, expected: str) -> None:
    before, after = read_formula(text), read_formula(expected)
    found = stable(before)
    assert found == after or stable(found - after) == 0
    assert same(before.xreplace({sp.Symbol("z"): U}), found.xreplace({sp.Symbol("z"): U}))


def test_stable_forms_of_reads_keep_their_indices() -> None:
    declared = "data z[s: m, j: n], y[s: m, j: n]\n"
    log = read_block(declared + "c[s,j] = -y[s,j]*log(sigmoid(z[s,j])) - (1-y[s,j])*log(1-sigmoid(z[s,j]))")
    safe = read_block(declared + "c[s,j] = y[s,j]*softplus(-z[s,j]) + (1-y[s,j])*softplus(z[s,j])")
    before, after = (next(block.equations()).terms[0].body for block in (log, safe))
    assert stable(before) == after
