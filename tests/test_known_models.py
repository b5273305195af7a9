"""The models people know: what derive finds is, term for term, the formula that its source states.

Each expected line is written in the textbook syntax with the adjoints as data; it must be the
same equation up to the names of indices, not merely the same number.
"""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp
from canonical import canonical_equation

from derive.calculus.explain import Explanation, explain
from derive.forward import forward
from derive.functions.record import Application
from derive.ir import Derivation, Equation, index_symbol, read, size_symbol
from derive.samples import over_samples
from derive.spec import load
from derive.text import read_block, read_equations

SEVERAL = "3-4-2"
ANY_DEPTH = "n0-...-nL"


def network(line: str, **choices: Any) -> Derivation:
    return forward(load(line, **choices))


def expected(explanation: Explanation, text: str) -> Equation:
    """The equation that `text` states, read with every tensor of the derivation declared."""
    tensors = explanation.derivation.tensors
    loops = ["layer l = 1..L"] if any(a.kind == "layer" for t in tensors for a in t.axes) else []
    lines = [*loops, *sorted({f"sample {a.name} = {a.size}" for t in tensors for a in t.axes if a.kind == "sample"})]
    target = text.split("=")[0].split("[")[0].strip()
    for tensor in tensors:
        if tensor.name != target:
            axes = ", ".join(f"{a.name}: {a.size if a.start == 0 else f'{a.start}..{a.last}'}" for a in tensor.axes)
            lines.append(f"data {tensor.name}" + (f"[{axes}]" if axes else ""))
    block = read_block("\n".join([*lines, text]))
    return next(e for e in block.equations() if e.target == target)


def assert_states(explanation: Explanation, of: str, rule: str, text: str) -> None:
    chain = explanation.chain(of)
    line = chain.line(rule)
    assert line is not None, [one.rule for one in chain.lines]
    assert written_out(line.equation) == written_out(expected(explanation, text))


def written_out(equation: Equation) -> str:
    """Up to the names of indices, the order of factors and 2*(a - y) = 2*a - 2*y."""
    return canonical_equation(equation.map(sp.expand))


def bodies(derivation: Derivation, of: str) -> dict[str, sp.Expr]:
    """The first two lines of dC/d(of) for scalar models, as expressions."""
    chain = explain(derivation, [of], "none").chain(of)
    return {line.rule: sp.expand(sp.Add(*(t.body for t in line.equation.terms))) for line in chain.lines}


# 3Blue1Brown, "Backpropagation calculus" (2017): the chain of single neurons

CHAIN = """
data x, y
parameter w1, b1, w2, b2, w3, b3
z1 = w1*x + b1
a1 = sigmoid(z1)
z2 = w2*a1 + b2
a2 = sigmoid(z2)
z3 = w3*a2 + b3
a3 = sigmoid(z3)
C = (a3 - y)^2
"""


def slope(number: int) -> sp.Expr:
    """sigma'(z_l)."""
    found = explain(read_equations(CHAIN), ["b1"], "none").chain("b1").line("local derivatives")
    assert found is not None
    return next(f for f in found.equation.terms[0].body.atoms(Application) if f.args[0] == read(f"z{number}"))


def test_the_weight_of_the_last_neuron() -> None:
    a2, a3, y = map(read, ("a2", "a3", "y"))
    assert bodies(read_equations(CHAIN), "w3")["local derivatives"] == sp.expand(a2 * slope(3) * 2 * (a3 - y))


def test_the_weight_one_neuron_back_is_a_product_of_five_factors() -> None:
    a1, w3, a3, y = map(read, ("a1", "w3", "a3", "y"))
    chain = explain(read_equations(CHAIN), ["w2"], "none").chain("w2")
    assert len(chain.lines[0].equation.terms[0].body.args) == 5
    product = a1 * slope(2) * w3 * slope(3) * 2 * (a3 - y)
    assert sp.expand(chain.lines[1].equation.terms[0].body - product) == 0


