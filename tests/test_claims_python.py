"""Backward passes as people write them, right and wrong, beside their forward equations."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.check.program import one_verdict
from derive.check.programmed import program_outcomes
from derive.claims.python import Outcome, PythonContext, outcomes
from derive.claims.python.network import judged as judged_network
from derive.errors import DeriveError
from derive.own_notation import notation_of
from derive.points import Draw
from derive.spec.load import load

ROWS = PythonContext("""
hidden = np.maximum(0, X @ W1 + b1)
scores = hidden @ W2 + b2
e = np.exp(scores)
probs = e / np.sum(e, axis=1, keepdims=True)
loss = np.sum(-np.log(probs[range(N), y])) / N + 0.5 * reg * np.sum(W1 * W1) + 0.5 * reg * np.sum(W2 * W2)
""", "loss", ("X: (N, D)", "W1: (D, H)", "b1: (1, H)", "W2: (H, C)", "b2: (1, C)", "y: (N,) integer below C",
              "reg: ()"))
ROWS_BACK = """
num_examples = X.shape[0]
dscores = probs
dscores[range(num_examples), y] -= 1
dscores /= num_examples
dW2 = np.dot(hidden.T, dscores)
db2 = np.sum(dscores, axis=0, keepdims=True)
dhidden = np.dot(dscores, W2.T)
dhidden[hidden <= 0] = 0
dW1 = np.dot(X.T, dhidden)
db1 = np.sum(dhidden, axis=0, keepdims=True)
dW2 += reg * W2
dW1 += reg * W1
"""
NIELSEN = PythonContext("""
def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))
activation = x
activations = [x]
zs = []
for b, w in zip(biases, weights):
    z = np.dot(w, activation) + b
    zs.append(z)
    activation = sigmoid(z)
    activations.append(activation)
cost = 0.5 * np.sum((activations[-1] - y) ** 2)
""", "cost", ("x: (n0, 1)", "y: (n3, 1)", "weights: [(n1, n0), (n2, n1), (n3, n2)]",
              "biases: [(n1, 1), (n2, 1), (n3, 1)]"))
NIELSEN_BACK = """
    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        activation = x
        activations = [x] # list to store all the activations, layer by layer
        zs = []
        for b, w in zip(self.biases, self.weights):
            z = np.dot(w, activation)+b
            zs.append(z)
            activation = sigmoid(z)
            activations.append(activation)
        delta = self.cost_derivative(activations[-1], y) * sigmoid_prime(zs[-1])
        nabla_b[-1] = delta
        nabla_w[-1] = np.dot(delta, activations[-2].transpose())
        for l in range(2, 4):
            z = zs[-l]
            sp = sigmoid_prime(z)
            delta = np.dot(self.weights[-l+1].transpose(), delta) * sp
            nabla_b[-l] = delta
            nabla_w[-l] = np.dot(delta, activations[-l-1].transpose())
        return (nabla_b, nabla_w)

    def cost_derivative(self, output_activations, y):
        return (output_activations-y)
"""
NG = PythonContext("""
Z1 = np.dot(W1, X) + b1
A1 = np.tanh(Z1)
Z2 = np.dot(W2, A1) + b2
A2 = 1 / (1 + np.exp(-Z2))
J = -1 / m * np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
""", "J", ("X: (n0, m)", "W1: (n1, n0)", "b1: (n1, 1)", "W2: (1, n1)", "b2: (1, 1)", "Y: (1, m)"))
NG_BACK = """
def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    W1 = parameters["W1"]
    W2 = parameters["W2"]
    A1 = cache["A1"]
    A2 = cache["A2"]
    dZ2 = A2 - Y
    dW2 = 1/m * np.dot(dZ2, A1.T)
    db2 = 1/m * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = np.multiply(np.dot(W2.T, dZ2), 1 - np.power(A1, 2))
    dW1 = 1/m * np.dot(dZ1, X.T)
    db1 = 1/m * np.sum(dZ1, axis=1, keepdims=True)
    grads = {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
    return grads
"""
RNN = PythonContext("""
hs, ys, ps = {}, {}, {}
hs[-1] = hprev
loss = 0
for t in range(T):
    hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t-1]) + bh)
    ys[t] = np.dot(Why, hs[t]) + by
    ps[t] = np.exp(ys[t]) / np.sum(np.exp(ys[t]))
    loss += -np.log(ps[t][targets[t], 0])
