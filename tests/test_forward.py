"""From a network to its equations: what comes out is what a person would have typed."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp
from canonical import canonical, same
from hypothesis import example, given, settings
from hypothesis import strategies as st

from derive.errors import DeriveError
from derive.forward import forward
from derive.functions.record import activations, vector_activations
from derive.ir import Label, Loop
from derive.model.cost import costs, regularizers
from derive.model.layer import layers
from derive.spec import Dense, Network, load
from derive.text import read_equations, write_equations

ACTIVATIONS = sorted({record.name for record in (activations() | vector_activations()).values()})
COSTS = sorted({record.name for record in costs().values()})
REGULARIZERS = sorted({record.name for record in regularizers().values()})

GIVEN = "data x[k:3], y[j:2]\n"
TWO = GIVEN + "parameter w1[j:4,k:3], b1[j:4], w2[j:2,k:4], b2[j:2]\n"
ONE = GIVEN + "parameter w1[j:2,k:3], b1[j:2]\nz1[j] = sum(w1[j,k]*x[k], k) + b1[j]\n"
SIGMOIDS = "z1[j] = sum(w1[j,k]*x[k], k) + b1[j]\na1[j] = sigmoid(z1[j])\n" \
           "z2[j] = sum(w2[j,k]*a1[k], k) + b2[j]\na2[j] = sigmoid(z2[j])\n"
LAYERED = "layer l = 1..L\ndata x[k: n[0]], y[j: n[L]]\n" \
          "parameter w[l, j: n[l], k: n[l-1]], b[l, j: n[l]]\na[0,k] = x[k]\n"
LOOP = "    z[l,j] = sum(w[l,j,k]*a[l-1,k], k) + b[l,j]\n"
LAST = "z[L,j] = sum(w[L,j,k]*a[L-1,k], k) + b[L,j]\n"
HALF = "C = 1/2*sum((a[L,j] - y[j])^2, j)"

TYPED: dict[str, tuple[str, dict[str, Any], str]] = {
    "two layers": ("3-4-2", {}, TWO + SIGMOIDS + "C = 1/2*sum((a2[j] - y[j])^2, j)"),
    "the factor": ("3-4-2", {"factor": "1"}, TWO + SIGMOIDS + "C = sum((a2[j] - y[j])^2, j)"),
    "no biases": ("3-2:tanh", {"bias": False},
                  GIVEN + "parameter w1[j:2,k:3]\nz1[j] = sum(w1[j,k]*x[k], k)\na1[j] = tanh(z1[j])\n"
                  "C = 1/2*sum((a1[j] - y[j])^2, j)"),
    "identity": ("3-2:identity", {}, ONE + "a1[j] = z1[j]\nC = 1/2*sum((a1[j] - y[j])^2, j)"),
    "softmax": ("3-2", {"cost": "cross_entropy"},
                ONE + "e1[j] = exp(z1[j])\ns1 = sum(e1[j], j)\na1[j] = e1[j]/s1\nC = -sum(y[j]*log(a1[j]), j)"),
    "typed activation and cost": ("3-2", {"output": "z^3", "cost": "sum((a[j] - y[j])^4, j)"},
                                  ONE + "a1[j] = z1[j]^3\nC = sum((a1[j] - y[j])^4, j)"),
    "regularized": ("3-4-2", {"regularize": "l2:lambda/2m"},
                    TWO + "constant lam\n" + SIGMOIDS + "C0 = 1/2*sum((a2[j] - y[j])^2, j)\n"
                    "R = sum(lam*w1[j,k]^2/(2*m), j, k) + sum(lam*w2[j,k]^2/(2*m), j, k)\nC = C0 + R"),
    "letters for widths": ("n0-n1", {"cost": "mse"},
                           "data x[k:n0], y[j:n1]\nparameter w1[j:n1,k:n0], b1[j:n1]\n"
                           "z1[j] = sum(w1[j,k]*x[k], k) + b1[j]\na1[j] = sigmoid(z1[j])\n"
                           "C = 1/size(j)*sum((a1[j] - y[j])^2, j)"),
    "any depth": ("n0-...-nL", {},
                  LAYERED + "for l:\n" + LOOP + "    a[l,j] = sigmoid(z[l,j])\n" + HALF),
    "any depth, regularized": ("n0-...-nL", {"regularize": "l1"},
                               LAYERED + "constant lam\nfor l:\n" + LOOP + "    a[l,j] = sigmoid(z[l,j])\n"
                               "C0 = 1/2*sum((a[L,j] - y[j])^2, j)\nR = sum(lam*abs(w[l,j,k]), l, j, k)\nC = C0 + R"),
    "any depth, last layer apart": ("d0-...:relu-dL:softmax", {},
                                    (LAYERED + "for l = 1..L-1:\n" + LOOP + "    a[l,j] = relu(z[l,j])\n" + LAST
                                     + "eL[j] = exp(z[L,j])\nsL = sum(eL[j], j)\na[L,j] = eL[j]/sL\n" + HALF
                                     ).replace("n[", "d[")),
    "any depth, softmax inside": ("n0-...:softmax-nL:identity", {},
                                  LAYERED + "for l = 1..L-1:\n" + LOOP + "    e[l,j] = exp(z[l,j])\n"
                                  "    s[l] = sum(e[l,j], j)\n    a[l,j] = e[l,j]/s[l]\n" + LAST
                                  + "a[L,j] = z[L,j]\n" + HALF),
}


@pytest.mark.parametrize("name", TYPED)
def test_a_network_is_what_a_person_would_type(name: str) -> None:
    line, options, text = TYPED[name]
    derivation = forward(Network(line, **options))
    if name.startswith("typed"):  # g(z) against z^3: a typed function is written out in the text
        derivation = read_equations(write_equations(derivation))
    assert "\n".join(canonical(derivation)) == "\n".join(canonical(read_equations(text)))


def test_labels_origins_and_parts() -> None:
    derivation = forward(Network("3-4-2:softmax", regularize="l2:0.1"))
    assert derivation.tensor("w1").label == Label("w", sp.Integer(1))
    assert derivation.tensor("e2").label == Label("e", sp.Integer(2))
    assert derivation.tensor("x").label == Label("x") and derivation.tensor("y").label == Label("y")
    assert derivation.tensor("lam").label == Label("lambda") and derivation.tensor("lam").value == sp.Rational(1, 10)
    assert [(e.target, e.origin, e.part) for e in derivation.equations()] == [
        ("z1", "layer 1, weighted input", "dense"),
        ("a1", "layer 1, activation sigmoid", "sigmoid"),
        ("z2", "layer 2, weighted input", "dense"),
        ("e2", "layer 2, activation softmax", "softmax"),
        ("s2", "layer 2, activation softmax", "softmax"),
        ("a2", "layer 2, activation softmax", "softmax"),
        ("C0", "cost quadratic", "quadratic"),
        ("R", "regularizer l2", ""),
        ("C", "cost with its regularizer", ""),
    ]
    assert derivation.decimals and not forward(Network("3-2")).decimals


def test_labels_of_the_general_network() -> None:
    derivation = forward(Network("n0-...-nL:softmax"))
    assert derivation.tensor("w").label == Label("w")
    assert derivation.tensor("eL").label == Label("e", sp.Symbol("L", integer=True, positive=True))
    assert [type(s) is Loop for s in derivation.statements[:2]] == [False, True]
    assert {e.origin for e in derivation.equations()} >= {"input", "layer l, weighted input", "layer L, weighted input"}


def test_facts_are_carried() -> None:
    facts = forward(Network("3-4:softmax-2", cost="cross_entropy")).facts
    written = write_equations(forward(Network("3-4:softmax-2", cost="cross_entropy"))).splitlines()[-len(facts):]
    assert written == ["fact e1[j] = s1*a1[j]", "fact e2[j] = s2*a2[j]", "fact sum(y[j], j) = 1"]
    (inside,) = forward(Network("n0-...:softmax-nL")).facts[:1]
    assert [index.name for index in inside.free] == ["l", "j"]


def test_typed_activations_have_letters() -> None:
    derivation = forward(Network("3-4:z^3-4:(z^5)-2:z^3"))
    letters = [str(e.terms[0].body.func) for e in derivation.equations() if e.target.startswith("a")]
    assert letters == ["g", "h", "g"]


def test_assumptions_are_said() -> None:
    assert forward(Network("3-2")).assumptions == (
        "the activation of every layer is sigmoid", "the cost is quadratic", "the factor of the quadratic cost is 1/2")
    assert forward(Network("3-2:relu", cost="mse")).assumptions == ()
    assert forward(Network("3-4:relu-2", cost="hinge")).assumptions == (
        "the activation of the last layer is identity, for which the cost hinge is made",)


def test_a_notation_sets_the_factor_where_there_is_one() -> None:
    assert same(forward(Network("3-2").changed(factor="1")), forward(Network("3-2", factor=1)))
    entropy = Network("3-2", cost="cross_entropy")
    assert same(forward(entropy.changed(factor="1")), forward(entropy))


@pytest.mark.parametrize("line", sorted({line for layer in layers().values() for line in layer.examples}))
def test_layers_use_no_index_of_the_network(line: str) -> None:
    """l and s count layers and samples: a fragment that used them would be captured."""
    network = load(line)
    assert isinstance(network, Network)
    used = {i.name for e in forward(network).equations()
            for i in (*e.free, *(k for t in e.terms for k in t.summed)) if i.kind != "sample"}
    assert used.isdisjoint({"l", "s"})


def test_a_deep_network() -> None:
    derivation = forward(Network("-".join(["5"] * 301)))
    assert len(derivation.statements) == 601 and derivation.tensor("w300").axes[0].size == 5


widths = st.lists(st.integers(1, 7), min_size=2, max_size=6)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    inputs, *rest = draw(widths)
    stages = [Dense(width, draw(st.sampled_from(ACTIVATIONS)), draw(st.booleans())) for width in rest]
    regularize = draw(st.sampled_from([None, *REGULARIZERS, "l2:lambda/2m:0.25", "l1:0.1"]))
    return Network(inputs, *stages, cost=draw(st.sampled_from(COSTS)), regularize=regularize)


@settings(max_examples=60, deadline=None)
@given(networks())
def test_random_networks_are_printed_and_read_back(network: Network) -> None:
    derivation = forward(network)
    printed = write_equations(derivation)
    again = read_equations(printed)
    assert same(again, derivation), printed
    assert again.facts == derivation.facts
    shapes = [(t.name, tuple(axis.size for axis in t.axes)) for t in derivation.of_role("parameter")]
    assert shapes == network.parameters


@settings(max_examples=20, deadline=None)
@example("softmax", "elu", "cross_entropy_logits", False, None)
@given(st.sampled_from(ACTIVATIONS), st.sampled_from(ACTIVATIONS), st.sampled_from(COSTS), st.booleans(),
       st.sampled_from([None, "l2", "l1:0.5"]))
def test_general_networks_are_printed_and_read_back(hidden: str, output: str, cost: str, bias: bool,
                                                    regularize: str | None) -> None:
    line = f"n0-...:{hidden}-nL:{output}"
    derivation = forward(Network(line, cost=cost, bias=bias, regularize=regularize))
    assert same(read_equations(write_equations(derivation)), derivation), write_equations(derivation)


def test_sizes_with_the_same_name_must_agree() -> None:
    with pytest.raises(DeriveError, match="cannot be a width"):
        Network("x-3")
