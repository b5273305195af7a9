"""What SciPy's BLAS does in fast code: a product, its bias and a factor in one call; and the same without SciPy."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_fast_code import EXACT, QUICK, agrees, close, fast, many, module_and_data

from derive.calculus.explain import explain
from derive.gradcheck.emitted import load_source
from derive.plan.measured import DEFAULT
from derive.plan.module import FastBuilder
from derive.plan.record import Apply, Contract, Plan
from derive.samples import over_samples
from derive.targets.numpy import variants
from derive.text import read_equations

EAGER = replace(DEFAULT, uncleared=1, few_rows=10**9, unpacked=10**9, few=10**9)
"""Every gradient of any number of examples."""


def plan_of(derivation: Any, case: str) -> Plan:
    builder = FastBuilder(explain(derivation), {})
    return builder.passed(builder.plan, case)


def onto(plan: Plan) -> list[str]:
    """What products are added onto."""
    return [s.out.name for s in plan.statements if isinstance(s, Contract) and s.gemm and s.gemm.onto]


def without_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.linalg", None)  # what import takes for "not there"


@pytest.mark.parametrize("scipy", [True, False])
@settings(max_examples=40, **QUICK)
@given(widths=st.lists(st.integers(1, 40), min_size=2, max_size=4), bias=st.booleans(),
       hidden=st.sampled_from(["sigmoid", "tanh", "relu", "softplus", "identity"]),
       ends=st.sampled_from([("quadratic", "sigmoid"), ("cross_entropy", "softmax"), ("quadratic", "identity")]),
       batch=st.sampled_from([1, 2, 7, 41, 300]), dtype=st.sampled_from(list(EXACT)), seed=st.integers(0, 99))
def test_blas_changes_no_value(scipy: bool, widths: list[int], bias: bool, hidden: str, ends: tuple[str, str],
                               batch: int, dtype: str, seed: int) -> None:
    """Whatever is few, with SciPy and without."""
    cost, output = ends
    line = "-".join([str(widths[0]), *(f"{n}:{hidden}" for n in widths[1:-1]), f"{widths[-1]}:{output}"])
    derivation = many(line, cost=cost, bias=bias)
    source = variants(explain(derivation))(measured=EAGER)
    assert "def _gemm(" in source and ("def _gemv(" in source) == (bias and "def _one(" in source)
    with pytest.MonkeyPatch.context() as patched:
        if not scipy:
            without_scipy(patched)
        agrees(derivation, batch, dtype, cost, load_source(source), seed)


@pytest.mark.parametrize("dtype", list(EXACT))
def test_scipy_is_asked_where_it_is_installed(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from scipy.linalg import blas

    module: Any = load_source(fast(many("4-3-2")))
    letter = {"float32": "s", "float64": "d"}[dtype]
    assert module._blas("gemm", np.dtype(dtype)) is getattr(blas, f"{letter}gemm")
    without_scipy(monkeypatch)
    assert module._blas("gemm", np.dtype(dtype)) is None


@pytest.mark.parametrize(("line", "statements"), [
    ("784-30-10", ["gemm(0.5, w1.T, x.T, 0.5, a1_T, 1, 0, 1)", "gemm(1, x.T, delta1_T, 0, grad_w1_T, 0, 1, 1)",
                   "gemv(0.5, w1.T, x_0, 0.5, a1, 0, 1, 0, 1, 1, 1)", "delta2_T.dot(a1, grad_w2)"]),
    ("40-30:tanh-20:identity", ["gemm(1, w1.T, x.T, 1, z1_T, 1, 0, 1)", "gemv(1, w2.T, a1, 1, a2, 0, 1, 0, 1, 1, 1)"]),
])
def test_a_product_and_its_bias_are_one_call(line: str, statements: list[str]) -> None:
    lines = [text.strip() for text in fast(many(line)).splitlines()]
    assert all(statement in lines for statement in statements)
    assert not any(text.startswith("add(z1, b1") or "_rows[...]" in text for text in lines)


def equations(loss: str, rest: str = "") -> Any:
    return over_samples(read_equations(f"""
        data x[k: 3], y[j: 2]{", b[j]" if "parameter b" not in rest else ""}
        parameter w[j: 2, k: 3]{", b[j]" if "parameter b" in rest else ""}
        p[j] = sum(w[j,k]*x[k], k)
        z[j] = p[j] + b[j]
        C = {loss}
        """))


@pytest.mark.parametrize(("loss", "rest", "found"), [
    ("sum((z[j] - y[j])^2, j)", "parameter b", ["z"]),
    ("sum((tanh(3*z[j]) - y[j])^2, j)", "parameter b", ["C_t"]),
    ("sum((tanh(3*z[j]) - y[j])^2, j) + sum(z[j]*y[j], j)", "parameter b", ["z"]),  # z is read again
    ("sum((z[j] - y[j])^2, j) + sum(p[j]*y[j], j)", "parameter b", []),  # so is the product
    ("sum((z[j] - y[j])^2, j)", "", []),  # what each example adds is no bias
])
@pytest.mark.parametrize("case", ["one", "few"])
def test_only_what_nothing_else_reads_is_merged(loss: str, rest: str, found: list[str], case: str) -> None:
    derivation = equations(loss, rest)
    plan = plan_of(derivation, case)
    assert [plan.place(name) in {plan.place(f) for f in found} for name in onto(plan)] == [True] * len(found)
    made: Any = load_source(fast(derivation))
    rng, m = np.random.default_rng(0), 1 if case == "one" else 5
    params = {name: rng.standard_normal(a.shape) for name, a in made.init(rng).items()}
    data = [rng.random((m, 3)), rng.random((m, 2)), *([] if rest else [rng.random((m, 2))])]
    cost, grads = made.cost_and_gradients(params, *data)
    for _ in range(2):
        near, own = made.Gradient(m)(params, *data)
        assert close(near, cost, 1e-12) and all(close(own[name], g, 1e-12) for name, g in grads.items())


def test_a_comment_stays_where_its_equation_is_computed() -> None:
    source = fast(many("4-3-2"))
    few = source[source.index("def _few("):source.index("def _prepared(")].splitlines()
    for sign in ("# z1[s,j] = ", "# a1[s,j] = "):
        at = next(n for n, text in enumerate(few) if text.strip().startswith(sign))
        assert few[at + 1].strip() in ("a1[...] = b1", "tanh(a1, a1)")


def test_the_bias_lies_there_before_the_product_comes() -> None:
    plan = plan_of(many("4-3-2"), "few")
    for n, s in enumerate(plan.statements):
        if isinstance(s, Contract) and s.gemm and s.gemm.onto:
            before = plan.statements[n - 1]
            assert isinstance(before, Apply) and before.out.name == s.out.name and before.function == "np.positive"


@pytest.mark.parametrize("scipy", [True, False])
@pytest.mark.parametrize("batch", [1, 6])
def test_arrays_of_any_layout(batch: int, scipy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns side by side, every other column, read-only ones."""
    if not scipy:
        without_scipy(monkeypatch)
    module, params, x, y = module_and_data(batch=batch)
    cost, grads = module.cost_and_gradients(params, x, y)
    wide = np.repeat(x, 2, axis=1)[:, ::2]
    x.flags.writeable = False
    for seen in (wide, np.asfortranarray(x), x):
        for weights in (params, {name: np.asfortranarray(a) for name, a in params.items()}):
            near, own = module.Gradient(batch)(weights, seen, y)
            assert close(near, cost, 1e-12) and all(close(own[name], g, 1e-12) for name, g in grads.items())


