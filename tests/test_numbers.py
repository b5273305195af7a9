"""The numbers form: what it prints is what the interpreter computes, rounded; and the step lowers the cost."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cost_slopes import complex_step

from derive.calculus.explain import explain
from derive.document.content import Display, Document, Prose
from derive.errors import DeriveError
from derive.evaluate import evaluate
from derive.forms.unrolled import unrolled, unrolled_values
from derive.latex.digits import Digits, tall
from derive.latex.document import content
from derive.notation import notation
from derive.pipeline import Model, read
from derive.worked import Numbers, example, numbers_in

NETWORKS: list[tuple[str, dict[str, Any]]] = [
    ("2-2-1", {}), ("1-1-1", {}), ("2-3-2", {"activation": "tanh"}), ("2-2:relu-2", {"output": "identity"}),
    ("2-3:softmax", {"cost": "cross-entropy"}), ("2-2-1", {"regularize": "l2:lambda/2"}),
]
SAMPLE = {"x": [0.05, 0.1], "y": [0.01, 0.99], "w1": [[0.15, 0.2], [0.25, 0.3]], "b1": [0.35, 0.35],
          "w2": [[0.4, 0.45], [0.5, 0.55]], "b2": [0.6, 0.6], "eta": 0.5}


def model(arch: str, choices: dict[str, Any], style: str = "nielsen") -> Model:
    return read(arch, choices, notation(style))


def formulas(document: Document) -> list[str]:
    return [f"{row.left} {row.relation} {''.join(row.right)}" for section in document.sections
            for block in section.blocks if isinstance(block, Display) for row in block.rows]


def prose(document: Document) -> str:
    return " ".join(b.text for section in document.sections for b in section.blocks if isinstance(b, Prose))


@pytest.mark.parametrize(("arch", "choices"), NETWORKS, ids=str)
def test_the_example_is_right_and_the_step_lowers_the_cost(arch: str, choices: dict[str, Any]) -> None:
    one = model(arch, choices).one
    explanation = explain(one)
    found = example(explanation, seed=3)
    assert found.after[one.cost] < found.before[one.cost]
    for chain in explanation.chains:
        name = str(chain.tensor.of)
        if one.tensor(name).role == "parameter":
            slope = complex_step(one, found.given, name)
            np.testing.assert_allclose(found.before[chain.tensor.name], slope, rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(found.after[name], found.given[name] - found.rate * slope, rtol=1e-9)


@pytest.mark.parametrize("style", ["nielsen", "3b1b"])
@pytest.mark.parametrize(("arch", "choices"), [*NETWORKS, ("seq(2x2)-rnn(2)-1", {})], ids=str)
def test_no_letter_is_left_where_numbers_were_put_in(arch: str, choices: dict[str, Any], style: str) -> None:
    found = formulas(content(model(arch, choices, style), style, "numbers"))
    assert not any(r"\N" in text for text in found)
    assert len(found) > 20


def test_a_known_example() -> None:
    """The figures of a widely used worked example (2-2-2, eta = 0.5; here biases move too)."""
    document = content(model("2-2-2", {}), "nielsen", "numbers", numbers=Numbers(SAMPLE, digits=9))
    text = "\n".join(formulas(document))
    for number in ("0.3775", "0.593269992", "0.75136507", "0.772928465", "0.298371109", "0.0821670406",
                   "0.35891648", "0.149780716", "0.280471447"):
        assert number in text
    assert r"\eta = 0.5" in prose(document)


@pytest.mark.parametrize(("value", "digits", "text", "rounded"), [
    (0.75136507, 4, "0.7514", True), (0.5, 4, "0.5", False), (-0.1, 4, "-0.1", False), (12.0, 4, "12", False),
    (0.000123456, 4, r"1.235 \cdot 10^{-4}", True), (0.0, 4, "0", False), (1234567.0, 3, r"1.23 \cdot 10^{6}", True),
    (0.1 + 0.2, 4, "0.3", False), (2e-5, 4, r"2 \cdot 10^{-5}", False)])
def test_numbers_are_rounded_for_the_eye(value: float, digits: int, text: str, rounded: bool) -> None:
    assert Digits(digits).number(value) == (text, rounded)


@pytest.mark.parametrize(("pattern", "values", "text"), [
    ("{} + {}", (1, -2), "1 + (-2)"), ("({} - {})^2", (-1, 2), "(-1 - 2)^2"), (r"{}\,{}", (-1, -2), r"-1 \cdot (-2)"),
    ("{}^2", (-3,), "(-3)^2"), (r"\sigma({})", ([1, 2],), r"\sigma\begin{pmatrix} 1 \\ 2 \end{pmatrix}"),
    (r"(1 - {})", ([1, 2],), r"\left(1 - \begin{pmatrix} 1 \\ 2 \end{pmatrix}\right)"),
    (r"{}\,[\,{} > 0\,]\,[\,{} = 1\,]", (2, -1, 1), r"2 \cdot [\,-1 > 0\,] \cdot [\,1 = 1\,]"),
    ("{}", ([[[1, 2]], [[3, 4]]],),
     r"\left[\begin{pmatrix} 1 & 2 \end{pmatrix},\; \begin{pmatrix} 3 & 4 \end{pmatrix}\right]"),
    ("{}", ([[[1, 2], [3, 4]]],), r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}")])
def test_numbers_get_the_brackets_they_need(pattern: str, values: tuple[Any, ...], text: str) -> None:
    digits = Digits(4)
    assert digits.shown(pattern.format(*(digits.mark(v) for v in values)))[0] == text


def test_brackets_grow_only_about_matrices() -> None:
    assert tall("(1 - 2)") == "(1 - 2)"


@pytest.mark.parametrize(("arch", "values", "said"), [
    ("8-16-4", {}, "could not be followed by hand"), ("n0-n1", {}, "sizes are numbers"),
    ("2-2-1", {"x": [1, 2, 3]}, "'x' was given as 3"), ("2-2-1", {"q": 1}, "takes no 'q'"),
    ("2-2-1", {"w1": "big"}, "'w1' needs numbers"), ("2-2-1", {"eta": -1}, "positive number"),
    ("2-2-1", {"b1": [1, float("nan")]}, "not finite")])
def test_refusals(arch: str, values: dict[str, Any], said: str) -> None:
    with pytest.raises(DeriveError, match=re.escape(said)):
        content(model(arch, {}), "nielsen", "numbers", numbers=Numbers(values))


def test_values_are_read_from_toml_and_npz(tmp_path: Path) -> None:
    (tmp_path / "v.toml").write_text("x = [0.05, 0.1]\neta = 0.5\n")
    np.savez(tmp_path / "v.npz", x=np.array([0.05, 0.1]))
    assert numbers_in(str(tmp_path / "v.toml")) == {"x": [0.05, 0.1], "eta": 0.5}
    assert numbers_in(str(tmp_path / "v.npz"))["x"].tolist() == [0.05, 0.1]
    (tmp_path / "bad.toml").write_text("x = [")
    for name in ("bad.toml", "missing.toml", "missing.npz"):
        with pytest.raises(DeriveError):
            numbers_in(str(tmp_path / name))


def test_too_long_a_step_is_said() -> None:
    document = content(model("2-2-1", {}), "nielsen", "numbers", numbers=Numbers({"eta": 5000.0}, seed=1))
    assert "did not fall" in prose(document) or "made it smaller" in prose(document)


@pytest.mark.parametrize("arch", ["seq(3x2)-rnn(2)-1", "seq(2x2)-lstm(1,gives=all)-1", "seq(2x1)-birnn(1)-1"])
def test_a_loop_over_time_written_out_is_the_same_network(arch: str) -> None:
    """The same numbers give the same cost, and the same gradients of the parameters."""
    looped = explain(model(arch, {}).one)
    drawn = example(explain(unrolled(looped.forward))).given
    values = {t.name: drawn[t.name] if t.name in drawn else np.stack(
        [drawn[f"{t.name}_{n}"] for n in range(1, int(t.axes[0].size) + 1)])
        for t in looped.forward.of_role("data", "parameter")}
    apart = explain(unrolled(looped.forward))
    one = evaluate(looped.derivation, values)
    other = evaluate(apart.derivation, unrolled_values(looped.forward, values))
    for chain in looped.chains:
        if looped.forward.tensor(chain.tensor.of or "").role in ("parameter", "cost"):
            np.testing.assert_allclose(one[chain.tensor.name], other[chain.tensor.name], rtol=1e-12)
