"""The fast module: the same numbers as the interpreter, for every batch, dtype and architecture."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from copy import deepcopy
from inspect import getclosurevars
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import pytest
from dense import ACTIVATIONS, COSTS, OUTPUTS, targets
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from models import MODELS, drawn, model, run

from derive.calculus.explain import explain
from derive.calculus.reverse import adjoints_of, reverse
from derive.errors import DeriveError
from derive.forward import forward
from derive.gradcheck.emitted import load_source
from derive.ir import Derivation
from derive.samples import over_samples
from derive.spec import Network
from derive.targets.numpy import emit
from derive.text.reader import read_equations

QUICK: dict[str, Any] = {"deadline": None, "database": None, "phases": [Phase.generate]}
"""Without shrinking: a failure shows its network at once."""
EXACT = {"float64": 1e-11, "float32": 2e-4}


def many(*stages: Any, **choices: Any) -> Derivation:
    network = Network(*stages, **choices)
    return over_samples(forward(network), mean=network.reduce != "sum")


def fast(derivation: Derivation, **choices: Any) -> str:
    return emit(explain(derivation), style="fast", **choices)


def close(one: Any, other: Any, rtol: float) -> bool:
    scale = max(float(np.abs(other).max(initial=0)), 1e-3)
    return np.shape(one) == np.shape(other) and float(np.abs(np.asarray(one) - other).max(initial=0)) <= rtol * scale


def agrees(derivation: Derivation, batch: int, dtype: str, cost: str = "quadratic", made: Any = None,
           seed: int = 0, **how: Any) -> None:
    """Cost and gradients of the fast class beside the interpreter's."""
    module: Any = made or load_source(fast(derivation))
    rng = np.random.default_rng(seed)
    params = {name: (a + 0.2 * rng.standard_normal(a.shape)).astype(dtype) for name, a in module.init(rng).items()}
    (inputs, outputs) = (t.axes[-1].size for t in derivation.of_role("data"))
    x = rng.uniform(0, 1, (batch, int(inputs))).astype(dtype)
    y = targets(cost, (batch, int(outputs)), rng).astype(dtype)
    values = run(reverse(derivation), {k: v.astype(float) for k, v in {**params, "x": x, "y": y}.items()}, {})
    found, grads = module.Gradient(batch, dtype, **how)(params, x, y)
    assert close(found, values[derivation.cost], EXACT[dtype])
    assert grads.keys() == params.keys()
    for name, g in grads.items():
        assert g.dtype == dtype and close(g, values[adjoints_of(derivation)[name]], EXACT[dtype]), name


SINGLE = [("tanh", output, cost) for cost in COSTS for output in OUTPUTS.get(cost, ("sigmoid", "softmax", "identity"))]
HIDDEN = [(hidden, "sigmoid", "quadratic") for hidden in ACTIVATIONS]
BATCHES = (1, 2, 7, 40)


@pytest.mark.parametrize(("hidden", "output", "cost"), SINGLE + HIDDEN)
def test_every_activation_and_cost(hidden: str, output: str, cost: str) -> None:
    derivation = many(f"3-5:{hidden}-4:{hidden}-2:{output}", cost=cost, regularize="l2:0.1")
    made = load_source(fast(derivation))
    for batch in BATCHES:
        for dtype in EXACT:
            agrees(derivation, batch, dtype, cost, made)


@settings(max_examples=40, **QUICK)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=5), st.sampled_from(["sigmoid", "tanh", "relu", "gelu"]),
       st.sampled_from([("quadratic", "sigmoid"), ("cross_entropy", "softmax"), ("binary_cross_entropy", "sigmoid")]),
       st.sampled_from(["", "l2:0.1", "l1:0.1"]), st.booleans(), st.integers(1, 50), st.sampled_from(list(EXACT)),
       st.integers(0, 99))
def test_any_network(widths: list[int], hidden: str, ends: tuple[str, str], penalty: str, bias: bool, batch: int,
                     dtype: str, seed: int) -> None:
    cost, output = ends
    derivation = many("-".join([str(widths[0]), *(f"{n}:{hidden}" for n in widths[1:-1]), f"{widths[-1]}:{output}"]),
                      cost=cost, bias=bias, **({"regularize": penalty} if penalty else {}))
    agrees(derivation, batch, dtype, cost, seed=seed)