@pytest.mark.parametrize("batch", [1, 6])
def test_scipy_converts_nothing_in_silence(batch: int) -> None:
    module, params, x, y = module_and_data(batch=batch, dtype="float32")
    gradient = module.Gradient(batch, "float32")
    gradient(params, x, y)
    wrong = f"x is ({batch}, 4) of float64; it must be ({batch}, 4) of float32"
    with pytest.raises(ValueError) as caught:
        gradient(params, x.astype(float), y)
    assert str(caught.value) == wrong
    for calls in (lambda p: gradient(p, x, y), lambda p: gradient.fixed(x, y)(p)):
        for _ in range(2):  # a dict that was refused is looked at again
            with pytest.raises(ValueError, match=r"w1 is \(3, 4\) of float64; it must be \(3, 4\) of float32"):
                calls({**params, "w1": params["w1"].astype(float)})
    with pytest.raises(ValueError, match=r"x is \(2, 4\) of float64; it must be \(2, 4\) of float32"):
        gradient(params, np.zeros((2, 4)), np.zeros((2, 2), "float32"))  # a last minibatch of another size


@pytest.mark.parametrize("scipy", [True, False])
@pytest.mark.parametrize("shape", [(3, 5), (4, 4), (3,)])
def test_another_shape_in_the_same_dict_is_named(shape: tuple[int, ...], scipy: bool,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    """SciPy has an error of its own for that, which says nothing of w1."""
    if not scipy:
        without_scipy(monkeypatch)
    module, params, x, y = module_and_data()
    gradient = module.Gradient(6)
    gradient(params, x, y)
    params["w1"] = np.zeros(shape)
    with pytest.raises(ValueError, match=r"w1 is .* of float64; it must be \(3, 4\) of float64"):
        gradient(params, x, y)
