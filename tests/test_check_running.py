"""A user's function: called as its arguments are named, compared, and ended where it does harm."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from derive import pipeline, spec
from derive.check.functions import check_function
from derive.check.running import Limits, run_function
from derive.errors import DeriveError
from derive.ir import Derivation
from derive.own_notation import notation_of
from derive.text import read_equations

HEAD = "import numpy as np\n\n\ndef sig(z):\n    return 1 / (1 + np.exp(-z))\n\n\n"

DICT = """def backprop(X, Y, params):
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    m = X.shape[1]
    A1 = sig(W1 @ X + b1)
    A2 = sig(W2 @ A1 + b2)
    dZ2 = (A2 - Y) * A2 * (1 - A2)
    dZ1 = W2.T @ dZ2 * A1 * (1 - A1)
    return {"dW1": dZ1 @ X.T / m, "db1": dZ1.sum(1, keepdims=True) / m,
            "dW2": dZ2 @ A1.T / m, "db2": dZ2.sum(1, keepdims=True) / m}
"""
ROWS = """def backprop(x, y, W1, b1, W2, b2):
    a1 = sig(x @ W1 + b1)
    a2 = sig(a1 @ W2 + b2)
    d2 = (a2 - y) * a2 * (1 - a2) / len(x)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    return 0.5 * np.sum((a2 - y) ** 2) / len(x), (x.T @ d1, d1.sum(0), a1.T @ d2, d2.sum(0))
"""
LISTS = """def backprop(x, y, weights, biases):
    nabla_w, nabla_b = [None, None], [None, None]
    a1 = sig(weights[0] @ x + biases[0])
    a2 = sig(weights[1] @ a1 + biases[1])
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = weights[1].T @ d2 * a1 * (1 - a1)
    nabla_w[1], nabla_w[0] = np.outer(d2, a1), np.outer(d1, x)
    nabla_b[1], nabla_b[0] = d2, d1
    return nabla_b, nabla_w
"""
NIELSEN = """def backprop(weights, biases, x, y):
    zs, activations = [], [x]
    for b, w in zip(biases, weights):
        zs.append(np.dot(w, activations[-1]) + b)
        activations.append(sig(zs[-1]))
    delta = (activations[-1] - y) * sig(zs[-1]) * (1 - sig(zs[-1]))
    nabla_b, nabla_w = [None, delta], [None, np.dot(delta, activations[-2].T)]
    delta = np.dot(weights[-1].T, delta) * sig(zs[-2]) * (1 - sig(zs[-2]))
    nabla_b[0], nabla_w[0] = delta, np.dot(delta, activations[-3].T)
    return nabla_b, nabla_w
"""
SCALAR = """def backward(W1, b1, W2, b2, x, y):
    a1 = [sig(sum(w*v for w, v in zip(row, x)) + b) for row, b in zip(W1, b1)]
    a2 = [sig(sum(w*v for w, v in zip(row, a1)) + b) for row, b in zip(W2, b2)]
    d2 = [(a - t)*a*(1 - a) for a, t in zip(a2, y)]
    d1 = [sum(W2[j][k]*d2[j] for j in range(len(d2)))*a*(1 - a) for k, a in enumerate(a1)]
    dW1, dW2 = [[d*v for v in x] for d in d1], [[d*v for v in a1] for d in d2]
    return dW1, d1, dW2, d2
"""
CACHE = """def backward(params, cache, X, Y):
    m = X.shape[1]
    dZ2 = (cache["A2"] - Y) * cache["A2"] * (1 - cache["A2"])
    dZ1 = params["W2"].T @ dZ2 * (cache["A1"] * (1 - cache["A1"]))
    return {"W1": dZ1 @ X.T / m, "b1": dZ1.sum(1) / m, "W2": dZ2 @ cache["A1"].T / m, "b2": dZ2.sum(1) / m}
"""
TUPLE = """def backprop(params, X, t):
    W1, b1, W2, b2 = params
    a1 = sig(X @ W1.T + b1)
    a2 = sig(a1 @ W2.T + b2)
    d2 = (a2 - t) * a2 * (1 - a2) / len(X)
    d1 = d2 @ W2 * a1 * (1 - a1)
    dW1, db1, dW2, db2 = d1.T @ X, d1.sum(0), d2.T @ a1, d2.sum(0)
    return db2, dW2, db1, dW1
"""
RECORD = """class Net:
    pass


