"""The interpreter against formulas written by hand in NumPy, and against exact values."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp

from derive.activations.sigmoid import ENTRY as sigmoid_record
from derive.calculus.partials import Partial
from derive.errors import DeriveError
from derive.evaluate import Interpreter, evaluate, evaluate_left, evaluate_line
from derive.functions.record import activations
from derive.ir import Derivation, Equation, Index, Loop, Term, index_symbol, read, size_symbol
from derive.text import read_block, read_equations

MLP = """
data x[k], y[i]
parameter w1[j, k], b1[j], w2[i, j], b2[i]
z1[j] = sum(w1[j,k]*x[k], k) + b1[j]
a1[j] = sigmoid(z1[j])
z2[i] = sum(w2[i,j]*a1[j], j) + b2[i]
a2[i] = sigmoid(z2[i])
C = 1/2*sum((a2[i] - y[i])^2, i)
"""
SOFTMAX = """
data z[j], y[j]
e[j] = exp(z[j])
s = sum(e[j], j)
p[j] = e[j]/s
C = -sum(y[j]*log(p[j]), j)
"""
NETWORK = """
layer l = 1..L
data x[k: n[0]], y[j: n[L]]
parameter w[l, j: n[l], k: n[l-1]], b[l, j: n[l]]
a[0,j] = x[j]
for l:
    z[l,j] = sum(w[l,j,k]*a[l-1,k], k) + b[l,j]
    a[l,j] = tanh(z[l,j])
C = sum((a[L,j] - y[j])^2, j)
"""
RECURRENT = """
time t = 1..T
data x[t, k], h0[j], y[j]
parameter u[j, i: n_j], v[j, k]
h[0,j] = h0[j]
for t:
    h[t,j] = tanh(sum(u[j,i]*h[t-1,i], i) + sum(v[j,k]*x[t,k], k))