def test_a_penalty_on_a_matrix_lies_in_no_flat_buffer() -> None:
    """One row of weights has the size of a vector, not its shape."""
    for name in ("1-1", "2-1", "2-1-2"):
        agrees(many(name, bias=False, regularize="l1:0.1"), 1, "float64")


@pytest.mark.parametrize(("changed", "message"), [
    ({"x": np.zeros((6, 5))}, "x has the shape (6, 5); it must have (6, 4)"),
    ({"y": np.zeros((6, 1))}, "y has the shape (6, 1); it must have (6, 2)"),
    ({"y": np.zeros((5, 2))}, "y has the shape (5, 2); it must have (6, 2)"),
    ({"x": np.zeros((0, 4)), "y": np.zeros((0, 2))}, "there must be one example at least"),
    ({"x": np.zeros((6, 4))}, "x is (6, 4) of float64; it must be (6, 4) of float32"),
    ({"x": np.zeros((6, 4)).tolist()}, "x is (6, 4) of list; it must be (6, 4) of float32"),
    ({"w2": np.zeros((3, 2), "float32")}, "w2 has the shape (3, 2); it must have (2, 3)"),
    ({"w2": np.zeros((2, 3))}, "w2 is (2, 3) of float64; it must be (2, 3) of float32"),
    ({"b1": np.zeros(1, "float32")}, "b1 has the shape (1,); it must have (3,)"),
    ({"b2": np.zeros((6, 2), "float32")}, "b2 has the shape (6, 2); it must have (2,)"),
])
def test_arrays_that_do_not_fit_are_named(changed: dict[str, Any], message: str) -> None:
    """Above all a column of targets, or a bias of one number: NumPy would add them to every output."""
    module, params, x, y = module_and_data(dtype="float32")
    given = {**params, "x": x, "y": y, **changed}
    with pytest.raises(ValueError) as caught:
        module.Gradient(6, "float32")({name: given[name] for name in params}, given["x"], given["y"])
    assert message in str(caught.value)


def test_a_list_is_no_array() -> None:
    module, params, x, y = module_and_data()  # float64, which NumPy finds equal to None
    with pytest.raises(ValueError, match=r"w1 is \(3, 4\) of list; it must be \(3, 4\) of float64"):
        module.Gradient(6)({**params, "w1": params["w1"].tolist()}, x, y)


def test_a_bias_of_one_number_is_refused_wherever_parameters_come_in() -> None:
    module, params, x, y = module_and_data()
    wrong = {**params, "b1": np.zeros(1)}
    gradient, predict = module.Gradient(6), module.Predict(6)
    gradient(params, x, y)
    for call in (lambda: gradient(wrong, x, y), lambda: gradient.fixed(x, y)(wrong), lambda: predict(wrong, x),
                 lambda: module.Training(wrong, 6)):
        with pytest.raises(ValueError, match=r"b1 has the shape \(1,\); it must have \(3,\)"):
            call()


def test_a_list_is_refused_wherever_parameters_come_in() -> None:
    module, params, x, y = module_and_data()
    wrong = {**params, "w2": params["w2"].tolist()}
    gradient, predict = module.Gradient(6), module.Predict(6)
    for call in (lambda: gradient(wrong, x, y), lambda: gradient.fixed(x, y)(wrong), lambda: predict(wrong, x)):
        with pytest.raises(ValueError, match=r"w2 is \(2, 3\) of list; it must be \(2, 3\) of float64"):
            call()
    with pytest.raises(TypeError, match="params is a tuple; it must be a dict of arrays"):
        gradient((params, x), x, y)


