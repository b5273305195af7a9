"""An architecture as the lines of a context: what they say in each notation."""

from __future__ import annotations

import pytest

from derive import shrunk
from derive.check.opening import judge_in
from derive.claims.network import MANY, ONE, SINGLE, Lines, readings
from derive.notation import notation, notations
from derive.pipeline import equations
from derive.spec import load
from derive.written.latex import read

ARCHES = {"3-4-2": {}, "2-3-4-2": {}, "3-4:relu-2:softmax": {"cost": "cross-entropy", "regularize": "l2"},
          "n0-...-nL": {}, "1-1-1": {}, "generated/one-weight/model.eq": {}, "generated/curve-fit/model.eq": {},
          "generated/computational-graph/model.eq": {}}


def context(arch: str, name: str, reading: str = ONE, **choices: str) -> Lines:
    style = notation(name)
    return readings(equations(load(arch, **(choices or ARCHES.get(arch, {}))), style), style)[reading]


SAID = [
    ("3-4-2", "nielsen", ONE, r"z^1 = w^1\,x + b^1"),
    ("3-4-2", "nielsen", ONE, r"C = \tfrac12\sum_j (a^2_j - y_j)^2"),
    ("3-4-2", "nielsen", ONE, r"\delta^l = \frac{\partial C}{\partial z^l}"),
    ("3-4-2", "nielsen", ONE, "a^0 = x"),
    ("3-4-2", "nielsen", ONE, r"z^l = w^l\,a^{l-1} + b^l"),
    ("3-4-2", "nielsen", MANY, r"\delta^l_{js} = \Delta^l_{js}"),
    ("n0-...-nL", "nielsen", ONE, r"\delta^l = \frac{\partial C}{\partial z^l}"),
    ("3-4-2", "ng", ONE, r"dW^{[l]} = \frac{\partial \mathcal{L}}{\partial W^{[l]}}"),
    ("3-4-2", "ng", ONE, r"J = \mathcal{L}"),
    ("3-4-2", "ng", ONE, r"x = a^{[0]}"),
    ("3-4-2", "ng", MANY, r"dZ^{[l]} = m\,\frac{\partial J}{\partial Z^{[l]}}"),
    ("3-4-2", "ng", MANY, r"dW^{[l]} = \frac{\partial J}{\partial W^{[l]}}"),
    ("3-4-2", "ng", MANY, r"z^{[l](i)}_j = Z^{[l]}_{ji}"),
    ("3-4-2", "ng", MANY, r"Z^{[l]} = W^{[l]}\,A^{[l-1]} + b^{[l]}"),
    ("3-4-2", "d2l", ONE, r"\hat{y} = \sigma(o)"),
    ("3-4-2", "d2l", ONE, r"z^{(2)} = o"),
    ("3-4-2", "d2l", MANY, r"h^{(l)}_{ij} = H^{(l)}_{ij}"),
    ("3-4-2", "d2l", MANY, r"Z^{(2)} = O"),
    ("n0-...-nL", "d2l", ONE, r"\hat{y} = h^{(L)}"),
    ("3-4-2", "cs231n", MANY, r"dz_{l,ij} = dZ_{l,ij}"),
    ("3-4-2", "bishop", ONE, r"w^{(l)}_{jk} = W^{(l)}_{jk}"),
    ("3-4-2", "bishop", ONE, r"\delta^{(l)} = \frac{\partial E_n}{\partial a^{(l)}}"),
    ("3-4-2", "ufldl", ONE, r"z^{(2)} = W^{(1)}\,a^{(1)} + b^{(1)}"),
    ("n0-...-nL", "ufldl", ONE, r"z^{(l)} = W^{(l-1)}\,a^{(l-1)} + b^{(l-1)}"),
    ("3-4-2", "pytorch", MANY, r"Z_1 = X\,W_1^T + b_1"),
    ("1-1-1", "3b1b", SINGLE, r"C_0 = (a^{(2)} - y)^2"),
    ("3-4:relu-2:softmax", "ng", MANY, r"A^{[2]}_{ji} = \frac{E^{[2]}_{ji}}{S^{[2]}_i}"),
    ("generated/one-weight/model.eq", "nielsen", ONE, "i = 1.5"),
]


@pytest.mark.parametrize(("arch", "name", "reading", "line"), SAID)
def test_an_equation_is_written_as_the_notation_does(arch: str, name: str, reading: str, line: str) -> None:
    assert line in context(arch, name, reading).given