C = sum((h[T,j] - y[j])^2, j)
"""
POLYNOMIAL = """
data x[s: 7], y[s: 7]
parameter c[p: 6]
f[s] = sum(c[p]*x[s]^p, p)
C = sum((f[s] - y[s])^2, s)
"""


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def mlp_arrays():
    r = rng()
    shapes = {"x": 4, "y": 2, "w1": (3, 4), "b1": 3, "w2": (2, 3), "b2": 2}
    return {name: r.normal(size=shape) for name, shape in shapes.items()}


def network_arrays(n=(3, 4, 2)):
    r = rng()
    layers = list(zip(n[1:], n, strict=False))
    return {"x": r.normal(size=n[0]), "y": r.normal(size=n[-1]), "w": [r.normal(size=(j, k)) for j, k in layers],
            "b": [r.normal(size=j) for j, _ in layers]}


def test_two_layers():
    g = mlp_arrays()
    v = evaluate(read_equations(MLP), g)
    a1 = sigmoid(g["w1"] @ g["x"] + g["b1"])
    a2 = sigmoid(g["w2"] @ a1 + g["b2"])
    assert np.allclose(v["a1"], a1, rtol=1e-14) and np.allclose(v["a2"], a2, rtol=1e-14)
    assert np.isclose(v["C"], ((a2 - g["y"]) ** 2).sum() / 2, rtol=1e-14) and v["C"].shape == ()


def test_softmax_and_log():
    g = {"z": rng().normal(size=5), "y": np.eye(5)[2]}
    v = evaluate(read_equations(SOFTMAX), g)
    p = np.exp(g["z"]) / np.exp(g["z"]).sum()
    assert np.allclose(v["p"], p, rtol=1e-14) and np.isclose(v["C"], -np.log(p[2]), rtol=1e-14)


def test_push_of_a_strided_convolution():
    d = read_equations("data w[k: 3], zb[i: 4]\nxb[2*i+k] += w[k]*zb[i]\nC = sum(zb[i], i)\n")
    d = replace(d, tensors=tuple(replace(t, axes=(Index("p", 9),)) if t.name == "xb" else t for t in d.tensors))
    r = rng()
    g = {"w": r.normal(size=3), "zb": r.normal(size=4)}
    expected = np.zeros(9)
    for i in range(4):
        for k in range(3):
            expected[2 * i + k] += g["w"][k] * g["zb"][i]
    assert np.allclose(evaluate(d, g)["xb"], expected, rtol=1e-14)


def test_the_general_network_with_ragged_widths():
    g = network_arrays((3, 4, 2, 5))
    v = evaluate(read_equations(NETWORK), g)
    a = g["x"]
    for layer, (w, b) in enumerate(zip(g["w"], g["b"], strict=True), 1):
        a = np.tanh(w @ a + b)
        assert np.allclose(v["a"][layer], a, rtol=1e-14) and v["a"][layer].shape == a.shape
    assert np.isclose(v["C"], ((a - g["y"]) ** 2).sum(), rtol=1e-14)


def test_equal_widths_may_be_one_array():
    g = network_arrays((3, 3, 3))
    lists = evaluate(read_equations(NETWORK), g)["C"]
    arrays = {name: np.array(value) for name, value in g.items()}
    stacked = evaluate(read_equations(NETWORK), arrays, {"L": 2, "n": [3, 3, 3]})
    assert stacked["C"] == lists


def test_a_sum_over_layers_takes_each_weight_once():
    d = read_equations(NETWORK + "R = sum(w[l,j,k]^2, l, j, k)\ncost R\n")
    g = network_arrays((3, 4, 2, 5))
    assert np.isclose(evaluate(d, g)["R"], sum((w**2).sum() for w in g["w"]), rtol=1e-14)


def test_recurrent_through_time():
    r = rng()
    g = {"x": r.normal(size=(5, 2)), "h0": r.normal(size=3), "y": r.normal(size=3), "u": r.normal(size=(3, 3)),
         "v": r.normal(size=(3, 2))}
    h = g["h0"]
    for x in g["x"]:
        h = np.tanh(g["u"] @ h + g["v"] @ x)
    v = evaluate(read_equations(RECURRENT), g)
    assert np.allclose(v["h"][-1], h, rtol=1e-13) and v["h"].shape == (6, 3)


def test_a_descending_loop_counts_down():
    d = read_equations("time t = 1..4\ndata q[t]\nh[5] = 1\nfor t descending:\n    h[t] = h[t+1]*q[t]\nC = h[1]\n")
    assert evaluate(d, {"q": [2.0, 3.0, 5.0, 7.0]})["h"].tolist() == [210, 105, 35, 7, 1]


def test_a_loop_may_take_every_second_round():
    derivation = read_equations("time t = 1..5\ndata x[t: 1..5]\nh[0] = 0\nfor t:\n    h[t] = x[t]\nC = h[5]\n")
    loop = next(s for s in derivation.statements if isinstance(s, Loop))
    statements = tuple(replace(loop, step=2) if s is loop else s for s in derivation.statements)
    found = evaluate(replace(derivation, statements=statements), {"x": np.arange(1.0, 6.0)})
    np.testing.assert_array_equal(found["h"], [0, 1, np.nan, 3, np.nan, 5])



@pytest.mark.parametrize("number", ["float64", "complex128", "exact", "mpmath"])
def test_polynomial_with_the_index_as_exponent(number):
    x, c = np.array([-3, -2, -1, 0, 1, 2, 3]), np.array([5, -4, 3, 2, -1, 1])
    v = evaluate(read_equations(POLYNOMIAL), {"x": x, "y": 0 * x, "c": c}, number=number)
    assert [complex(f) for f in v["f"]] == pytest.approx([np.polyval(c[::-1].astype(float), t) for t in x], rel=1e-12)


def test_an_index_that_nothing_carries_multiplies_by_its_extent():
    d = read_equations("data x\nindex j = 4\nC = sum(x, j)\n")
    assert evaluate(d, {"x": 2.5})["C"] == 10


def with_condition(where, body="x", size=5):
    """c[p] = sum_i of a body, only where the condition holds."""
    p, i = Index("p", size), Index("i", 4)
    block = read_block(f"data x[i: 4]\nindex p = {size}\nc[p] = 0\n")
    equation = Equation("c", (p.symbol,), (p,), (Term(read(body, sp.expand((p.symbol - 1) / 2)), (i,), where),))
    return Derivation(block.tensors, (equation,), "c")


def test_where_the_condition_fails_nothing_is_read():
    p, i = index_symbol("p"), index_symbol("i")
    d = with_condition((sp.Eq(p, 2 * i + 1, evaluate=False),))
    assert evaluate(d, {"x": [1.0, 2.0, 3.0, 4.0]})["c"].tolist() == [0, 1, 0, 2, 0]
    assert evaluate(d, {"x": [1, 2, 3, 4]}, number="exact")["c"].tolist() == [0, 1, 0, 2, 0]


def test_without_the_condition_the_same_reads_are_refused():
    with pytest.raises(DeriveError, match="not whole"):
        evaluate(with_condition(()), {"x": [1.0, 2.0, 3.0, 4.0]})


@pytest.mark.parametrize("connective, expected", [
    (lambda a, b: sp.And(a, b), [0, 0, 1, 0, 0]), (lambda a, b: sp.Or(a, b), [1, 1, 1, 1, 1]),
    (lambda a, b: sp.Not(a), [0, 0, 0, 1, 1]),
])
def test_conditions_combine(connective, expected):
    p, k = Index("p", 5), index_symbol("p")
    block = read_block("data x\nindex p = 5\nc[p] = 0\n")
    where = (connective(sp.Le(k, 2), sp.Ge(k, 2)),)
    d = Derivation(block.tensors, (Equation("c", (k,), (p,), (Term(sp.Integer(1), (), where),)),), "c")
    assert evaluate(d, {})["c"].tolist() == expected


def test_exact_rationals():
    d = read_equations("parameter w\nconstant i = 1.5, y = 0.8\na = i*w\nC = (a - y)^2\n")
    v = evaluate(d, {"w": Fraction(1, 3)}, number="exact")
    assert v["C"][()] == Fraction(9, 100) and v["a"][()] == Fraction(1, 2)


def test_exact_knows_the_piecewise_functions():
    pieces = "relu(x[i]) + abs(x[i]) + 10*step(x[i]) + 100*sign(x[i]) + max(x[i], 1)*min(x[i], 1)"
    d = read_equations(f"data x[i]\nf[i] = {pieces}\nC = sum(f[i], i)\n")
    v = evaluate(d, {"x": [Fraction(-1, 2), 0, Fraction(5, 2)]}, number="exact")
    assert v["f"].tolist() == [Fraction(1, 2) - 100 - Fraction(1, 2), 0, 5 + 10 + 100 + Fraction(5, 2)]
    assert np.allclose(v["f"].astype(float), evaluate(d, {"x": [-0.5, 0, 2.5]})["f"], rtol=1e-15)


@pytest.mark.parametrize("text", ["exp(x)", "sqrt(x)", "sigmoid(x)", "pi*x", "1/(x - x)^1 + 1/(x - 2)"])
def test_exact_refuses_what_is_not_rational(text):
    with pytest.raises(DeriveError, match="rational|division by zero"):
        evaluate(read_equations(f"data x\nC = {text}\n"), {"x": 2}, number="exact")


@pytest.mark.parametrize("name", sorted(activations()))
def test_every_activation_alike_in_every_kind_of_number(name):
    d = read_equations(f"data x[i]\na[i] = {name}(x[i])\nb[i] = {name}'(x[i])\nC = sum(a[i] + b[i], i)\n")
    x = [-3.3, -0.7, 0.4, 2.9]
    plain, precise = evaluate(d, {"x": x}), evaluate(d, {"x": x}, number="mpmath")
    for tensor in ("a", "b"):
        assert np.allclose(plain[tensor], precise[tensor].astype(float), rtol=1e-13, atol=1e-16)
    moved = evaluate(d, {"x": np.array(x) + 1e-20j}, number="complex128")
    assert np.allclose(moved["a"].imag / 1e-20, plain["b"], rtol=1e-13, atol=1e-16)


def test_mpmath_has_fifty_digits():
    v = evaluate(read_equations("data x\nC = exp(x)*erf(x)\n"), {"x": 1}, number="mpmath")["C"][()]
    with mpmath.workdps(60):
        assert abs(v - mpmath.e * mpmath.erf(1)) < mpmath.mpf("1e-48")


def test_second_slopes_follow_from_the_first():
    s = sigmoid(0.3)
    found = evaluate(read_equations("data x\nC = sigmoid''(x)\n"), {"x": 0.3})["C"]
    assert np.isclose(found, s * (1 - s) * (1 - 2 * s), rtol=1e-14)


def test_sizes_follow_from_arrays_or_are_given():
    d = read_equations("data x[s: m]\nC = sum(x[s], s)/m\n")
    assert evaluate(d, {"x": [1.0, 2.0, 6.0]})["C"] == 3
    free = read_equations("data x\nindex j = q\nC = sum(x, j)\n")
    assert evaluate(free, {"x": 2.0}, {"q": 3})["C"] == 6
    with pytest.raises(DeriveError, match="q is not known"):
        evaluate(free, {"x": 2.0})


@pytest.mark.parametrize("change, message", [
    ({"w2": np.zeros((2, 5))}, "sizes differ: n_j"),
    ({"x": [[1.0, 2.0], [3.0]]}, "different lengths"),
    ({"x": np.zeros((4, 1))}, "2 axes was given, but it has 1"),
    ({"x": ["a", "b", "c", "d"]}, "not a number"),
    ({"bias": np.zeros(2)}, "'bias' is not an input"),
    ({"z1": np.zeros(3)}, "'z1' is not an input"),
])
def test_arrays_that_do_not_fit(change, message):
    with pytest.raises(DeriveError, match=message):
        evaluate(read_equations(MLP), {**mlp_arrays(), **change})


def test_more_entries_than_one_would_wait_for_are_refused():
    derivation = read_equations("data x[i: 1000], y[j: 1000], v[k: 1000]\nC = sum(x[i]*y[j]*v[k], i, j, k)")
    with pytest.raises(DeriveError, match=r"an equation over 1e\+09 entries"):
        evaluate(derivation, {name: np.ones(1000) for name in "xyv"})


def test_ragged_arrays_that_do_not_fit():
    g = network_arrays((3, 4, 2))
    with pytest.raises(DeriveError, match=r"n\[1\]"):
        evaluate(read_equations(NETWORK), {**g, "b": [np.zeros(9), g["b"][1]]})
    with pytest.raises(DeriveError, match="sizes differ: L is 1"):
        evaluate(read_equations(NETWORK), {**g, "b": g["b"][:1]})


def test_ragged_arrays_may_be_plain_lists():
    g = network_arrays((3, 4, 2))
    lists = {name: [part.tolist() for part in g[name]] for name in ("w", "b")}
    d = read_equations(NETWORK)
    assert evaluate(d, {**g, **lists})["C"] == evaluate(d, g)["C"]


def test_one_interpreter_takes_arrays_of_other_sizes():
    d = read_equations("data x[s: m]\nf[s] = x[s]^2\nC = sum(f[s], s)/m\n")
    ready = Interpreter(d)
    for x in ([1.0, 3.0], [1.0, 3.0, 2.0, 2.0], [3.0, 1.0], [5.0]):
        assert ready.run({"x": x})["C"] == np.square(x).mean()


def test_a_missing_array_and_an_unknown_kind_are_named():
    g = mlp_arrays()
    del g["b2"]
    with pytest.raises(DeriveError, match="no array for 'b2'"):
        evaluate(read_equations(MLP), g)
    with pytest.raises(DeriveError, match="float64"):
        evaluate(read_equations(MLP), mlp_arrays(), number="float65")


def test_an_index_out_of_range_is_an_error_not_a_wrap():
    d = read_equations("time t = 1..T\ndata x[t]\nh[0] = 0\nfor t:\n    h[t] = h[t-1] + x[t-1]\nC = h[T]\n")
    with pytest.raises(DeriveError, match="no entry .* = 0"):
        evaluate(d, {"x": [1.0, 2.0]})


def test_given_arrays_are_left_alone():
    g = mlp_arrays()
    before = {name: array.copy() for name, array in g.items()}
    evaluate(read_equations(MLP), g)
    assert all(np.array_equal(g[name], before[name]) for name in g)


# -- printed lines ------------------------------------------------------------------------


def line(target, free, body, summed=()):
    return Equation(target, tuple(i.symbol for i in free), free, (Term(body, summed),))


def test_a_line_with_partials_left_in_it():
    """dC/dw2[i,j] = dC/da2[i] * da2[i]/dz2[i] * dz2[i]/dw2[i,j], none of the three worked out."""
    d, g = read_equations(MLP), mlp_arrays()
    v = evaluate(d, g)
    i, j = Index("i", size_symbol("n_i")), Index("j", size_symbol("n_j"))
    z, a, w = read("z2", i.symbol), read("a2", i.symbol), read("w2", i.symbol, j.symbol)
    chain = line("w2", (i, j), Partial(read("C"), a) * Partial(a, z) * Partial(z, w))
    expected = np.outer((v["a2"] - g["y"]) * v["a2"] * (1 - v["a2"]), v["a1"])
    assert np.allclose(evaluate_line(d, v, chain), expected, rtol=1e-13)
    assert np.array_equal(evaluate_left(d, v, chain), g["w2"])


def test_a_partial_sees_only_the_equation_of_its_target():
    """s sums e, so dp_j/de_k is [j = k]/s: what goes through s is another partial."""
    d = read_equations(SOFTMAX)
    v = evaluate(d, {"z": rng().normal(size=4), "y": np.eye(4)[0]})
    j, k = Index("j", size_symbol("n_j")), Index("k", size_symbol("n_j"))
    found = evaluate_line(d, v, line("e", (j, k), Partial(read("p", j.symbol), read("e", k.symbol))))
    assert np.allclose(found, np.eye(4) / v["s"], rtol=1e-14)
    assert evaluate_line(d, v, line("s", (), Partial(read("s"), read("e", sp.Integer(2))))) == 1


def test_partials_inside_a_loop_do_not_run_on():
    """dh[t]/dh[t-1] is one step of the recurrence, and dh[t]/dh[t-2] is zero."""
    d = read_equations("time t = 1..T\ndata q[t]\nh[0] = 2\nfor t:\n    h[t] = q[t]*h[t-1]^2\nC = h[T]\n")
    v = evaluate(d, {"q": [0.5, 0.7, 1.1]})
    t = index_symbol("t")
    for now in (2, 3):
        one, two = (line("C", (), Partial(read("h", t), read("h", t - back))) for back in (1, 2))
        assert np.isclose(evaluate_line(d, v, one, at={"t": now}), 2 * v["h"][now] / v["h"][now - 1], rtol=1e-13)
        assert evaluate_line(d, v, two, at={"t": now}) == 0


def test_ragged_lines_are_padded_with_zeros():
    """BP4 for every layer at once: the line over l, j: n[l], k: n[l-1]."""
    d, g = read_equations(NETWORK), network_arrays((3, 4, 2))
    v = evaluate(d, g)
    w = d.tensor("w")
    layer, j, k = (a.symbol for a in w.axes)
    found = evaluate_line(d, v, line("w", w.axes, Partial(read("z", layer, j), w.at())))
    assert found.shape == (2, 4, 4)
    for n, weights in enumerate(v["w"]):
        expected = np.zeros((4, 4))
        expected[:weights.shape[0], :weights.shape[1]] = v["a"][n]
        assert np.allclose(found[n], expected, rtol=1e-14)


def test_a_wrong_line_is_seen():
    d, v = read_equations(MLP), evaluate(read_equations(MLP), mlp_arrays())
    i = Index("i", size_symbol("n_i"))
    right = line("a2", (i,), sigmoid_record(read("z2", i.symbol)))
    wrong = right.map(lambda body: body * sp.Rational(101, 100))
    assert np.allclose(evaluate_line(d, v, right), evaluate_left(d, v, right), rtol=1e-14)
    assert not np.allclose(evaluate_line(d, v, wrong), evaluate_left(d, v, wrong), rtol=1e-3)