def backprop(x, y, W1, b1, W2, b2, rate=0.1, *, verbose=False):
    print("noise")
    net = Net()
    a1 = sig(x @ W1.T + b1)
    a2 = sig(a1 @ W2.T + b2)
    d2 = (a2 - y) * a2 * (1 - a2) / len(x)
    d1 = d2 @ W2 * a1 * (1 - a1)
    net.grad_W1, net.grad_b1, net.grad_W2, net.grad_b2 = d1.T @ x, d1.sum(0), d2.T @ a1, d2.sum(0)
    return net
"""
WAYS = {"dict": DICT, "rows": ROWS, "lists": LISTS, "nielsen": NIELSEN, "cache": CACHE, "tuple": TUPLE,
        "record": RECORD, "scalar": SCALAR}


def model(arch: str = "3-4-2") -> Derivation:
    return pipeline.equations(spec.load(arch), notation_of("nielsen")).many


def written(tmp_path: Path, body: str) -> str:
    path = tmp_path / "mine.py"
    path.write_text(HEAD + body)
    name = "backward" if "def backward" in body else "backprop"
    return f"{path}::{name}"


@pytest.mark.parametrize("way", list(WAYS))
def test_right_functions(tmp_path: Path, way: str, capfd: pytest.CaptureFixture[str]) -> None:
    place = written(tmp_path, WAYS[way])
    found = check_function(model(), place)
    assert sorted(f.tensor for f in found) == ["b1", "b2", "w1", "w2"]
    assert found.verdict == "right", [f.explanation for f in found]
    said = capfd.readouterr()
    assert said.err.count("code of yours is executed") == 1 and said.out == ""
    assert not list(tmp_path.glob("__pycache__"))


def test_a_sum_that_is_lost_is_no_matter_of_one_example(tmp_path: Path) -> None:
    """Right for one example in a column, but the weights are right for a minibatch, too: that is what it is for."""
    found = check_function(model(), written(tmp_path, CACHE.replace("dZ1.sum(1) / m", "dZ1 / m")))
    assert found.verdict == "wrong" and any("(--layout alone), all of it is right" in n for n in found.notes)


def test_what_is_not_compared_is_said(tmp_path: Path) -> None:
    found = check_function(model(), written(tmp_path, SCALAR.replace("dW2, d2", "dW2, [0.0] + d2")))
    assert [f.tensor for f in found] == ["w1", "w2"]
    assert "not compared: d1, 3; if that is db1, db2, call it so" in found.notes


WRONG = [
    ("dict", "dZ1 = W2.T @ dZ2 * A1 * (1 - A1)", "dZ1 = W2.T @ dZ2", "slope sigmoid'(z1) is missing", "b1 w1"),
    ("rows", " / len(x)\n    d1", "\n    d1", "m = 5 times too large", "b1 b2 w1 w2"),
    ("cache", "dZ1.sum(1) / m", "dZ1 / m", "misses the sum over the examples", "b1"),
    ("lists", "(a2 - y) * a2", "(y - a2) * a2", "of the wrong sign", "b1 b2 w1 w2"),
]


@pytest.mark.parametrize("way, old, new, words, tensors", WRONG)
def test_wrong_functions(tmp_path: Path, way: str, old: str, new: str, words: str, tensors: str) -> None:
    assert old in WAYS[way]
    found = check_function(model(), written(tmp_path, WAYS[way].replace(old, new)))
    wrong = [f for f in found if f.verdict == "wrong"]
    assert " ".join(sorted(f.tensor for f in wrong)) == tensors
    assert all(words in f.explanation for f in wrong), [f.explanation for f in wrong]


CLASSES = """def backprop(X, y, W, b, W2, b2):
    h = np.maximum(0, X @ W + b)
    e = np.exp(h @ W2 + b2)
    p = e / e.sum(axis=1, keepdims=True)
    p[range(len(X)), y] -= 1
    dh = p @ W2.T / len(X)
    dh[h <= 0] = 0
    dW, db, dW2, db2 = X.T @ dh, dh.sum(0, keepdims=True), h.T @ p / len(X), p.mean(axis=0)
    return dW, db, dW2, db2
"""
LOGISTIC = """def backprop(w, b, X, Y):
    A = sig(w.T @ X + b)
    return {"dw": X @ (A - Y).T / X.shape[1], "db": np.mean(A - Y)}
"""
CHAIN = """def backprop(x, y, w1, b1, w2, b2):
    a1 = math.tanh(w1 * x + b1)
    a2 = math.tanh(w2 * a1 + b2)
    d2 = (a2 - y) * (1 - a2**2)
    d1 = d2 * w2 * (1 - a1**2)
    return d1 * x, d1, d2 * a1, d2
"""
UNSUMMED = """def backprop(x, y, w, b):
    delta = (w @ x + b - y)
    return [delta @ x.T], [delta.sum(axis=1)]
