"""Second derivatives by the tangent rule, against the rule of reverse mode applied twice and against differences."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from models import MODELS, drawn, model, run

from derive.calculus.higher import gauss_newton_product, hessian, hessian_product, jacobian
from derive.calculus.reverse import second_order
from derive.calculus.second import Second
from derive.codegen.gradients import gradient_statements
from derive.errors import DeriveError
from derive.forward import forward
from derive.ir import Derivation, Statement
from derive.spec import load
from derive.text import read_equations


def program(second: Second, statements: Iterable[Statement]) -> Derivation:
    """All equations: forward, the gradient, and the derivatives of these statements."""
    return second.first.derivation.extended([*second.tangents.tensors], [*statements])


def by_results(second: Second) -> Derivation:
    written = [*second.first.forward.statements, *gradient_statements(second.first.textbook)]
    return program(second, second.statements(written))


def by_pushes(second: Second) -> Derivation:
    return program(second, second.tangents.statements(second.first.derivation.statements))


def parts(value: object) -> list[np.ndarray]:
    return [np.asarray(v) for v in value] if isinstance(value, list) else [np.asarray(value)]


@pytest.mark.parametrize(("name", "written"), [*((name, by_pushes) for name in MODELS),
                                               *((name, by_results) for name in MODELS if name != "any depth")])
def test_the_product_is_what_reverse_over_reverse_gives(name: str, written) -> None:  # type: ignore[no-untyped-def]
    derivation, sizes = model(name)
    second, twice = hessian_product(derivation), second_order(derivation)
    given = drawn(twice, sizes)
    expected, found = run(twice, given, sizes), run(written(second), given, sizes)
    for wanted in second.wanted:
        theirs = expected[f"d{twice.cost}_d{second.derivation.tensor(wanted).of}"]
        for one, other in zip(parts(found[second.tangents.of[wanted]]), parts(theirs), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


BLOCKS = ["one layer", "two layers, tanh", "softmax, cross-entropy", "regularized", "strided convolution", "residual",
          "a tensor read in several places", "one weight", "colah"]


@pytest.mark.parametrize("name", BLOCKS)
def test_the_blocks_of_the_hessian_are_its_products_with_unit_vectors(name: str) -> None:
    derivation, sizes = model(name)
    twice = second_order(derivation)
    given = drawn(twice, sizes)
    names = [t.name for t in derivation.of_role("parameter")]
    still = {f"v_{other}": np.zeros(np.shape(given[other])) for other in names}
    for second in hessian(derivation):
        variable = second.tangents.variable or ""
        own = {n: v for n, v in given.items() if not n.startswith("v_")}
        found = run(by_results(second), own, sizes)
        for place in np.ndindex(np.shape(given[variable])):
            unit = {n: v.copy() for n, v in still.items()}
            unit[f"v_{variable}"][place] = 1.0
            expected = run(twice, {**own, **unit}, sizes)
            for wanted in second.wanted:
                block = np.asarray(found[second.tangents.of[wanted]])
                column = expected[f"d{twice.cost}_d{second.derivation.tensor(wanted).of}"]
                np.testing.assert_allclose(block[(..., *place)], column, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("arch", "choices", "of", "by"), [
    ("3-4-2", {}, None, "x"), ("3-4-2", {}, None, "w1"), ("3-4-2", {}, "z2", "b1"), ("2-3:softmax", {}, "a1", "z1"),
    ("2-3:relu-2:softmax", {"cost": "cross-entropy"}, None, "x"), ("3-2", {"output": "tanh"}, "a1", "w1")])
def test_a_jacobian_holds_the_derivatives_of_every_entry(arch: str, choices: dict[str, str], of: str | None,
                                                         by: str) -> None:
    derivation = forward(load(arch, **choices))
    second = jacobian(derivation, [by], of)[0]
    given = drawn(derivation, {})
    found = run(program(second, second.statements(derivation.statements)), given, {})
    (name,) = second.wanted
    block = np.asarray(found[second.tangents.of[name]])
    value = np.asarray(run(derivation, given, {})[name])
    start = np.asarray(run(derivation, given, {})[by])
    for place in np.ndindex(start.shape):
        sides = []
        for step in (1e-6, -1e-6):
            moved = start.copy()
            moved[place] += step
            sides.append(_with(derivation, given, by, moved, name))
        np.testing.assert_allclose(block[(..., *place)], (sides[0] - sides[1]) / 2e-6, atol=1e-8)
    assert block.shape == value.shape + start.shape


def _with(derivation: Derivation, given: dict, name: str, value: np.ndarray, wanted: str) -> np.ndarray:  # type: ignore[type-arg]
    """One value where another, given or computed, is set by hand."""
    from dataclasses import replace

    tensors = tuple(replace(t, role="data") if t.name == name else t for t in derivation.tensors)
    kept = tuple(s for s in derivation.statements if getattr(s, "target", "") != name)
    return np.asarray(run(replace(derivation, tensors=tensors, statements=kept), {**given, name: value}, {})[wanted])


GAUSS_NEWTON = [("3-4-2", {}, "a2"), ("3-4-3", {"output": "softmax", "cost": "cross-entropy"}, "z2"),
                ("3-4-1", {"cost": "binary-cross-entropy"}, "z2"), ("3-2", {"regularize": "l2:0.1"}, "a1"),
                ("3-4-2", {"output": "identity"}, "z2"), ("2-2-2-1", {"activation": "tanh"}, "a3")]


@pytest.mark.parametrize(("arch", "choices", "split"), GAUSS_NEWTON)
def test_gauss_newton_is_the_jacobian_twice_around_the_hessian_of_the_loss(arch: str, choices: dict[str, str],
                                                                           split: str) -> None:
    derivation = forward(load(arch, **choices))
    second, found_split = gauss_newton_product(derivation)
    assert found_split == split
    whole = by_results(second)
    given = drawn(whole, {})
    values = run(whole, given, {})
    names = [t.name for t in derivation.of_role("parameter")]
    plain = {n: v for n, v in given.items() if not n.startswith("v_")}
    jacobians = {s.tangents.variable: np.asarray(run(program(s, s.statements(derivation.statements)), plain, {})[
        s.tangents.of[split]]) for s in jacobian(derivation, names, split)}
    moved = sum(np.tensordot(jacobians[n], given[f"v_{n}"], np.ndim(given[n])) for n in names)
    inner = _loss_hessian(derivation, plain, split)
    for wanted in second.wanted:
        of = second.derivation.tensor(wanted).of or ""
        expected = np.tensordot(inner @ moved, jacobians[of], 1)
        if "regularize" in choices and of.startswith("w"):
            expected = expected + 0.1 * given[f"v_{of}"]
        np.testing.assert_allclose(values[second.tangents.of[wanted]], expected, rtol=1e-5, atol=1e-7)


def _loss_hessian(derivation: Derivation, given: dict, split: str) -> np.ndarray:  # type: ignore[type-arg]
    """By central differences of the gradient by the split value, set by hand."""
    second = hessian(derivation, wrt=[split])[0]
    found = run(by_results(second), given, {})
    return np.asarray(found[second.tangents.of[second.wanted[0]]])


@pytest.mark.parametrize(("call", "said"), [
    (lambda d: hessian(d), "needs a number of layers"), (lambda d: jacobian(d, ["w"]), "needs a number of layers"),
    (lambda d: gauss_newton_product(d), "not plain"), (lambda d: jacobian(d, ["q"], "a"), "nothing called 'q'")])
def test_refusals(call, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DeriveError, match=said):
        call(model("any depth")[0])


def test_a_loss_of_steps_that_read_each_other_is_no_end_of_the_network() -> None:
    steps = "time t = 1..3\ndata x[t], y[t]\nparameter w\nh[0] = 0\nfor t:\n    h[t] = tanh(w*h[t-1] + x[t])\n"
    with pytest.raises(DeriveError, match="not plain\n.*one that no later step reads"):
        gauss_newton_product(read_equations(steps + "C = sum((h[t] - y[t])^2, t)"))


def test_names_that_are_taken_are_not_taken_again() -> None:
    derivation = read_equations("data x\nparameter w, v_w, R_a\na = w*v_w*R_a*x\nC = a^2")
    second = hessian_product(derivation)
    assert not set(second.tangents.of.values()) & set(derivation.by_name)