@pytest.mark.parametrize(("changed", "message"), [
    ({"x": [[1, 2]]}, r"x is \(1, 2\) of list; it must be an array of whole numbers"),
    ({"x": np.ones((1, 2))}, r"x is \(1, 2\) of float64; it must be an array of whole numbers"),
    ({"x": np.ones((1, 2), bool)}, r"x is \(1, 2\) of bool; it must be an array of whole numbers"),
    ({"y": [1]}, r"y is \(1,\) of list; it must be an array of whole numbers"),
    ({"y": np.ones(1)}, r"y is \(1,\) of float64; it must be an array of whole numbers"),
    ({"y": np.array([-1])}, "classes have the numbers 0 to 2; here are -1 to -1"),
])
def test_words_and_classes_are_whole_numbers(changed: dict[str, Any], message: str) -> None:
    module: Any = load_source(fast(many("words(2 of 5)-embedding(2)-flatten-3:softmax", cost="class_cross_entropy")))
    gradient, params = module.Gradient(1), module.init(np.random.default_rng(0))
    given = {"x": np.array([[1, 4]]), "y": np.array([2]), **changed}
    lists = any(isinstance(one, list) for one in changed.values())  # of which `fixed` and Predict make arrays
    calls = [lambda: gradient(params, **given)]
    calls += [] if lists else [lambda: gradient.fixed(**given)(params)]
    calls += [] if lists or "y" in changed else [lambda: module.Predict(1)(params, given["x"])]
    for call in calls:
        with pytest.raises(ValueError, match=message):
            call()


@pytest.mark.parametrize("dtype", ["int8", "bool", "float16", "complex64", ">f8", object])
def test_other_dtypes_are_refused(dtype: Any) -> None:
    """Whole numbers would lose their fractions, and BLAS knows no others."""
    module, params, *_ = module_and_data()
    for call in (lambda: module.Gradient(6, dtype), lambda: module.Predict(6, dtype),
                 lambda: module.Training(params, 6, dtype)):
        with pytest.raises(ValueError, match="dtype is .*; it must be float32 or float64"):
            call()


def test_parameters_that_the_call_would_overwrite_are_refused() -> None:
    module, params, x, y = module_and_data()
    gradient = module.Gradient(6)
    _, grads = gradient(params, x, y)
    for wrong in (grads, {**params, "w2": grads["w2"]}, {**params, "b1": grads["w1"][:, 0]}):
        with pytest.raises(ValueError, match="lies in the gradients, which this call overwrites; give a copy of it"):
            gradient(wrong, x, y)
    _, kept = gradient(params, x, y, copy=True)
    assert close(gradient(kept, x, y)[0], module.cost(kept, x, y), 1e-12)


# -- other batches, parts, copies --------------------------------------------------------------------


PARTS = {"4-3-2": "quadratic", "4-5:relu-3:softmax": "cross_entropy", "4-3:elu-2:identity": "huber"}


@pytest.mark.parametrize(("name", "cost"), PARTS.items())
def test_parts_of_a_minibatch_add_up(name: str, cost: str) -> None:
    derivation = many(name, cost=cost, regularize="l2:0.1")
    made = load_source(fast(derivation))
    for max_bytes in (1, 300, 1000, 10**6):
        for batch in (1, 5, 23, 64):
            agrees(derivation, batch, "float64", cost, made, max_bytes=max_bytes)


def test_parts_are_refused_where_examples_depend_on_each_other() -> None:
    made: Any = load_source(fast(many("2-batchnorm-1")))
    with pytest.raises(ValueError, match=r"needs all examples, v1\[k\] = sum\(\(x\[s,k\] - u1\[k\]\)\^2/m,s\)"):
        made.Gradient(8, max_bytes=100)


def test_a_workspace_of_no_bytes_is_refused() -> None:
    load_source(fast(many("2-1"))).Gradient(8, max_bytes=np.float64(100))
    for max_bytes in (0, -1):
        with pytest.raises(ValueError, match=f"max_bytes is {max_bytes}: give a number of bytes, or leave it out"):
            load_source(fast(many("2-1"))).Gradient(8, max_bytes=max_bytes)


def module_and_data(name: str = "4-3-2", batch: int = 6, dtype: str = "float64", **choices: Any) -> Any:
    module: Any = load_source(fast(many(name, **choices)))
    rng = np.random.default_rng(0)
    params = module.init(rng, dtype=dtype)
    width = [a.shape for name, a in params.items() if name.startswith("w")]
    return module, params, rng.uniform(0, 1, (batch, width[0][1])).astype(dtype), \
        rng.uniform(0, 1, (batch, width[-1][0])).astype(dtype)