"""
CHARACTERS = """data inputs[t: 1..4] in 5, targets[t: 1..4] in 5, hprev[j: 3]
parameter Wxh[j: 3, v: 5], Whh[j: 3, q: 3], Why[v: 5, j: 3], bh[j: 3], by[v: 5]
time t = 1..4
h[0,j] = hprev[j]
for t:
    h[t,j] = tanh(Wxh[j,inputs[t]] + sum(Whh[j,q]*h[t-1,q], q) + bh[j])
s[t,v] = sum(Why[v,j]*h[t,j], j) + by[v]
C = sum(log(sum(exp(s[t,v]), v)) - s[t,targets[t]], t)
"""
ALL_STEPS = """def backprop(inputs, targets, hprev, Wxh, Whh, Why, bh, by):
    hs, ps, loss = {-1: np.copy(hprev)}, {}, 0
    for t in range(len(inputs)):
        hs[t] = np.tanh(Wxh[:, [inputs[t]]] + Whh @ hs[t - 1] + bh)
        e = np.exp(Why @ hs[t] + by)
        ps[t] = e / np.sum(e)
        loss -= np.log(ps[t][targets[t], 0])
    dWxh, dWhh, dWhy, dbh, dby = map(np.zeros_like, (Wxh, Whh, Why, bh, by))
    dhnext = np.zeros_like(hprev)
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dWhy += dy @ hs[t].T
        dby += dy
        dhraw = (1 - hs[t] ** 2) * (Why.T @ dy + dhnext)
        dbh += dhraw
        dWxh[:, [inputs[t]]] += dhraw
        dWhh += dhraw @ hs[t - 1].T
        dhnext = Whh.T @ dhraw
    return loss, dWxh, dWhh, dWhy, dbh, dby, hs[len(inputs) - 1]
"""
SKIPS = """data o in 5
parameter U[v: 5, k: 3], vc[k: 3]
C = log(sum(exp(sum(U[v,k]*vc[k], k)), v)) - sum(U[o,k]*vc[k], k)
"""
CENTRE = """def backprop(vc, o, U):
    p = np.exp(U @ vc) / np.exp(U @ vc).sum()
    loss = -np.log(p[o])
    p[o] -= 1
    grad_centre, grad_outside = U.T @ p, np.outer(p, vc)
    return loss, grad_centre, grad_outside