def test_the_bias_and_the_activation_before() -> None:
    w3, a3, y = map(read, ("w3", "a3", "y"))
    assert bodies(read_equations(CHAIN), "b3")["local derivatives"] == sp.expand(slope(3) * 2 * (a3 - y))
    assert bodies(read_equations(CHAIN), "a2")["local derivatives"] == sp.expand(w3 * slope(3) * 2 * (a3 - y))


# The same video, several neurons in each layer (cost without 1/2)

@pytest.mark.parametrize(("of", "text"), [
    ("a2", "dC_da2[j] = 2*(a2[j] - y[j])"),
    ("a1", "dC_da1[k] = sum(w2[j,k]*sigmoid'(z2[j])*dC_da2[j], j)"),
    ("w2", "dC_dw2[j,k] = a1[k]*sigmoid'(z2[j])*dC_da2[j]"),
    ("b2", "dC_db2[j] = sigmoid'(z2[j])*dC_da2[j]"),
    ("w1", "dC_dw1[j,k] = x[k]*sigmoid'(z1[j])*dC_da1[j]"),
])
def test_several_neurons_in_a_layer(of: str, text: str) -> None:
    assert_states(explain(network(SEVERAL, factor="1"), policy="activation"), of, "local derivatives", text)


def test_the_cost_of_many_examples_is_the_average() -> None:
    """dC/dw = 1/n sum_k dC_k/dw: the 1/n stands in dC/dz, the sum in dC/dw."""
    batch = over_samples(network(SEVERAL, factor="1"))
    found = explain(batch)
    assert_states(found, "z2", "local derivatives", "dC_dz2[s,j] = 2/m*(a2[s,j] - y[s,j])*sigmoid'(z2[s,j])")
    assert_states(found, "w2", "local derivatives", "dC_dw2[j,k] = sum(a1[s,k]*dC_dz2[s,j], s)")
    assert_states(found, "b2", "local derivatives", "dC_db2[j] = sum(dC_dz2[s,j], s)")


# Nielsen, Neural Networks and Deep Learning, chapter 2: BP1-BP4, for any number of layers

def test_the_four_equations_for_any_layer() -> None:
    found = explain(network(ANY_DEPTH))
    assert_states(found, "w", "local derivatives", "dC_dw[l,j,k] = dC_dz[l,j]*a[l-1,k]")
    assert_states(found, "b", "local derivatives", "dC_db[l,j] = dC_dz[l,j]")
    line = found.chain("z").line("local derivatives")
    assert line is not None
    terms = {str(t.where[0]): t for t in line.equation.terms}
    last, earlier = terms["Eq(l, L)"], terms["l <= L - 1"]
    layer, j, q = (index_symbol(n) for n in "ljq")
    prime = next(iter(earlier.body.atoms(Application)))
    assert prime.args == (read("z", layer, j),) and prime.order == 1
    assert (last.summed, last.body) == ((), (read("a", size_symbol("L"), j) - read("y", j)) * prime)
    assert [k.symbol for k in earlier.summed] == [q]
    assert earlier.body == read("w", layer + 1, q, j) * read("dC_dz", layer + 1, q) * prime


# Ng, Machine Learning (2011): logistic outputs, regularized cross-entropy over m examples

def test_the_regularized_cross_entropy() -> None:
    """D = 1/m Delta + lambda/m Theta, biases not regularized; delta^(L) = a^(L) - y, here with its 1/m."""
    batch = over_samples(network(SEVERAL, cost="binary-cross-entropy", regularize="l2:lambda/2m"))
    found = explain(batch)
    assert written_out(found.chain("z2").result) == written_out(
        expected(found, "dC_dz2[s,j] = 1/m*(a2[s,j] - y[s,j])"))
    assert_states(found, "w2", "local derivatives",
                  "dC_dw2[j,k] = sum(a1[s,k]*dC_dz2[s,j], s) + lam/m*w2[j,k]")
    assert_states(found, "b2", "local derivatives", "dC_db2[j] = sum(dC_dz2[s,j], s)")


