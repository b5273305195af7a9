"""Random models, typed as text: the rule, every printed line and the emitted code agree with the complex step.

A model is a list of equations over indices of three sizes: products, sums over an index, activations, powers,
quotients that stay away from zero, reads of several earlier values (so paths meet), with or without a loop over time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cost_slopes import complex_step
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from models import drawn, has_loop, run

from derive.calculus.explain import explain
from derive.calculus.reverse import adjoints_of, reverse
from derive.evaluate import evaluate_left, evaluate_line
from derive.gradcheck.emitted import load_source
from derive.ir import Derivation
from derive.samples import over_samples
from derive.targets.numpy import emit
from derive.text import read_equations

SIZES = {"i": 2, "j": 3, "k": 4}
SMOOTH = ("sigmoid", "tanh", "softplus", "silu", "exp", "sin")
CLOSE = {"rtol": 1e-9, "atol": 1e-11}


def access(name: str, axes: str, time: str = "") -> str:
    inside = ",".join([time] * bool(time) + [*axes])
    return f"{name}[{inside}]" if inside else name


@st.composite
def factors(draw: st.DrawFn, values: list[tuple[str, str]], target: str) -> str:
    """Something over (some of) the axes of the target: a read, a function of it, a power, a sum over the rest."""
    name, axes = draw(st.sampled_from(values))
    read = access(name.partition("@")[0], axes, "t-1" if name.endswith("@") else "")
    shape = draw(st.sampled_from(["{}", "{}", "{}^2", "(1 + {}^2)^(1/2)", "1/(1 + {}^2)", "f({})", "f({} - 1/2)"]))
    text = shape.format(read).replace("f(", draw(st.sampled_from(SMOOTH)) + "(")
    summed = [axis for axis in axes if axis not in target]
    others = [v for v in values if v[1] and set(v[1]) & set(summed)]
    if summed and others and draw(st.booleans()):
        name, axes = draw(st.sampled_from(others))
        text += "*" + access(name.partition("@")[0], axes, "t-1" if name.endswith("@") else "")
        summed = [axis for axis in dict.fromkeys(read + axes) if axis in SIZES and axis not in target]
        summed = [axis for axis in summed if f"{axis}]" in text or f"{axis}," in text]
    return f"sum({text}, {', '.join(summed)})" if summed else text


@st.composite
def models(draw: st.DrawFn) -> str:
    axes = st.sampled_from(["", "i", "j", "k", "ij", "jk", "ik"])
    given = [(f"x{n}", draw(axes)) for n in range(draw(st.integers(1, 2)))]
    learnt = [(f"w{n}", draw(axes)) for n in range(draw(st.integers(1, 3)))]
    lines = [f"index {', '.join(f'{name} = {size}' for name, size in SIZES.items())}",
             "data " + ", ".join(access(*v) for v in given), "parameter " + ", ".join(access(*v) for v in learnt)]
    values = [*given, *learnt]
    for number in range(draw(st.integers(1, 4))):
        target = draw(axes)
        terms = draw(st.lists(st.lists(factors(values, target), min_size=1, max_size=2), min_size=1, max_size=2))
        lines.append(f"{access(f'v{number}', target)} = {' + '.join('*'.join(t) for t in terms)}")
        values.append((f"v{number}", target))
    if draw(st.booleans()):
        target = draw(st.sampled_from(["", "i", "j"]))
        lines.insert(0, "time t = 1..3")
        terms = draw(st.lists(factors([*values, ("h@", target)], target), min_size=1, max_size=3))
        own = f"tanh({' + '.join(terms)} + {access('h', target, 't-1')})"
        lines += [f"{access('h', target, '0')} = {draw(factors(values, target))}", "for t:",
                  f"    {access('h', target, 't')} = {own}",
                  f"last{f'[{target}]' if target else ''} = {access('h', target, '3')}"]
        values.append(("last", target))
    parts = draw(st.lists(factors(values[1:], ""), min_size=1, max_size=2))
    return "\n".join([*lines, f"C = {' + '.join([*parts, draw(factors(values[-1:], ''))])}"])


def check(text: str, batch: bool) -> None:
    derivation = read_equations(text)
    sizes: dict[str, Any] = {}
    if batch and derivation.of_role("data"):
        averaged = over_samples(derivation)
        derivation, sizes = averaged, {"m": 2} if averaged is not derivation else {}
    given_ = drawn(derivation, sizes)
    exact = pushes_are_right(derivation, given_, sizes)
    for policy in ("delta", "activation", "none"):
        lines_are_true(derivation, given_, sizes, policy)
    module = load_source(emit(explain(derivation)))
    names = [t.name for t in derivation.of_role("parameter")]
    data = [given_[t.name] for t in derivation.of_role("data")]
    _, grads = module.cost_and_gradients({name: given_[name] for name in names}, *data)
    for name in names:
        assert np.shape(grads[name]) == np.shape(exact[name]), name
        np.testing.assert_allclose(grads[name], exact[name], **CLOSE, err_msg=name)


def pushes_are_right(derivation: Derivation, given_: dict[str, Any], sizes: dict[str, Any]) -> dict[str, Any]:
    names = [t.name for t in derivation.of_role("parameter")]
    values = run(reverse(derivation), given_, sizes)
    found = {name: values[bar] for name, bar in adjoints_of(derivation).of.items() if name in names}
    for name in names:
        np.testing.assert_allclose(found[name], complex_step(derivation, given_, name, sizes=sizes), **CLOSE)
    return found


def lines_are_true(derivation: Derivation, given_: dict[str, Any], sizes: dict[str, Any], policy: Any) -> None:
    explanation = explain(derivation, None, policy)
    values = run(explanation.derivation, given_, sizes)
    for chain in explanation.chains:
        for line in chain.lines:
            left = evaluate_left(explanation.derivation, values, line.equation, sizes=sizes)
            right = evaluate_line(explanation.derivation, values, line.equation, sizes=sizes)
            np.testing.assert_allclose(right, left, **CLOSE, err_msg=f"{policy}: {chain.tensor.name}: {line.rule}")


SETTINGS: dict[str, Any] = {"deadline": None, "derandomize": True, "database": None,
                            "phases": [Phase.generate], "suppress_health_check": list(HealthCheck)}
"""Without shrinking: a failure shows its model at once."""


@settings(max_examples=20, **SETTINGS)
@given(models(), st.booleans())
def test_random_models(text: str, batch: bool) -> None:
    check(text, batch)


@pytest.mark.sweep
@settings(max_examples=150, **SETTINGS)
@given(models(), st.booleans())
def test_many_random_models(text: str, batch: bool) -> None:
    check(text, batch)


def test_the_models_are_not_all_alike() -> None:
    """Loops over time do occur among them."""
    seen: list[bool] = []

    @settings(max_examples=30, **SETTINGS)
    @given(models())
    def look(text: str) -> None:
        seen.append(has_loop(read_equations(text)))

    look()
    assert any(seen) and not all(seen)
