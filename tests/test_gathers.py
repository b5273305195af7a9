"""Whole numbers among the data as subscripts, w[x[t],j]: derived, printed, emitted, checked; embeddings in PyTorch."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.calculus.pull import pull
from derive.calculus.reverse import reverse
from derive.claims.network import readings
from derive.errors import DeriveError
from derive.evaluate.interpreter import evaluate
from derive.evaluate.lines import evaluate_line
from derive.gradcheck.draw import draw_data
from derive.gradcheck.emitted import load_source
from derive.gradcheck.proof import prove
from derive.ir import walk
from derive.latex.document import document
from derive.own_notation import notation_of
from derive.pipeline import Model, emit, equations
from derive.spec import load
from derive.text import read_equations, write_equation, write_equations

COST = "C = sum((z[t,j] - y[t,j])^2, t, j)\n"
ROWS = "data x[t: 1..4] in 3\ndata y[t: 1..4, j: 2]\nparameter w[v: 3, j: 2]\nz[t,j] = w[x[t],j]\n" + COST
FORMS = {
    "rows of a table": (ROWS, ("z = w[x]", 'add_rows(grads["w"], x, delta)')),
    "columns, counted from 1": (
        "data x[t: 1..4] in 1..3\ndata y[t: 1..4, j: 2]\nparameter w[j: 2, v: 1..3]\nz[t,j] = w[j,x[t]]\n" + COST,
        ("w[:, x - 1].transpose(1, 2, 0)", 'np.add.at(grads["w"], np.s_[:, x - 1], ')),
    "columns at each step of a loop": (
        "data x[t: 1..4] in 3, y[j: 2]\nparameter w[j: 2, v: 3], u[j: 2, q: 2]\ntime t = 1..4\nh[0,j] = 0\nfor t:\n"
        "    h[t,j] = tanh(w[j,x[t]] + sum(u[j,q]*h[t-1,q], q))\nC = sum((h[4,j] - y[j])^2, j)\n",
        ('np.add.at(grads["w"], np.s_[:, x[:, t - 1]]',)),
    "one word": (
        "data x in 3\ndata y[j: 2]\nparameter w[v: 3, j: 2]\nz[j] = w[x,j]\nC = sum((z[j] - y[j])^2, j)\n", ("w[x]",)),
    "the next row": (
        "data x[t: 1..4] in 3\ndata y[t: 1..4, j: 2]\nparameter w[v: 5, j: 2]\n"
        "z[t,j] = w[x[t] + 2,j]*w[x[t],j]\n" + COST, ("w[x + 2] * w[x]", 'add_rows(grads["w"], x + 2, ')),
    "a table that is computed": (
        "data x[t: 1..4] in 3\ndata y[t: 1..4, j: 2]\nparameter w[v: 3, j: 2]\nh[v,j] = tanh(w[v,j])\n"
        "z[t,j] = h[x[t],j]\n" + COST, ("add_rows(dC_dh, x, delta)",)),
    "the value of the right class": (
        "data u[t: 1..4, k: 2], x[t: 1..4] in 3\nparameter w[v: 3, k: 2]\nq[t,v] = sum(w[v,k]*u[t,k], k)\n"
        "p[t] = q[t,x[t]]\nC = sum(log(1 + exp(p[t])), t)\n", ("np.add.at(dC_dq, ",)),
    "in the cost itself": (
        "data x[t: 1..4] in 3\nparameter w[v: 3]\nC = sum(exp(w[x[t]]), t)\n", ('add_rows(grads["w"], x, ',)),
    "two words": (
        "data x[t: 1..4] in 3, r[t: 1..4] in 2\ndata y[t: 1..4]\nparameter w[v: 3, c: 2]\nz[t] = w[x[t],r[t]]\n"
        "C = sum((z[t] - y[t])^2, t)\n", ("np.add.at(grads",)),
    "what comes to each word": (
        "data x[t: 1..4] in 3\ndata u[t: 1..4], y[v: 3]\nparameter w\nindex v = 3\nz[v] = 0\n"
        "z[x[t]] += w^2*u[t]\nC = sum((z[v] - y[v])^2, v)\n", ("np.add.at(z, ",)),
    "beside a penalty": (
        "data x[t: 1..4] in 3\ndata y[t: 1..4, j: 2]\nparameter w[v: 3, j: 2]\nz[t,j] = w[x[t],j]\n"
        "D = sum((z[t,j] - y[t,j])^2, t, j)\nR = sum(w[v,j]^2, v, j)\nC = D + R\n",
        ('grads["w"] = 2 * w', "add_rows(")),
    "its class": (
        "data x in 3, y in 2, u[c: 2]\nparameter w[v: 3, c: 2]\nindex c = 2\nr[c] = w[x,c]\nh[c] = equal(c, y)\n"
        "C = sum(exp(-u[c]^2)*(r[c] - h[c])^2, c)\n", ('h = one_hot(y, 2, params["w"].dtype)',)),
    "its own number": (
        "data x[t: 1..4] in 3\ndata y[t: 1..4]\nparameter w\nz[t] = w*x[t]\nC = sum((z[t] - y[t])^2, t)\n",
        ('x.astype(params["w"].dtype) * w',)),
}


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def model(text: str) -> Model:
    return equations(load(text), notation_of("nielsen"))


@pytest.mark.parametrize("name", FORMS)
def test_every_form_is_right_in_code(name: str) -> None:
    text, lines = FORMS[name]
    many = model(text).many
    source = emit(many)
    for line in lines:
        assert line in source
    for style in ("plain", "fast"):
        for row in prove(load_source(emit(many, style=style)), many, 60, 1):
            assert row.right, row
    single = {n: a.astype("float32") if a.dtype == float else a for n, a in draw_data(many, {"m": 2}, rng()).items()}
    module = load_source(source)
    params = module.init(rng(), np.float32)
    grads = module.cost_and_gradients(params, *single.values())[1]
    step = load_source(emit(many, style="fast")).Gradient(2, np.float32).fixed(*single.values())
    for n, grad in step(params)[1].items():
        assert np.allclose(grad, grads[n], rtol=1e-4, atol=1e-5), "what the data say is known before the parameters"
    assert all(np.asarray(grad).dtype == np.float32 for grad in grads.values())
    turned = {n: np.asfortranarray(param) for n, param in params.items()}
    for n, grad in module.cost_and_gradients(turned, *single.values())[1].items():
        assert np.allclose(grad, grads[n], rtol=1e-5), "whatever the order in which the entries of a parameter lie"


@pytest.mark.parametrize("name", FORMS)
def test_every_form_is_printed_and_read_back(name: str) -> None:
    found = model(FORMS[name][0])
    assert r"\partial" in str(document(found, notation_of("nielsen"), form="index", wrt=(), page="fragment"))
    written = write_equations(found.one)
    assert " in " in written and write_equations(read_equations(written)) == written


def test_push_and_pull_say_the_same() -> None:
    forward = read_equations(ROWS)
    full = reverse(forward)
    pushes = [(e, loops) for e, loops in walk(full.statements) if e.target == "dC_dw"]
    assert [write_equation(e) for e, _ in pushes] == ["dC_dw[x[t], j] += dC_dz[t, j]"]
    values = evaluate(full, {**draw_data(forward, {}, rng()), "w": rng().random((3, 2))})
    assert np.allclose(evaluate_line(full, values, pull(full.tensor("dC_dw"), pushes)), values["dC_dw"])
    assert np.allclose(values["dC_dw"].sum(axis=0), values["dC_dz"].sum(axis=0))


def test_the_page_counts_words_from_one() -> None:
    page = str(document(model(ROWS), notation_of("nielsen"), form="index", wrt=(), page="fragment"))
    for line in (r"z_{tj} &= w_{x_t,j}", r"\boxed{\sum_{\substack{t \\ x_t = v}} \delta_{tj}}",
                 "each a whole number from $1$ to $3$"):
        assert line in page


@pytest.mark.parametrize(("text", "message"), [
    (ROWS.replace(" in 3", ""), "equations:4:12: 'x' cannot stand in a subscript: it is not declared"),
    (ROWS.replace("in 3", "in 4"), "shapes differ: x[t] is a number from 0 to 3, but that axis of 'w' runs from 0 to"),
    (ROWS.replace("x[t],", "x[t,t],"), "equations:4:12: 'x' has 1 indices, but 2 are written"),
    (ROWS.replace("x[t],", "2*x[t] + 1,"), "'w' is read at 2*x[t] + 1, which runs from 1 to 5, but"),
    (ROWS.replace("parameter w[v: 3, j: 2]", "parameter w[v: 3, j: 2] in 3"), "a parameter is not declared to lie"),
    (FORMS["what comes to each word"][0].replace("+=", "="), "several values may be written to one entry of 'z'"),
    ("words(3 of 5)-4", "layer 1: dense does not fit what comes in, 3 words of 5: the values that come"),
    ("words(3 of 5)-flatten-4", "Put embedding(16) before it."),
    ("words(3,5)-embedding(2)-4", "words takes how many there are, of how many that are known"),
])
def test_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(DeriveError) as caught:
        load(text)
    assert message in str(caught.value)


def test_nothing_is_differentiated_by_a_whole_number() -> None:
    with pytest.raises(DeriveError, match="'x' holds whole numbers"):
        reverse(read_equations(ROWS), ["x"])


@pytest.mark.parametrize("x", [[0, 1, 2, 3], [0, -1, 2, 1], [0, 1, 0.5, 2]])
def test_the_interpreter_refuses_words_that_there_are_not(x: list[float]) -> None:
    with pytest.raises(DeriveError, match="something else than the whole numbers from 0 to 2"):
        evaluate(read_equations(ROWS), {"x": x, "y": np.zeros((4, 2)), "w": np.zeros((3, 2))})


@cache
def module(line: str, style: str) -> Any:
    return load_source(emit(equations(load(line), notation_of("nielsen")).many, style=style))


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 4), st.sampled_from(["float64", "float32"]), st.sampled_from(["int64", "int32", "uint8"]),
       st.integers(0, 99))
def test_an_embedding_is_that_of_pytorch(batch: int, dtype: str, whole: str, seed: int) -> None:
    torch = pytest.importorskip("torch")
    draw = np.random.default_rng(seed)
    x, y = draw.integers(0, 7, (batch, 5)).astype(whole), draw.standard_normal((batch, 5, 2)).astype(dtype)
    plain, fast = (module("words(5 of 7)-embedding(40)-2:identity", style) for style in ("plain", "fast"))
    params = plain.init(draw, np.dtype(dtype))
    cost, grads = plain.cost_and_gradients(params, x, y)
    tensors = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    rows = torch.nn.functional.embedding(torch.tensor(x.astype("int64")), tensors["w1"])
    theirs = ((rows @ tensors["w2"].T + tensors["b2"] - torch.tensor(y)) ** 2).sum() / (2 * batch)
    theirs.backward()
    step, parts = fast.Gradient(batch, dtype), fast.Gradient(batch, dtype, max_bytes=2000)
    for found in (grads, step(params, x, y, copy=True)[1], step.fixed(x, y)(params)[1], parts(params, x, y)[1]):
        for name, tensor in tensors.items():
            assert found[name].dtype == dtype
            assert np.allclose(found[name], tensor.grad.numpy(), rtol=2e-4 if dtype == "float32" else 1e-10,
                               atol=1e-5 if dtype == "float32" else 1e-12), name
    assert np.allclose(cost, theirs.item(), rtol=1e-4 if dtype == "float32" else 1e-12)


def test_rows_of_words_are_written_once_and_flattened_by_a_view() -> None:
    """No zeros before them, and no copy behind them."""
    source = emit(model("words(3 of 10)-embedding(4)-flatten-2").many, style="fast")
    few = source[source.index("def _few("):]
    assert "a2 = a1.reshape(rows, 12)\n" in few and "a1[...] = w1[x]\n" in few and "a1[...] = zero" not in few


CLASSES = [("4-5:relu-3:softmax", (4,), (), 3), ("seq(3x2)-rnn(4,gives=all)-5:softmax", (3, 2), (3,), 5)]


@pytest.mark.parametrize(("line", "inputs", "outputs", "count"), CLASSES, ids=[row[0] for row in CLASSES])
def test_class_numbers_cost_what_their_rows_of_zeros_and_ones_cost(
        line: str, inputs: tuple[int, ...], outputs: tuple[int, ...], count: int) -> None:
    draw = np.random.default_rng(0)
    x, y = draw.standard_normal((6, *inputs)), draw.integers(0, count, (6, *outputs))
    rows, plain, fast = (
        load_source(emit(equations(load(line, cost=cost), notation_of("nielsen")).many, style=style))
        for cost, style in (("cross_entropy", "plain"), ("class_cross_entropy", "plain"),
                            ("class_cross_entropy", "fast")))
    params = plain.init(draw)
    cost, grads = rows.cost_and_gradients(params, x, np.eye(count)[y])
    parts: Any = fast
    for found, own in (plain.cost_and_gradients(params, x, y), parts.Gradient(6)(params, x, y),
                       parts.Gradient(6, max_bytes=900)(params, x, y), parts.Gradient(6).fixed(x, y)(params)):
        assert np.isclose(found, cost, rtol=1e-13)
        for name, expected in grads.items():
            np.testing.assert_allclose(own[name], expected, rtol=1e-9, atol=1e-13, err_msg=name)
    for wrong in (-1, count):
        with pytest.raises(ValueError, match=rf"classes have the numbers 0 to {count - 1}; here are .*{wrong}"):
            plain.cost(params, x, np.full_like(y, wrong))
        with pytest.raises(ValueError, match="classes have the numbers"):
            parts.Gradient(6)(params, x, np.full_like(y, wrong))


@settings(max_examples=6, deadline=None)
@given(st.integers(1, 5), st.sampled_from([1.0, 1000.0]), st.sampled_from(["plain", "fast"]), st.integers(0, 99))
def test_class_numbers_from_logits_cost_what_pytorch_says(batch: int, scale: float, style: str, seed: int) -> None:
    torch = pytest.importorskip("torch")
    many = equations(load("3-4:identity", cost="class_cross_entropy_logits"), notation_of("nielsen")).many
    module: Any = load_source(emit(many, style=style))
    draw = np.random.default_rng(seed)
    params, x, y = module.init(draw), scale * draw.standard_normal((batch, 3)), draw.integers(0, 4, batch)
    cost, grads = (module.Gradient(batch) if style == "fast" else module.cost_and_gradients)(params, x, y)
    tensors = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    theirs = torch.nn.functional.cross_entropy(torch.tensor(x) @ tensors["w1"].T + tensors["b1"], torch.tensor(y))
    theirs.backward()
    assert np.isclose(cost, theirs.item(), rtol=1e-12)
    for name, tensor in tensors.items():
        np.testing.assert_allclose(grads[name], tensor.grad.numpy(), rtol=1e-9, atol=1e-9 * scale, err_msg=name)


def test_claims_about_class_numbers_are_refused() -> None:
    style = notation_of("nielsen")
    with pytest.raises(DeriveError, match=r"not about the number of a class[\s\S]*--cost cross-entropy"):
        readings(equations(load("3-2:softmax", cost="class_cross_entropy"), style), style)


@pytest.mark.parametrize(("notation", "said"), [("nielsen", r"[\,y = j\,]"), ("cs231n", r"[\,y = j\,]")])
def test_a_class_number_is_counted_as_its_index_is(notation: str, said: str) -> None:
    style = notation_of(notation)
    page = str(document(equations(load("3-2:softmax", cost="class_cross_entropy"), style), style, form="index"))
    assert said in page and "j-1" not in page


@pytest.mark.parametrize("word", [-1, 3])
def test_a_word_that_there_is_not_is_refused_by_name(word: int) -> None:
    """NumPy takes -1 for the last row."""
    text, _ = FORMS["rows of a table"]
    fast = load_source(emit(model(text).many, style="fast"))
    params, x, y = fast.init(rng()), np.array([[0, 1, word, 2]]), np.zeros((1, 4, 2))
    calls = [lambda: fast.cost(params, x, y), lambda: fast.cost_and_gradients(params, x, y),
             lambda: fast.Gradient(1)(params, x, y), lambda: fast.Gradient(1).fixed(x, y)(params),
             lambda: fast.predict(params, x), lambda: fast.Predict(1)(params, x),
             lambda: fast.Predict(1)(params, x.tolist())]
    for call in calls:
        with pytest.raises(ValueError, match=f"x has numbers from 0 to 2; here are {min(0, word)} to {max(2, word)}"):
            call()