# Softmax and cross-entropy collapse to a - y

def test_softmax_and_cross_entropy_collapse() -> None:
    found = explain(network("3-4-2:softmax", cost="cross-entropy"))
    assert written_out(found.chain("z2").result) == written_out(
        expected(found, "dC_dz2[j] = a2[j] - y[j]"))
    assert "use what is known" in [line.rule for line in found.chain("z2").lines]


# "A neural network with one weight": a = i*w, C = (a - y)^2, i = 1.5, y = 0.8 (its video printed 4.5w - 1.5)

def test_the_single_weight() -> None:
    w = read("w")
    derivation = read_equations("constant i = 1.5, y = 0.8\nparameter w\na = i*w\nC = (a - y)^2")
    assert derivation.decimals
    assert sp.expand(in_weights(derivation, "w") - (sp.Rational("4.5") * w - sp.Rational("2.4"))) == 0
    assert sp.expand(in_weights(derivation, "w") - (sp.Rational("4.5") * w - sp.Rational("1.5"))) != 0


def test_the_single_weight_with_a_second_layer() -> None:
    """b = v*a: dC/dw = 2(b - y) v i, dC/dv = 2(b - y) a."""
    derivation = read_equations("constant i = 1.5, y = 0.8\nparameter w, v\na = i*w\nb = v*a\nC = (b - y)^2")
    i, v, a, b, y, w = map(read, ("i", "v", "a", "b", "y", "w"))
    assert bodies(derivation, "w")["local derivatives"] == sp.expand(2 * (b - y) * v * i)
    assert bodies(derivation, "v")["local derivatives"] == sp.expand(2 * (b - y) * a)
    expected = 2 * (v * w * sp.Rational("1.5") - sp.Rational("0.8")) * v * sp.Rational("1.5")
    assert sp.expand(in_weights(derivation, "w") - expected) == 0


def in_weights(derivation: Derivation, of: str) -> sp.Expr:
    """The gradient with every value and constant put in, in terms of the weights alone."""
    found = bodies(derivation, of)["local derivatives"]
    values = {read(e.target): e.terms[0].body for e in derivation.equations()}
    numbers = {read(t.name): t.value for t in derivation.of_role("constant")}
    for _ in values:
        found = found.xreplace(values)
    return found.xreplace(numbers)


# colah, "Calculus on Computational Graphs" (2015): e = (a + b)*(b + 1) at a = 2, b = 1

def test_the_computational_graph_of_colah() -> None:
    derivation = read_equations("parameter a, b\nc = a + b\nd = b + 1\ne = c*d")
    a, b, c, d = map(read, "abcd")
    assert bodies(derivation, "a")["local derivatives"] == d
    assert bodies(derivation, "b")["local derivatives"] == c + d
    at = {c: a + b, d: b + 1}
    assert bodies(derivation, "b")["local derivatives"].xreplace(at).xreplace({a: 2, b: 1}) == 5
    assert bodies(derivation, "a")["local derivatives"].xreplace(at).xreplace({b: 1}) == 2


# The curve fit k0 + k1 x + ... + k5 x^5 with squared error on 100 points

def test_the_curve_fit() -> None:
    text = "sample i = 100\ndata x[i], y[i]\nparameter " + ", ".join(f"k{p}" for p in range(6))
    text += "\nf[i] = " + " + ".join(f"k{p}*x[i]^{p}" for p in range(6)) + "\nC = sum((f[i] - y[i])^2, i)"
    found = explain(read_equations(text))
    for power in range(6):
        assert_states(found, f"k{power}", "local derivatives", f"dC_dk{power} = sum(x[i]^{power}*dC_df[i], i)")
    assert_states(found, "f", "local derivatives", "dC_df[i] = 2*(f[i] - y[i])")