def test_a_smaller_last_batch() -> None:
    module, params, x, y = module_and_data()
    gradient = module.Gradient(6)
    for rows in (6, 4, 1, 6, 4):
        cost, grads = gradient(params, x[:rows], y[:rows])
        exact, slopes = module.cost_and_gradients(params, x[:rows], y[:rows])
        assert close(cost, exact, 1e-12) and all(close(grads[name], slopes[name], 1e-12) for name in slopes)


def test_gradients_are_overwritten_unless_copied() -> None:
    module, params, x, y = module_and_data()
    gradient = module.Gradient(6)
    _, kept = gradient(params, x, y, copy=True)
    _, lent = gradient(params, x, y)
    before = lent["w1"].copy()
    _, again = gradient(params, 2 * x, y)
    assert again["w1"] is lent["w1"] and not np.array_equal(lent["w1"], before)
    assert np.array_equal(kept["w1"], before)


def test_two_objects_share_nothing() -> None:
    module, params, x, y = module_and_data()
    one, other = module.Gradient(6), module.Gradient(6)
    _, first = one(params, x, y)
    before = {name: g.copy() for name, g in first.items()}
    other(params, 3 * x, y)
    assert all(np.array_equal(first[name], before[name]) for name in first)


def test_a_copy_has_buffers_of_its_own() -> None:
    """NumPy would copy each view of a buffer as an array by itself."""
    module, params, x, y = module_and_data()
    gradient, training, predict = module.Gradient(4, max_bytes=2000), module.Training(params, 6), module.Predict(6)
    _, before = gradient(params, x, y)
    output = predict(params, x)
    kept, shown = before["w1"].copy(), output.copy()
    other = deepcopy(gradient)
    assert (other.batch, other.dtype, other.max_bytes) == (4, np.float64, 2000)
    assert close(other(params, 2 * x, y)[1]["w1"], module.cost_and_gradients(params, 2 * x, y)[1]["w1"], 1e-12)
    deepcopy(predict)(params, 2 * x)
    assert np.array_equal(before["w1"], kept) and np.array_equal(output, shown)
    training(x, y)
    again = deepcopy(training)
    assert [training(x, y) for _ in range(3)] == [again(x, y) for _ in range(3)]


def test_workspace_bytes_is_what_the_buffers_take() -> None:
    module, *_ = module_and_data("40-30-20-10")
    small, large = (module.Gradient(n).workspace_bytes for n in (50, 100))
    assert large == 2 * small and module.Gradient(50, np.float32).workspace_bytes == small / 2


def owned(held: Any, found: dict[int, int]) -> dict[int, int]:
    """The bytes of every array in what a function keeps, by the memory that it lies in."""
    if isinstance(held, np.ndarray):
        while held.base is not None:
            held = held.base
        return found if held.ndim == 0 else {**found, id(held): held.nbytes}
    if isinstance(held, FunctionType):
        held = getclosurevars(held).nonlocals
    for part in held.values() if isinstance(held, dict) else held if isinstance(held, tuple) else ():
        found = owned(part, found)
    return found


@pytest.mark.parametrize(("name", "batches"), [
    ("4-3-2", (1,)), ("40-30-20-10", (50, 20)), ("6-5-5-5-5:relu-3:softmax", (9,)), ("784-16-10", (900, 100, 7)),
    ("200-100:relu-30:softmax", (40, 1))])
def test_workspace_bytes_counts_every_array_that_is_held(name: str, batches: tuple[int, ...]) -> None:
    """Ones, the zeros beside a maximum and the buffers of a last minibatch, too."""
    module, params, x, y = module_and_data(name, max(batches))
    gradient = module.Gradient(batches[0])
    for rows in batches:
        gradient(params, x[:rows], y[:rows])
    held = owned((gradient._step, *(step for step, _ in gradient._others.values())), {})
    assert gradient.workspace_bytes == sum(held.values()) - held[id(gradient.flat)]


@pytest.mark.parametrize("name", ["40-3-2", "6-5-5-5-5:relu-3:softmax", "200-100:relu-30:softmax"])
def test_the_header_says_what_many_examples_take(name: str) -> None:
    module, *_ = module_and_data(name)
    said = re.search(r"workspace ([\d,]+) bytes an example and ([\d,]+) for any number", module.__doc__)
    each, beside = (int(number.replace(",", "")) for number in said.groups())
    _, buffers = module._many(7, 7, np.dtype(np.float64), module.Gradient(7).flat)
    assert sum(array.nbytes for array in buffers) == 7 * each + beside