"""


@pytest.mark.parametrize("text, body", [(CHARACTERS, ALL_STEPS), (SKIPS, CENTRE)], ids=["characters", "skip-gram"])
def test_equations_of_the_code_s_own_letters(tmp_path: Path, text: str, body: str) -> None:
    """Whole numbers along time stay a flat list beside columns; other gradients go by place."""
    many = pipeline.equations(read_equations(text), notation_of("nielsen")).many
    found = check_function(many, written(tmp_path, body), "alone")
    assert len(found) > 1 and found.verdict == "right", [f.explanation for f in found]


OTHERS = {
    "classes": (CLASSES, "4-5:relu-3:softmax", "class_cross_entropy", "rows"),
    "logistic": (LOGISTIC, "4-1", "binary_cross_entropy", "columns"),
    "chain": (CHAIN, "1-1:tanh-1:tanh", "quadratic", "alone"),
}


@pytest.mark.parametrize("way", list(OTHERS))
def test_other_networks(tmp_path: Path, way: str) -> None:
    """Classes are whole numbers, W stands beside W2, one neuron is a number."""
    body, arch, cost, layout = OTHERS[way]
    many = pipeline.equations(spec.load(arch, cost=cost), notation_of("nielsen")).many
    found = check_function(many, written(tmp_path, "import math\n" + body), layout)
    assert len(found) > 1 and found.verdict == "right", [f.explanation for f in found]


def test_a_minibatch_without_its_mean_is_no_single_example(tmp_path: Path) -> None:
    found = check_function(model("3-2:identity"), written(tmp_path, UNSUMMED))
    assert all("m = 5 times too large: the mean over" in f.explanation for f in found), [f.explanation for f in found]
    assert any("(--layout alone), all of it is right" in n for n in found.notes)


def test_one_example_with_a_mistake_is_no_minibatch(tmp_path: Path) -> None:
    found = check_function(model(), written(tmp_path, NIELSEN.replace(" * sig(zs[-1]) * (1 - sig(zs[-1]))", "")))
    assert all("sigmoid'(z2) is missing" in f.explanation for f in found), [f.explanation for f in found]


FAILING = [
    ("return unknown", "mine.py:9: your code raises NameError"),
    ("raise ValueError('mine')", "mine.py:9: your code raises ValueError: mine"),
    ("raise SystemExit", "mine.py:9: your code raises SystemExit"),
    ("import os; os._exit(3)", "exit status 3"),
    ("return np.ones((10**6, 10**6))", "mine.py:9: the function needs more than"),
    ("big = []\n    while True:\n        big.append(bytes(10**8))", "the function needs more than"),
    ("while True:\n        pass", "did not end within 1 s"),
    ("return None", "is not understood: nothing"),
    ("return 'text', x", "is not understood"),
]


@pytest.mark.parametrize("body, words", FAILING, ids=[b.split("\n")[0][:20] for b, _ in FAILING])
def test_a_function_that_fails(tmp_path: Path, body: str, words: str) -> None:
    place = written(tmp_path, f"def backprop(x, y, W1, b1, W2, b2):\n    {body}\n")
    with pytest.raises(DeriveError) as caught:
        check_function(model(), place, layout="alone", limits=Limits(1, 2**31, grace=1))
    assert words in str(caught.value)


@pytest.mark.parametrize("body, words", [
    ("def backprop(x, y, what, W1, b1, W2, b2):\n    return 1\n", "'what' means nothing"),
    ("def backprop(AL, Y, caches):\n    return 1\n", "function of these alone, def backprop"),
    ("def other(x):\n    return 1\n", "no function 'backprop'"),
    ("def backprop(x:\n", "no Python"),
    ("x = " + "(" * 5000 + ")" * 5000, "no Python"),
])
def test_refused_before_anything_runs(tmp_path: Path, body: str, words: str) -> None:
    trace = tmp_path / "trace"
    place = written(tmp_path, f"open({str(trace)!r}, 'w')\n" + body)
    with pytest.raises(DeriveError, match=words):
        check_function(model(), place.rpartition("::")[0] + "::backprop")
    assert not trace.exists()


@pytest.mark.parametrize("place, words", [("nothing", "names no function"), ("none.py::f", "cannot read the file"),
                                          ("x.py::a b", "names no function"), ("::f", "file"),
                                          ("x.py::Net.backprop", "is a method")])
def test_places(place: str, words: str) -> None:
    with pytest.raises(DeriveError, match=words):
        check_function(model(), place)


def test_an_unknown_layout(tmp_path: Path) -> None:
    with pytest.raises(DeriveError, match="no layout"):
        check_function(model(), written(tmp_path, ROWS), layout="rwos")


def test_the_process_stands_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No environment of the user's, an empty folder that is gone afterwards, and what is handed over stays as it is."""
    monkeypatch.setenv("SECRET", "1")
    body = ("def backprop(x):\n    import os\n    open('left', 'w').write('1')\n    x[0] = 5\n"
            "    return {'secret': int('SECRET' in os.environ), 'files': len(os.listdir('.')), 'x': x}\n")
    before = sorted(os.listdir(tmp_path))
    given: dict[str, Any] = {"x": np.arange(3)}
    found = run_function(written(tmp_path, body), given)
    assert int(found["secret"]) == 0 and int(found["files"]) == 1
    assert found["x"].tolist() == [5, 1, 2] and given["x"].tolist() == [0, 1, 2]
    assert sorted(os.listdir(tmp_path)) == sorted([*before, "mine.py"])


def test_what_a_function_may_use_is_bounded(tmp_path: Path) -> None:
    body = ("def backprop(x):\n    import resource as r\n    return {name: r.getrlimit(getattr(r, f'RLIMIT_{name}'))[0]"
            " for name in ('CPU', 'AS', 'FSIZE', 'CORE')}\n")
    limits = Limits(seconds=3, grace=4, memory=2**32, file_size=12_345)
    found = run_function(written(tmp_path, body), {"x": np.zeros(1)}, limits=limits)
    assert {name: int(most) for name, most in found.items()} == {"CPU": 8, "AS": 2**32, "FSIZE": 12_345, "CORE": 0}


def running(process: int) -> bool:
    """Whether there is such a process, but for one that nobody has looked after since it ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_a_function_started_ends_with_it(tmp_path: Path) -> None:
    body = ("def backprop(x):\n    import subprocess\n"
            "    return {'child': subprocess.Popen(['sleep', '30'], stdout=subprocess.DEVNULL).pid}\n")
    child = int(run_function(written(tmp_path, body), {"x": np.zeros(1)})["child"])
    until = time.monotonic() + 5
    while running(child) and time.monotonic() < until:
        time.sleep(0.01)
    assert not running(child)


def test_the_same_seed_the_same_findings(tmp_path: Path) -> None:
    place = written(tmp_path, ROWS.replace("/ len(x)\n    d1", "\n    d1"))
    first, second = (check_function(model(), place, layout="rows") for _ in range(2))
    assert first == second