""", "loss", ("xs: (T, D, 1)", "hprev: (H, 1)", "Wxh: (H, D)", "Whh: (H, H)", "Why: (V, H)", "bh: (H, 1)", "by: (V, 1)",
              "targets: (T,) integer below V"))
RNN_BACK = """
dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
dbh, dby = np.zeros_like(bh), np.zeros_like(by)
dhnext = np.zeros_like(hs[0])
for t in reversed(range(T)):
    dy = np.copy(ps[t])
    dy[targets[t]] -= 1
    dWhy += np.dot(dy, hs[t].T)
    dby += dy
    dh = np.dot(Why.T, dy) + dhnext
    dhraw = (1 - hs[t] * hs[t]) * dh
    dbh += dhraw
    dWxh += np.dot(dhraw, xs[t].T)
    dWhh += np.dot(dhraw, hs[t-1].T)
    dhnext = np.dot(Whh.T, dhraw)
"""
BATCH_NORM = PythonContext("""
mu = np.mean(x, axis=0)
var = np.mean((x - mu) ** 2, axis=0)
xhat = (x - mu) / np.sqrt(var + eps)
out = gamma * xhat + beta
loss = ell(out)
""", "loss", ("x: (N, D)", "gamma: (D,)", "beta: (D,)", "eps: ()", "ell: scalar function"))
BATCH_NORM_BACK = """
def batchnorm_backward(dout, cache):
    N, D = dout.shape
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    istd = 1 / np.sqrt(var + eps)
    dx = istd / N * (N * dxhat - dxhat.sum(0) - xhat * np.sum(dxhat * xhat, axis=0))
    return dx, dgamma, dbeta