@pytest.mark.parametrize("name", ["4-3-2", "4-5:gelu-3:softmax", "3-2:identity"])
@pytest.mark.parametrize("dtype", list(EXACT))
def test_predict(name: str, dtype: str) -> None:
    module, params, x, _ = module_and_data(name, dtype=dtype)
    predict = module.Predict(6, dtype)
    for rows in (6, 2):
        assert close(predict(params, x[:rows]), module.predict(params, x[:rows]), EXACT[dtype])


def test_few_and_many_examples_are_predicted_by_functions_of_their_own() -> None:
    source = fast(many("784-30-10"))
    assert "make = _output_few if rows <= 40 else _output_many\n" in source
    made: Any = load_source(source)
    params, x = made.init(np.random.default_rng(0)), np.random.default_rng(1).random((50, 784))
    for rows in (1, 40, 41, 50):
        assert close(made.Predict(rows)(params, x[:rows]), made.predict(params, x[:rows]), 1e-12)
    for line, name in (("4-1", "_output_few"), ("784-512-10", "_output_many")):
        source = fast(many(line))
        assert f"make = {name}\n" in source and source.count("def _output_") == 1


@pytest.mark.parametrize(("name", "choices"), [
    ("4-6-batchnorm-3", {}), ("1x6x6-conv(2,3x3)-maxpool(2)-flatten-3", {}),
    ("3-2", {"output": "exp(-z^2)", "cost": "cross_entropy"}),  # the cost, and so its gradient, needs no output
])
def test_predict_beside_other_equations(name: str, choices: dict[str, str]) -> None:
    module: Any = load_source(fast(many(name, **choices)))
    rng = np.random.default_rng(0)
    params, x = module.init(rng), rng.standard_normal(module._shapes(6)[0])
    assert close(module.Predict(6)(params, x), module.predict(params, x), 1e-11)
    with pytest.raises(ValueError, match="x has the shape .* it must have"):
        module.Predict(6)(params, x[..., :1])


def test_no_examples_are_refused() -> None:
    for kind in ("Gradient", "Predict"):
        with pytest.raises(ValueError, match="one example at least"):
            getattr(module_and_data()[0], kind)(0)
    for line in ("4-2", "40-40:gelu-30", "1x4x4-conv(2,3)-maxpool(2)-flatten-3"):
        module: Any = load_source(fast(many(line)))
        params, x = module.init(np.random.default_rng(0)), np.zeros(module._shapes(1)[0])[:0]
        assert module.Predict(7)(params, x).shape == module.predict(params, x).shape


@pytest.mark.parametrize(("output", "others"), [
    ("z[s,j] = sum(w[j,k]*x[s,k], k) + b[j]", False),
    ("z[s,j] = sum(w[j,k]*x[s,k], k)/m + b[j]", False),  # how many there are says nothing of them
    ("u[k] = sum(x[s,k], s)/m\nz[s,j] = sum(w[j,k]*(x[s,k] - u[k]), k) + b[j]", True),
    ("u[k] = max(x[s,k], s)\nz[s,j] = sum(w[j,k]*(x[s,k] - u[k]), k) + b[j]", True)])
def test_an_output_of_no_examples_unless_it_needs_others(output: str, others: bool) -> None:
    typed = read_equations("sample s = m\ndata x[s,k: 5], y[s,j: 4]\nparameter w[j,k], b[j]\n" + output +
                           "\nC = sum((z[s,j] - y[s,j])^2, s, j)")
    refuses_none(fast(typed), np.zeros((0, 5)), others)


@pytest.mark.parametrize(("line", "others"), [
    ("2-2-batchnorm-1", True), ("2-2-batchnorm(mode=fixed,mean=1,variance=4)-1", False), ("2-2-layernorm-1", False)])
def test_the_output_of_batch_norm_needs_the_other_examples(line: str, others: bool) -> None:
    refuses_none(fast(many(line)), np.zeros((0, 2)), others)