WHERE = [
    ("784-16-16-10", "ng", ONE, r"W^{[l]} \in \mathbb{R}^{n_l \times n_{l-1}}"),
    ("784-16-16-10", "d2l", MANY, r"W^{(l)} \in \mathbb{R}^{M_{l-1} \times M_l}"),
    ("784-16-16-10", "d2l", MANY, r"O \in \mathbb{R}^{n \times M_3}"),
    ("784-16-16-10", "d2l", MANY, r"X \in \mathbb{R}^{n \times M_0}"),
    ("3-4-2", "cs231n", ONE, "x: row"),
    ("3-4-2", "cs231n", ONE, r"l = 1, \dots, 2"),
    ("3-4-2", "nielsen", ONE, r"\sigma: sigmoid"),
    ("3-4-2", "ng", MANY, r"i = 1, \dots, m"),
    ("1-1-1", "3b1b", SINGLE, r"w^{(l)} \in \mathbb{R}"),
    ("n0-...-nL", "ufldl", ONE, r"W^{(l)} \in \mathbb{R}^{s_{l+1} \times s_l}"),
    ("3-4:relu-2:softmax", "nielsen", ONE, r"\sum_j y_j = 1"),
]


@pytest.mark.parametrize(("arch", "name", "reading", "line"), WHERE)
def test_letters_are_declared(arch: str, name: str, reading: str, line: str) -> None:
    assert line in context(arch, name, reading).where


def test_nothing_is_said_of_all_layers_that_holds_in_some() -> None:
    given = context("3-4:relu-2", "nielsen").given
    assert r"z^l = w^l\,a^{l-1} + b^l" in given
    assert not any(line.startswith("a^l =") for line in given)


@pytest.mark.parametrize("name", sorted(notations()))
@pytest.mark.parametrize("arch", sorted(ARCHES))
def test_every_line_is_read(arch: str, name: str) -> None:
    style = notation(name)
    for lines in readings(equations(load(arch, **ARCHES[arch]), style), style).values():
        assert [len(read(line).parts) for line in lines.given] == [2] * len(lines.given)


NEURON = [
    ("3-4-1", r"\frac{\partial C}{\partial a^1_j} = w^2_{1j} \delta^2_1", "right", None),
    ("3-4-1", r"\delta^1_j = w^2_j \delta^2 a^1_j (1 - a^1_j)", "right", None),
    ("3-4-1", r"\frac{\partial C}{\partial w^1_{jk}} = (a^2 - y) \sigma'(z^2) w^2_j \sigma'(z^1_j) x_k", "right", None),
    ("3-4-1", r"\frac{\partial C}{\partial w^2} = \delta^2 (a^1)^T", "right", None),
    ("3-4-1", r"\delta^1_j = w^2_j \delta^2 a^1_j (1 + a^1_j)", "wrong", "sign"),
    ("3-4-1", r"\frac{\partial C}{\partial w^1_{jk}} = w^2_j \delta^2 x_k", "wrong", "missing_slope"),
    ("3-4-2", r"\frac{\partial C}{\partial a^1_j} = w^2_{1j} \delta^2_1", "wrong", None),
    ("3-4-2", r"\delta^1_j = w^2_j \delta^2 a^1_j (1 - a^1_j)", "wrong", None),
    ("seq(3x2)-rnn(4)-1", r"\frac{\partial C}{\partial h^1_{3j}} = w^2_{1j} \delta^2_1", "right", None),
    ("seq(3x2)-rnn(4)-1", r"\frac{\partial C}{\partial w^2_j} = \delta^2 h^1_{3j}", "right", None),
    ("seq(3x2)-attention(1)-1", r"\frac{\partial C}{\partial w^1_{v,if}} = \sum_t x_{tf} "
     r"\frac{\partial C}{\partial v^1_{ti}}", "right", None),
]


@pytest.mark.parametrize(("arch", "claim", "verdict", "mistake"), NEURON)
def test_one_neuron_is_a_vector_or_a_number(arch: str, claim: str, verdict: str, mistake: str | None) -> None:
    style = notation("nielsen")
    found = judge_in(readings(equations(load(arch), style), style))(claim)
    assert (found.verdict, found.mistake if mistake else None) == (verdict, mistake)


def test_a_wrong_claim_without_the_number_of_its_layer_is_told_its_mistake() -> None:
    style = notation("nielsen")
    found = judge_in(readings(equations(load("3-4-2"), style), style))(r"\delta = (y - a) \odot \sigma'(z)")
    assert found.verdict == "unreadable" and "those of layer 2, it is wrong" in found.explanation


@pytest.mark.parametrize(("claim", "verdict"), [
    (r"\frac{\partial C}{\partial b^1_o} = \sum_{p,q} \delta^1_{opq}", "right"),
    (r"\frac{\partial C}{\partial b^1_o} = 2 \sum_{p,q} \delta^1_{opq}", "wrong"),
    (r"\frac{\partial C}{\partial b^1_o} = \sum_{p=1}^{26} \sum_{q=1}^{26} \delta^1_{opq}", "undecided"),
])
def test_a_formula_about_large_images_is_decided_with_small_ones(claim: str, verdict: str) -> None:
    """It says so; a size that the small images do not have is not taken for another number."""
    found = judge_in(shrunk.readings(load("1x28x28-conv(1,3x3)-flatten-1"), notation("nielsen")))(claim)
    assert found.verdict == verdict
    assert "with an image of 1x4x4 in place of 1x28x28" in found.explanation