"""
VECTOR = PythonContext("""
z1 = W1 @ x + b1
a1 = sigma(z1)
z2 = W2 @ a1 + b2
a2 = sigma(z2)
C = 0.5 * np.sum((a2 - y) ** 2)
""", "C", ("x: (n0,)", "W1: (n1, n0)", "b1: (n1,)", "W2: (n2, n1)", "b2: (n2,)", "y: (n2,)", "sigma: elementwise"))


def judged(source: str, context: PythonContext, seed: int = 1) -> dict[str, Outcome]:
    return {o.name: o for o in outcomes(source, context, Draw(seed))}


RIGHT = [
    (ROWS, ROWS_BACK, {"dW1", "dW2", "db1", "db2"}),
    (NIELSEN, NIELSEN_BACK, {"nabla_w[0]", "nabla_b[2]", "nabla_w[1]"}),
    (NG, NG_BACK, {"dW1", "db2", "dZ1", "dZ2"}), (RNN, RNN_BACK, {"dWxh", "dWhh", "dWhy", "dbh", "dby"}),
    (BATCH_NORM, BATCH_NORM_BACK, {"dx", "dgamma", "dbeta", "dxhat"}),
    (VECTOR, "dW2 = np.outer(delta2, a1)", {"dW2"}), (VECTOR, "delta1 = W2.T @ delta2 * sigma_prime(z1)", {"delta1"}),
    (VECTOR, "dC_da1 = np.einsum('ji,j->i', W2, dC_dz2); da1_dz1 = sigma_prime(z1)", {"dC_da1", "da1_dz1"}),
    (VECTOR, "grads = {}\ngrads['W2'] = delta2[:, None] * a1[np.newaxis, :]", {"dW2"}),
    (VECTOR, "d = lambda f: f * 1\ndb1 = d(delta1)", {"db1"}),
    (VECTOR, "for i in range(len(y)):\n    dW2[i] = delta2[i] * a1", {"dW2"}),
    (VECTOR, "for i in range(2):\n    dW2 += np.outer(delta2, a1) / 2", {"dW2"}),
]


@pytest.mark.parametrize(("context", "source", "names"), RIGHT)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_right_backward_pass_is_right(context: PythonContext, source: str, names: set[str], seed: int) -> None:
    found = judged(source, context, seed)
    assert names <= set(found)
    assert [o.name for o in found.values() if not o.equal] == []
    assert all(o.near for o in found.values() if not o.note)


WRONG = [
    (ROWS, ROWS_BACK, "dscores /= num_examples\n", "", {"dW1", "dW2", "db1", "db2"}),
    (ROWS, ROWS_BACK, "dhidden[hidden <= 0] = 0\n", "", {"dW1", "db1"}),
    (ROWS, ROWS_BACK, "dW1 += reg * W1", "dW1 += 0.5 * reg * W1", {"dW1"}),
    (ROWS, ROWS_BACK, "-= 1", "-= 2", {"dW1", "dW2", "db1", "db2"}),
    (ROWS, ROWS_BACK, "np.dot(X.T, dhidden)", "np.dot(dhidden.T, X)", {"dW1"}),
    (NIELSEN, NIELSEN_BACK, "delta) * sp", "delta)", {"nabla_b[0]", "nabla_w[0]", "nabla_b[1]", "nabla_w[1]"}),
    (NIELSEN, NIELSEN_BACK, "zs[-l]", "zs[-l+1]", {"nabla_b[0]", "nabla_w[0]", "nabla_b[1]", "nabla_w[1]"}),
    (NIELSEN, NIELSEN_BACK, "output_activations-y", "y-output_activations",
     {f"nabla_{x}[{i}]" for x in "bw" for i in range(3)}),
    (NG, NG_BACK, "dW1 = 1/m * ", "dW1 = ", {"dW1"}),
    (NG, NG_BACK, "axis=1, keepdims=True)\n    dZ1", "axis=0)\n    dZ1", {"db2"}),
    (NG, NG_BACK, "1 - np.power(A1, 2)", "1 - A1", {"dW1", "db1", "dZ1"}),
    (RNN, RNN_BACK, " + dhnext", "", {"dWxh", "dWhh", "dbh"}), (RNN, RNN_BACK, "hs[t-1].T", "hs[t].T", {"dWhh"}),
    (RNN, RNN_BACK, "reversed(range(T))", "range(T)", {"dWxh", "dWhh", "dbh"}),
    (BATCH_NORM, BATCH_NORM_BACK, "N * dxhat - dxhat.sum(0)", "N * dxhat", {"dx"}),
    (BATCH_NORM, BATCH_NORM_BACK, "dout.sum(axis=0)", "dout", {"dbeta"}),
    (VECTOR, "dW2 = np.outer(delta2, a1)", "delta2, a1", "a1, delta2", {"dW2"}),
    (VECTOR, "dW2 = np.outer(delta2, a1)", "a1", "z1", {"dW2"}),
]


@pytest.mark.parametrize(("context", "source", "old", "new", "names"), WRONG)
def test_a_wrong_backward_pass_is_wrong_where_it_is(context: PythonContext, source: str, old: str, new: str,
                                                   names: set[str]) -> None:
    assert old in source
    found = judged(source.replace(old, new), context)
    wrong = {o.name for o in found.values() if not o.equal}
    assert names <= wrong
    assert {n for n in wrong - names if found[n].kind == "parameter"} == set()


@pytest.mark.parametrize(("source", "equal"), [
    ("nabla_w[-l] = np.dot(delta, activations[-l-1].transpose())", True), ("nabla_b[-l] = delta", True),
    ("nabla_w[-l] = np.dot(delta, activations[-l].transpose())", False), ("nabla_b[-l] = -delta", False),
    ("nabla_w[l] = np.dot(delta, activations[l].T)", True), ("nabla_w[-l] = np.dot(activations[-l-1], delta.T)", False),
])
def test_a_line_out_of_a_loop_is_read_for_every_layer(source: str, equal: bool) -> None:
    found = outcomes(source, NIELSEN, Draw(1))
    assert found and all(o.equal for o in found) is equal


@pytest.mark.parametrize(("context", "source", "name", "factor"), [
    (NG, NG_BACK.replace("dW1 = 1/m * ", "dW1 = "), "dW1", "m"),
    (VECTOR, "dW1 = -np.outer(delta1, x)", "dW1", "-1"), (VECTOR, "db2 = 2 * delta2", "db2", "2"),
])
def test_a_constant_factor_is_named(context: PythonContext, source: str, name: str, factor: str) -> None:
    assert judged(source, context)[name].factor == factor


def test_a_name_that_is_wrong_because_of_another_says_so() -> None:
    found = judged("dz2 = a2 - y\ndW2 = np.outer(dz2, a1)\ndb1 = W2 @ dz2", VECTOR)
    assert not found["dW2"].equal and found["dW2"].because == "dz2"
    assert not found["db1"].equal and found["db1"].because == "dz2" or found["db1"].fault


def test_a_wrong_shape_says_both() -> None:
    one = judged("x = 1\ndW2 = np.outer(a1, delta2)", VECTOR)["dW2"]
    assert (one.line, one.column) == (2, 1)
    assert one.claimed_shape == one.true_shape[::-1] if one.true_shape else False
    assert str(one.true_shape) in one.fault and str(one.claimed_shape) in one.fault


@pytest.mark.parametrize(("source", "equal"), [
    ("def sigmoid_prime(x):\n    return x * (1 - x)", False),
    ("def sigmoid_prime(x):\n    return sigmoid(x) * (1 - sigmoid(x))", True),
    ("def dsigmoid(z):\n    s = sigmoid(z)\n    return s - s**2", True),
    ("def tanh_grad(x):\n    return 1 - np.tanh(x) ** 2", True),
    ("def tanh_derivative(x):\n    return 1 - x ** 2", False),
    ("def relu(x):\n    return np.maximum(0, x)\ndef relu_prime(x):\n    return (x > 0) * 1", True),
])
def test_a_function_claims_the_slope_in_its_name(source: str, equal: bool) -> None:
    context = PythonContext("def sigmoid(x):\n    return 1 / (1 + np.exp(-x))")
    assert [o.equal for o in outcomes(source, context, Draw(1))] == [equal]


def test_a_slope_in_terms_of_the_value_is_judged_by_its_use() -> None:
    source = "def sigma_prime(a):\n    return a * (1 - a)\ndelta2 = (a2 - y) * sigma_prime(a2)"
    sigma = "def sigma(z):\n    return 1 / (1 + np.exp(-z))\n"
    logistic = PythonContext(sigma + VECTOR.forward, "C", VECTOR.where[:-1])
    assert {n: o.equal for n, o in judged(source, logistic).items()} == {"delta2": True}


def test_without_a_cost_a_name_is_compared_with_its_definition() -> None:
    context = PythonContext("v = beta * v + (1 - beta) * dW", "", ("v: (N, D)", "dW: (N, D)", "beta: ()"))
    assert judged("v = dW + beta * (v - dW)", context)["v"].equal
    assert not judged("v = beta * dW + (1 - beta) * dW", context)["v"].equal


REFUSED = [
    ("__import__('os').system('true')", "__import__"), ("import os", "import os"), ("dW1 = ().__class__", "__class__"),
    ("dW1 = open('x').read()", "open"), ("dW1 = getattr(x, 'T')", "getattr"), ("exec('1')", "exec"),
    ("eval('1')", "eval"),
    ("dW1 = 10**10**10", "too large"), ("dW1 = x; dW1 = [i for i in range(10**9) for j in range(10**9)]", ""),
    ("while True: pass", "while"), ("dW1 = np.load('x')", "np.load"), ("dW1 = np.random.rand(3)", "random"),
    ("def f(n):\n    return f(n)\ndW1 = f(1)", "deep"), ("for i in range(10**9):\n    dW1 = x", "steps"),
    ("dW1 = np.zeros((10**4, 10**4))", "entries"), ("dW1 = 'a' * 10**9", ""), ("dW1 = [0] * 10**9", ""),
    ("dW1 = np.exp.__globals__", "__globals__"), ("dW1 = '{0.__class__}'.format(x)", "format"),
    ("dW1 = f'{x!r:>{10**9}}'", ""), ("x = [1]\nfor i in x:\n    x.append(i)", ""), ("dW1 = (" * 70, "nested"),
    ("dW1 = " + "-" * 60_000 + "x", ""), ("dW1 = " + "x." * 5000 + "T", ""), ("a" * 100_000, "characters"),
    ("dW1 =", "not Python"),
    ("class A: pass", "class"), ("dW1 = x if x > 0 else y", "condition"), ("dW1 = foo(x)", "foo"),
    ("lambda: (yield)", ""), ("dW1 = 1/0", "division by zero"), ("del x", "del"), ("dW1 = x @ W1.foo", "foo"),
]


@pytest.mark.parametrize(("source", "words"), REFUSED)
def test_what_is_not_arithmetic_is_refused_by_name(source: str, words: str) -> None:
    try:
        found = outcomes(source, VECTOR, Draw(1))
    except DeriveError as error:
        assert words in str(error) and (error.where[:1].isdigit())
    else:
        assert not any(o.equal for o in found)
        assert all(words in o.fault for o in found if o.fault)
        assert any(o.fault for o in found)


@pytest.mark.parametrize(("source", "where"), [("dW1 = 1\n  dW2 = 2", "2:"), ("x = 1; dδ = __import__", "1:13"),
                                               ("\n\nb = 1; with x: pass", "3:")])
def test_a_refusal_says_where(source: str, where: str) -> None:
    with pytest.raises(DeriveError) as caught:
        outcomes(source, VECTOR, Draw(1))
    assert caught.value.where.startswith(where)


NETWORK = [
    ("delta2 = (a2 - y) * a2 * (1 - a2)\ndW1 = np.outer(W2.T @ delta2 * a1 * (1 - a1), x)", "as a vector, W[to, from]"),
    ("dW2 = np.outer(a1, delta2)", "as a vector, W[from, to]"),
    ("dZ2 = (A2 - Y) * A2 * (1 - A2)\ndW2 = 1/m * dZ2 @ A1.T\ndb2 = np.mean(dZ2, axis=1, keepdims=True)",
     "as columns, W[to, from], the cost is the mean"),
    ("dz2 = (a2 - y) * a2 * (1 - a2)\ndW2 = a1.T @ dz2\ndb2 = dz2.sum(axis=0)",
     "as rows, W[from, to], the cost is the sum"),
    ("dz2 = (a2 - y) * a2 * (1 - a2)\ndW2 = dz2.T @ a1\ndb2 = dz2.sum(axis=0)",
     "as rows, W[to, from], the cost is the sum"),
    ("dW1 = (1/m) * np.dot(dZ1, X.T)",
     "as columns, W[to, from], the cost is the mean and dZ is m times its derivative"),
    ("dC/dW2 = dz2.T @ a1", "as rows, W[to, from], the cost is the mean"),
    ("delta = (activations[-1] - y) * sigmoid_prime(zs[-1])\nnabla_w[-1] = np.dot(delta, activations[-2].transpose())\n"
     "nabla_b[-1] = delta", "as a column, W[to, from]"),
]


@pytest.mark.parametrize(("source", "said"), NETWORK)
def test_a_network_is_read_in_the_convention_that_fits(source: str, said: str) -> None:
    reading, found = judged_network(source, 2, Draw(1))
    assert said in reading
    assert found and all(o.equal for o in found)


@pytest.mark.parametrize("source", ["dW2 = np.outer(z1, delta2)", "dW2 = dz2 @ W2", "nabla_b[-1] = zs[-1]"])
def test_what_fits_no_convention_is_wrong(source: str) -> None:
    _, found = judged_network(source, 2, Draw(1))
    assert found and not any(o.equal for o in found if o.name != "nabla_b[0]")


SAID_NOTATION = [
    ("ng", "dW2 = 1/m * np.dot(dZ2, A1.T)", "right", ""),
    ("ng", "dW2 = 1/m * np.dot(A1.T, dZ2)", "wrong", "dW2 = 1/m * np.dot(dZ2, A1.T)"),
    ("cs231n", "dW2 = A1.T @ dZ2", "right", ""),
    ("cs231n", "dW2 = dZ2 @ A1.T", "wrong", "dW2 = A1.T @ dZ2"),
    ("", "dW2 = dZ2 @ A1.T", "right", ""),
]


@pytest.mark.parametrize(("notation", "source", "verdict", "mended"), SAID_NOTATION)
def test_where_the_notation_is_said_arrays_lie_as_it_has_them(notation: str, source: str, verdict: str,
                                                              mended: str) -> None:
    said = one_verdict(source, program_outcomes(load("3-4-1"), notation_of(notation) if notation else None))
    assert (said.verdict, said.corrected or "") == (verdict, mended)


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet="dWx1 =()[]+-*@.T,:;\n'forin_", max_size=60))
def test_any_text_is_answered_or_refused(source: str) -> None:
    try:
        assert all(isinstance(o, Outcome) for o in outcomes(source, VECTOR, Draw(1)))
    except DeriveError as error:
        assert error.what