def refuses_none(source: str, x: np.ndarray, refused: bool) -> None:
    """Whether `Predict` takes no example at all."""
    module: Any = load_source(source)
    params = module.init(np.random.default_rng(0))
    if refused:
        with pytest.raises(ValueError, match="one example at least: a mean"):
            module.Predict(4)(params, x)
    else:
        assert module.Predict(4)(params, x).shape == module.predict(params, x).shape


def test_parameters_that_do_not_fit_are_named_where_there_are_no_data() -> None:
    module: Any = load_source(fast(read_equations("parameter u[j: 4]\nC = sum((u[j] - 1)^2, j)")))
    with pytest.raises(ValueError, match=r"u has the shape \(3,\); it must have \(4,\)"):
        module.Gradient()({"u": np.ones(3)})


@pytest.mark.parametrize("cost", ["exp(b)*(sum(w[k]*x[k], k) - y)^2 + b*sin(b)", "(sum(w[k]*x[k], k) - y)^2/(1 + b^2)"])
def test_parts_add_up_where_a_parameter_scales_their_sum(cost: str) -> None:
    model_ = over_samples(read_equations(f"data x[k: 3], y\nparameter w[k: 3], b\nC = {cost}"), mean=True)
    module: Any = load_source(fast(model_))
    rng = np.random.default_rng(0)
    given = module.init(rng), rng.standard_normal((23, 3)), rng.standard_normal(23)
    wanted, grads = module.cost_and_gradients(*given)
    found, parts = module.Gradient(23, max_bytes=300)(*given)
    assert close(found, wanted, 1e-11) and all(close(parts[name], g, 1e-11) for name, g in grads.items())


@pytest.mark.parametrize(("batch", "max_bytes"), [(100, 20_000), (100, 3_000), (1000, 200_000), (103, 5_000)])
def test_parts_keep_to_their_bound(batch: int, max_bytes: int) -> None:
    """Few examples take more memory each than many; the last part has buffers of its own."""
    module, *_ = module_and_data("40-16-16-10")
    gradient = module.Gradient(batch, max_bytes=max_bytes)
    assert gradient.workspace_bytes - gradient.flat.nbytes <= max_bytes < module.Gradient(batch).workspace_bytes


def textbook(rule: str, params: dict[str, Any], gradient: Any, steps: int) -> dict[str, Any]:
    """SGD, momentum and Adam as their papers state them."""
    p = {name: array.copy() for name, array in params.items()}
    v = {name: np.zeros_like(a) for name, a in p.items()}
    s = {name: np.zeros_like(a) for name, a in p.items()}
    for t in range(1, steps + 1):
        grads = gradient(p)
        for name, g in grads.items():
            if rule == "sgd":
                p[name] = p[name] - 0.1 * g
            elif rule == "momentum":
                v[name] = 0.9 * v[name] + g
                p[name] = p[name] - 0.1 * v[name]
            else:
                v[name] = 0.9 * v[name] + 0.1 * g
                s[name] = 0.999 * s[name] + 0.001 * g**2
                p[name] = p[name] - 0.1 * (v[name] / (1 - 0.9**t)) / (np.sqrt(s[name] / (1 - 0.999**t)) + 1e-8)
    return p


def test_an_unknown_rule_is_refused() -> None:
    module, params, *_ = module_and_data()
    with pytest.raises(ValueError, match="there is no rule 'nesterov'; the rules are sgd, momentum, adam"):
        module.Training(params, 6, rule="nesterov")


@pytest.mark.parametrize("rule", ["sgd", "momentum", "adam"])
def test_training_steps(rule: str) -> None:
    module, params, x, y = module_and_data()
    training = module.Training(params, 6, rule=rule, rate=0.1)
    for _ in range(5):
        training(x, y)
    exact = textbook(rule, params, lambda p: module.cost_and_gradients(p, x, y)[1], 5)
    assert all(close(training.params[name], exact[name], 1e-9) for name in exact)


# -- models typed as equations ------------------------------------------------------------------------

LOOPS = {"any depth"}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("batch", [False, True])
def test_models_written_as_equations(name: str, batch: bool) -> None:
    derivation, sizes = model(name)
    if batch and derivation.of_role("data"):
        derivation, sizes = over_samples(derivation), sizes | {"m": 4}
    if name in LOOPS:
        with pytest.raises(DeriveError, match="how many layers"):
            fast(derivation)
        return
    module: Any = load_source(fast(derivation))
    given_ = drawn(derivation, sizes)
    data = [given_[t.name] for t in derivation.of_role("data")]
    params = {t.name: given_[t.name] for t in derivation.of_role("parameter")}
    values = run(reverse(derivation), given_, sizes)
    found, grads = module.Gradient(4)(params, *data)
    assert close(found, values[derivation.cost], 1e-11)
    for key in params:
        assert close(grads[key], values[adjoints_of(derivation)[key]], 1e-11), key


# -- safe, and written well ----------------------------------------------------------------------------


@pytest.mark.parametrize(("hidden", "output", "cost"), [
    ("sigmoid", "sigmoid", "quadratic"), ("tanh", "softmax", "cross_entropy"),
    ("relu", "sigmoid", "binary_cross_entropy"),
    ("silu", "identity", "mean_squared_error"), ("gelu", "softmax", "cross_entropy")])
@pytest.mark.parametrize("dtype", list(EXACT))
def test_safe_at_ten_thousand(hidden: str, output: str, cost: str, dtype: str) -> None:
    module: Any = load_source(fast(many(f"3-4:{hidden}-2:{output}", cost=cost)))
    rng = np.random.default_rng(1)
    params = module.init(rng, dtype=dtype)
    for batch in (1, 5, 90_000):
        x, y = rng.uniform(0.2, 1, (batch, 3)).astype(dtype), targets(cost, (batch, 2), rng).astype(dtype)
        for scale in (1, 1e4, -1e4):
            with np.errstate(all="raise", under="ignore"):
                found, grads = module.Gradient(batch, dtype)(
                    {name: a * a.dtype.type(scale) for name, a in params.items()}, x, y)
            assert np.isfinite(found) and all(np.isfinite(g).all() for g in grads.values())
            assert np.asarray(found).dtype == dtype


STYLED = ["3-4-2", "3-4:gelu-5:elu-2:softmax", "784-128:relu-64:relu-10:softmax", "residual", "strided convolution"]


def test_style_checkers_have_nothing_to_say(tmp_path: Path) -> None:
    pytest.importorskip("ruff")
    for number, name in enumerate(STYLED):
        text = fast(model(name)[0] if name in MODELS else many(name))
        (tmp_path / f"network{number}.py").write_text(text)
        assert "noqa" not in text
    checked = subprocess.run([sys.executable, "-m", "ruff", "check", "--isolated", "--select", "E,F", "--line-length",
                              "120", str(tmp_path)], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("name", STYLED)
def test_imports_numpy_alone(name: str) -> None:
    """...and SciPy, where a step asks for it, if it is there."""
    tree = ast.parse(fast(model(name)[0] if name in MODELS else many(name)))
    imports = [ast.unparse(n) for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    assert imports[-1] == "import numpy as np"
    assert set(imports[:-1]) <= {"import contextvars", "from math import tanh", "from math import erfc"}
    tried = [ast.unparse(n.body[0]) for n in ast.walk(tree) if isinstance(n, ast.Try) and isinstance(
        n.body[0], ast.Import | ast.ImportFrom) and ast.unparse(n.handlers[0].type or n) == "ImportError"]
    every = [ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    assert sorted(every) == sorted(imports + tried) and set(tried) <= {"from scipy.linalg import blas"}


# -- a handful of neurons --------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["2-3-1", "2-3:tanh-2:identity", "3-4:relu-2", "1-1"])
def test_scalar_code_of_one_example(line: str) -> None:
    module, params, x, y = module_and_data(line, batch=1)
    cost, found = module.gradient_of_one(module.as_tuple(params), tuple(x[0].tolist()), tuple(y[0].tolist()))
    exact, slopes = module.cost_and_gradients(params, x, y)
    assert close(cost, exact, 1e-12)
    assert close(np.array(found), np.array(module.as_tuple(slopes)), 1e-11)


@pytest.mark.parametrize("line", ["20-10-2", "2-3:gelu-1"])
def test_no_scalar_code_of_anything_else(line: str) -> None:
    assert "gradient_of_one" not in fast(many(line))
