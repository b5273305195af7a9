"""The emitted NumPy module: right, safe, in its dtype, and written as a person would."""

from __future__ import annotations

import ast
import subprocess
import sys
from inspect import signature
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from dense import ACTIVATIONS, COSTS, OUTPUTS, Dense, differences, targets
from models import MODELS, drawn, model, run

from derive.calculus.explain import explain
from derive.calculus.reverse import adjoints_of, reverse
from derive.codegen.lines import folded_line, in_lines
from derive.forward import forward
from derive.gradcheck.emitted import Emitted, load_module, load_source
from derive.gradcheck.proof import prove
from derive.gradcheck.second import prove_second
from derive.ir import Derivation
from derive.samples import over_samples
from derive.spec import Network
from derive.targets import target
from derive.targets.numpy import emit
from derive.text import read_equations

RTOL = 1e-12


def many(*stages: Any, **choices: Any) -> Derivation:
    network = Network(*stages, **choices)
    return over_samples(forward(network), mean=network.reduce != "sum")


def source(derivation: Derivation, **choices: Any) -> str:
    return emit(explain(derivation, choices.pop("wrt", None)), **choices)


def module_of(text: str, folder: Path) -> Emitted:
    path = folder / "network.py"
    path.write_text(text)
    return load_module(path)


def close(one: Any, other: Any, rtol: float = RTOL) -> bool:
    scale = max(float(np.abs(other).max(initial=0)), 1e-3)
    return np.shape(one) == np.shape(other) and float(np.abs(np.asarray(one) - other).max(initial=0)) <= rtol * scale


# -- right ---------------------------------------------------------------------------------------

SINGLE = [("tanh", output, cost) for cost in COSTS for output in OUTPUTS.get(cost, ("sigmoid", "softmax", "identity"))]
HIDDEN = [(hidden, "sigmoid", "quadratic") for hidden in ACTIVATIONS]


@pytest.mark.parametrize(("hidden", "output", "cost"), SINGLE + HIDDEN)
def test_agrees_with_interpreter_autograd_and_differences(hidden: str, output: str, cost: str, tmp_path: Path) -> None:
    derivation = many(f"3-4:{hidden}-2:{output}", cost=cost, **({"factor": "1"} if cost == "quadratic" else {}))
    module = module_of(source(derivation), tmp_path)
    rng = np.random.default_rng(3)
    params = {name: a + 0.2 * rng.standard_normal(a.shape) for name, a in module.init(rng).items()}
    x, y = rng.uniform(0, 1, (5, 3)), targets(cost, (5, 2), rng)
    found, grads = module.cost_and_gradients(params, x, y)
    dense = Dense((3, 4, 2), (hidden, output), cost)
    assert close(found, dense.value(params, x, y)) and close(module.cost(params, x, y), found)
    assert close(module.predict(params, x), dense.output(params, x))
    values = run(reverse(derivation), {**params, "x": x, "y": y}, {})
    exact, slopes = dense.gradients(params, x, y), differences(dense.value, params, x, y)
    for name in params:
        assert close(grads[name], values[adjoints_of(derivation)[name]]), name
        assert close(grads[name], exact[name]), name
        assert close(grads[name], slopes[name], 1e-7), name


def flat(given: dict[str, Any]) -> dict[str, Any]:
    """Layer after layer, w1, w2, ...: how the module names the arrays of a general network."""
    return {f"{name}{n}" if isinstance(array, list) else name: part for name, array in given.items()
            for n, part in (enumerate(array, 1) if isinstance(array, list) else [(0, array)])}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("batch", [False, True])
def test_models_written_as_equations(name: str, batch: bool, tmp_path: Path) -> None:
    derivation, sizes = model(name)
    if batch and derivation.of_role("data"):
        derivation, sizes = over_samples(derivation), sizes | {"m": 4}
    module = module_of(source(derivation), tmp_path)
    given = drawn(derivation, sizes)
    data = [given[t.name] for t in derivation.of_role("data")]
    params = flat({t.name: given[t.name] for t in derivation.of_role("parameter")})
    found, grads = module.cost_and_gradients(params, *data)
    values = run(reverse(derivation), given, sizes)
    adjoints = adjoints_of(derivation)
    exact = flat({t.name: layers(values[adjoints[t.name]], given[t.name]) for t in derivation.of_role("parameter")})
    assert close(found, values[derivation.cost]) and close(module.cost(params, *data), found)
    assert grads.keys() == params.keys()
    for key in params:
        assert close(grads[key], exact[key]), key


def layers(gradient: Any, like: Any) -> Any:
    return list(gradient)[-len(like):] if isinstance(like, list) else gradient


def test_gradients_of_the_data(tmp_path: Path) -> None:
    derivation = many("3-4-2")
    module = module_of(source(derivation, wrt=["x", "w2"]), tmp_path)
    rng = np.random.default_rng(0)
    params, x, y = module.init(rng), rng.uniform(0, 1, (5, 3)), rng.uniform(0, 1, (5, 2))
    _, grads = module.cost_and_gradients(params, x, y)
    slopes = differences(lambda given: module.cost(params, given["x"], y), {"x": x})
    assert list(grads) == ["w2", "x"] and close(grads["x"], slopes["x"], 1e-7)


GENERAL = [("n0-...-nL", {}), ("n0-...-nL", {"regularize": "l2:0.1"}),
           ("n0-...:tanh-nL:identity", {}),
           ("n0-...:relu-nL:softmax", {"cost": "cross_entropy"}), ("n0-...:gelu-nL:softmax", {}),
           ("n0-...:tanh-nL:sigmoid", {"cost": "binary_cross_entropy"}),
           ("n0-...:silu-nL:log_softmax", {})]


@pytest.mark.parametrize(("line", "choices"), GENERAL)
def test_general_networks_of_any_depth(line: str, choices: dict[str, Any], tmp_path: Path) -> None:
    module = module_of(source(many(line, **choices)), tmp_path)
    rng = np.random.default_rng(0)
    params = module.init(rng, [3, 5, 4, 2])  # type: ignore[arg-type]
    assert {name: array.shape for name, array in params.items()} == {
        "w1": (5, 3), "b1": (5,), "w2": (4, 5), "b2": (4,), "w3": (2, 4), "b3": (2,)}
    params = {name: array + 0.2 * rng.standard_normal(array.shape) for name, array in params.items()}
    x, y = rng.uniform(0, 1, (6, 3)), targets(choices.get("cost", "quadratic"), (6, 2), rng)
    with np.errstate(all="raise", under="ignore"):
        module.cost_and_gradients({name: 1e4 * array for name, array in params.items()}, x, y)
    _, grads = module.cost_and_gradients(params, x, y)
    slopes = differences(module.cost, params, x, y)
    assert all(close(grads[name], slopes[name], 1e-7) for name in params)


# -- safe, and in its dtype ------------------------------------------------------------------------

SAFE = [(hidden, "sigmoid", "binary_cross_entropy") for hidden in ACTIVATIONS] + [
    ("tanh", output, cost) for cost in COSTS for output in OUTPUTS.get(cost, ACTIVATIONS)]


@pytest.mark.parametrize(("hidden", "output", "cost"), SAFE)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_safe_at_ten_thousand(hidden: str, output: str, cost: str, dtype: str, tmp_path: Path) -> None:
    module = module_of(source(many(f"3-4:{hidden}-2:{output}", cost=cost, regularize="l2:0.1"), dtype=dtype), tmp_path)
    rng = np.random.default_rng(1)
    params = module.init(rng)
    x, y = rng.uniform(0.2, 1, (5, 3)).astype(dtype), targets(cost, (5, 2), rng).astype(dtype)
    for scale in (1, 1e4, -1e4):
        scaled = {name: (array * array.dtype.type(scale)) for name, array in params.items()}
        with np.errstate(all="raise", under="ignore"):
            found, grads = module.cost_and_gradients(scaled, x, y)
            again, output_values = module.cost(scaled, x, y), module.predict(scaled, x)
        assert np.isfinite(found) and found == again
        assert all(np.isfinite(g).all() for g in grads.values())
        kept = [np.asarray(v).dtype for v in (*params.values(), found, again, output_values, *grads.values())]
        assert {str(d) for d in kept} == {dtype}


@pytest.mark.parametrize(("line", "cost", "delta"), [
    ("3-2:relu", "sum(4*a[j], j)", "delta1 = 4 * np.heaviside(z1, 0) / m"),
    ("3-2:relu", "sum((a[j]-y[j])^4, j)", "delta1 = 4 * (a1 - y) ** 3 * (z1 > 0) / m"),
])
def test_a_comparison_takes_the_dtype_of_numbers(line: str, cost: str, delta: str, tmp_path: Path) -> None:
    """4*(z > 0) would be whole numbers, and their products with float32 float64."""
    text = source(many(line, cost=cost), dtype="float32")
    assert f"    {delta}\n" in text
    module: Any = module_of(text, tmp_path)
    rng = np.random.default_rng(1)
    data = [rng.uniform(0, 1, (5, n)).astype("float32") for n in (3, 2)]
    grads = module.cost_and_gradients(module.init(rng), *data)[1]
    assert all(g.dtype == np.float32 for g in grads.values())


# -- readable ----------------------------------------------------------------------------------------


def test_reads_like_the_textbook() -> None:
    text = source(many("3-4-2", factor="1/2"))
    for line in ("delta2 = (a2 - y) * a2 * (1 - a2) / m", 'grads["w2"] = delta2.T @ a1',
                 'grads["b2"] = delta2.sum(axis=0)', "delta1 = (delta2 @ w2) * a1 * (1 - a1)",
                 "z1 = x @ w1.T + b1", "return ((a2 - y) ** 2).sum() / (2 * m)"):
        assert f"    {line}\n" in text
    text = source(many("3-4:relu-2:softmax", cost="cross_entropy"))
    assert "    delta2 = (a2 - y) / m\n" in text and "    delta1 = (delta2 @ w2) * (z1 > 0)\n" in text


SOFT = ["2x2x2-convtranspose(1,2,padding=1):softmax-flatten-2", "seq(2x2)-lstm(2,gives=all):log_softmax-flatten-2",
        "2x2x2-groupnorm(1):softmax-flatten-2", "seq(2x2)-attention:softmax-flatten-2"]


@pytest.mark.parametrize("line", SOFT)
def test_no_exponential_of_a_score_overflows_behind_any_layer(line: str) -> None:
    """exp(z) leaves dC/dz, which other gradients read by its name, and z has a letter that the layer has not."""
    made = many(f"{line}:identity")
    module: Any = load_source(emit(explain(made)))
    rng = np.random.default_rng(0)
    for row in prove(module, made, 60, 1):
        assert row.right, row
    x = rng.standard_normal(tuple(int(a.size) if a.size.is_Integer else 3 for a in made.of_role("data")[0].axes))
    with np.errstate(over="raise", invalid="raise"):
        found, grads = module.cost_and_gradients(
            {name: 1e4 * array for name, array in module.init(rng).items()}, x, np.zeros((3, 2)))
    assert np.isfinite(found) and all(np.isfinite(g).all() for g in grads.values())


FED = [("4-5:relu-dropout-3:softmax", "class_cross_entropy", ["x", "mask2"]),
       ("4-5-batchnorm(mode=inference)-3", "class_cross_entropy_logits", ["x", "u2", "v2"]),
       ("seq(3x2)-attention(mask=data)-gru(2)-3:softmax", "class_cross_entropy", ["x", "mask1"]),
       ("4-dropout-3", "sum(a[j]^2, j)", ["x", "mask1"]), ("4-3", "quadratic", ["x"]),
       ("4x1x1-convtranspose(4,1,groups=2)-flatten-3", "cross_entropy_logits", ["x"])]  # i is a letter of the layer


@pytest.mark.parametrize(("line", "cost", "fed"), FED)
def test_predict_takes_what_layers_read_and_gives_the_last_value(line: str, cost: str, fed: list[str]) -> None:
    module: Any = load_source(emit(explain(many(line, cost=cost))))
    assert [*signature(module.predict).parameters] == ["params", *fed] and "(m, 3) from x" in module.predict.__doc__


STYLED = ["3-4-2", "3-4:gelu-5:elu-2:softmax", "n0-...-nL", "n0-n1-n2", *MODELS]


@pytest.mark.parametrize("name", STYLED)
def test_imports_numpy_alone_and_calls_every_helper(name: str) -> None:
    text = source(model(name)[0] if name in MODELS else many(name))
    tree = ast.parse(text)
    imports = [ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    assert imports[-1] == "import numpy as np" and set(imports[:-1]) <= {"from math import erfc"}
    defined = {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}
    called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    assert defined - called <= {"init", "predict", "cost", "cost_and_gradients"}


def test_style_checkers_have_nothing_to_say(tmp_path: Path) -> None:
    pytest.importorskip("ruff")
    for number, name in enumerate(STYLED):
        text = source(model(name)[0] if name in MODELS else many(name))
        (tmp_path / f"network{number}.py").write_text(text)
        assert "noqa" not in text
    checked = subprocess.run([sys.executable, "-m", "ruff", "check", "--isolated", "--select", "E,F", "--line-length",
                              "120", str(tmp_path)], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


LONG = ", ".join(f"weights_{n}[layer]" for n in range(8))


@pytest.mark.parametrize("line", [
    f"    {LONG} = {LONG}", f"    return step, [{LONG}]", f"    for a in zip({LONG}):", f"    {LONG} = params[{LONG}]",
    f"    total = {LONG.replace(', ', ' + ')} - (a + b)",
    f"    total = ({LONG.replace(', ', ' * ')} / (a * b)).reshape(m, 3)",
    f"    total[a + 1] += {LONG.replace(', ', ' @ ')}.T",
    f"    d = np.tensordot(windows({LONG[:60]}, c), {LONG[:61]}, axes=(a - b, c)).transpose(3, 0, 1, 2)",
])
def test_a_long_line_means_the_same_on_several(line: str) -> None:
    tail = " pass" if line.endswith(":") else ""
    one, several = (ast.parse(f"def f():\n{text}{tail}") for text in (line, "\n".join(folded_line(line))))
    assert ast.dump(one) == ast.dump(several)


@pytest.mark.parametrize(("lengths", "expected"), [
    ([], []), ([5], [[5]]), ([4, 4, 2], [[4, 4, 2]]), ([4, 4, 3], [[4, 4], [3]]), ([20, 1, 20], [[20], [1], [20]]),
    ([1, 1, 1, 1, 1], [[1, 1, 1, 1], [1]])])
def test_as_many_names_as_a_line_of_ten_letters_holds(lengths: list[int], expected: list[list[int]]) -> None:
    assert [*in_lines(lengths, int, 10)] == expected


def test_the_target_is_found_by_name() -> None:
    assert target("numpy").emit is emit


def test_typed_names_do_not_meet_those_of_the_module(tmp_path: Path) -> None:
    derivation = read_equations("""
data params[k: 3], cost_1[j: 2]
parameter grads[j: 2, k: 3], init[j: 2]
len[j] = sum(grads[j,k]*params[k], k) + init[j]
l[j] = sigmoid(len[j])
I = sum((l[j] - cost_1[j])^2, j)
""")
    module = module_of(source(over_samples(derivation)), tmp_path)
    rng = np.random.default_rng(0)
    params = module.init(rng)
    data = rng.uniform(0, 1, (4, 3)), rng.uniform(0, 1, (4, 2))
    _, found = module.cost_and_gradients(params, *data)
    slopes = differences(module.cost, params, *data)
    assert all(close(found[name], slopes[name], 1e-7) for name in params)


# -- what is written, and what is not --------------------------------------------------------------

def block(text: str) -> str:
    return source(over_samples(read_equations(text)))


SVM = """data x[k: 3], y
parameter w[k: 3], b
z = sum(w[k]*x[k], k) + b
C = max(0, 1 - y*z)"""
CURVE = """data x[i: 5], y[i: 5]
parameter A
f[i] = A*exp(-x[i])
C = sum((f[i] - y[i])^2, i)"""
FIT = """data x[i: 9], y[i: 9]
parameter w[k: 4]
f[i] = sum(w[k]*x[i]^k, k)
C = sum((f[i] - y[i])^2, i)"""
GATED = "seq(4x3)-lstm(2)-1:identity"
WRITTEN = [
    ("predict takes only what it reads", lambda: block(SVM), "def predict(params, x):"),
    ("one parameter", lambda: block(CURVE), "; 1 parameter."),
    ("no fan-in", lambda: block(CURVE), '"""Random parameters from N(0, 1)."""'),
    ("a scalar bias", lambda: block(SVM), '"""Random parameters: weights from N(0, 1/fan_in), the rest from N(0, 1).'),
    ("sizes in order", lambda: source(many("n0-n1-n2")), "def init(rng, n0, n1, n2, dtype=np.float64):"),
    ("NumPy's own tanh", lambda: source(many("3-4:tanh-2")), "a1 = np.tanh(z1)"),
    ("brackets right of a matrix product",
     lambda: source(model("gated recurrent unit")[0]), "ug @ (h[t - 1] * r[t - 1])"),
    ("a softmax beside its logarithm", lambda: source(many("3-4:softmax", cost="cross_entropy")),
     "    log_softmax_z1 = log_softmax(z1)\n    a1 = np.exp(log_softmax_z1)\n"),
    ("a softmax alone", lambda: source(many("3-4:softmax", cost="cross_entropy")), "    return softmax(z1)\n"),
    ("its logarithm alone", lambda: source(many("3-4:softmax", cost="cross_entropy")),
     "    return -(y * log_softmax(z1)).sum() / m\n"),
    ("powers are taken once", lambda: block(FIT), " = powers_x @ w\n"),
    ("powers, on the way back", lambda: block(FIT), "* powers_x).sum(axis=(0, 1))"),
    ("a step is one piece of memory", lambda: source(many(GATED)), "h1[t] = o1[t - 1] * np.tanh(c1[t])"),
    ("what a round alone reads is no array", lambda: source(many(GATED)), "c1[t] = c1[t - 1] * f1 + i1 * g1\n"),
    ("nor is what two lines of a round share", lambda: source(many(GATED)), "dC_do1 = dC_dh1[t] * tanh_c1\n"),
    ("every entry is assigned", lambda: source(many(GATED)), "dC_dz_g1 = np.empty((4, m, 2), dtype=x.dtype)"),
    ("some are only added to", lambda: source(many(GATED)), "dC_dh1 = np.zeros((5, m, 2), dtype=x.dtype)"),
]


@pytest.mark.parametrize(("text", "expected"), [(t, e) for _, t, e in WRITTEN], ids=[name for name, _, _ in WRITTEN])
def test_what_is_written(text: Any, expected: str) -> None:
    assert expected in text()


def test_the_last_layer_is_not_computed_where_nothing_reads_it() -> None:
    text = source(many("n0-...:relu-nL:softmax", cost="cross_entropy"))
    cost = text[text.index("def cost("):text.index("def cost_and_gradients(")]
    assert "a[L] =" not in cost and "a[layer] =" in cost
    assert "a[L] = np.exp(log_softmax_z)" in text[text.index("def cost_and_gradients("):]


ADDED = """
data x[k: 3]
parameter w[k: 3]
z[k] = x[k]
z[k] += w[k]
C = sum(z[k]^2, k)
"""


USED_TWICE = """
data x[k: 4], y[k: 4]
parameter w[k: 4], b[k: 4], u[i: 2]
a[k] = tanh(w[k]*x[k])
v[k] = tanh(b[k]*x[k])
h[i] = u[i]*a[2*i] + u[i]^2*v[2*i]
z[k] = a[k] + v[k]
C = sum((z[k] - y[k])^3, k) + sum(h[i]^2, i)
"""


@pytest.mark.parametrize("style", ["plain", "fast"])
def test_what_is_added_to_one_gradient_leaves_others_alone(style: str) -> None:
    """dC/da and dC/dv are both dC/dz at first; then something is added to every other entry of each."""
    many = over_samples(read_equations(USED_TWICE))
    for row in prove(load_source(emit(explain(many), style=style)), many, 60, 1):
        assert row.right, row


@pytest.mark.parametrize("style", ["plain", "fast"])
def test_what_is_added_to_a_copy_leaves_the_data_alone(style: str) -> None:
    derivation = read_equations(ADDED)
    assert isinstance(derivation, Derivation)
    module: Any = load_source(emit(explain(over_samples(derivation)), style=style))
    x = np.ones((2, 3))
    step = module.Gradient(2) if style == "fast" else module.cost_and_gradients
    for _ in range(2):
        found, _ = step({"w": np.ones(3)}, x)
        assert found == 12 and (x == 1).all()


TARGETS_FIRST = {
    "a network": """
        data y[t: 1..3], x[t: 1..3, k: 2]
        parameter u[j: 2, k: 2], w[j: 2, q: 2]
        time t = 1..3
        h[0,j] = 0
        for t:
            h[t,j] = tanh(sum(u[j,k]*x[t,k], k) + sum(w[j,q]*h[t-1,q], q))
        o[t] = sum(h[t,j], j)
        C = sum((o[t] - y[t])^2, t)
        """,
    "no input": """
        data y[i: 2]
        parameter w[i: 2, j: 2]
        time t = 1..3
        r[0,i] = 1/2
        for t:
            r[t,i] = sum(exp(w[i,j])*r[t-1,j], j)
        C = sum((r[3,i] - y[i])^2, i)
        """,
}


@pytest.mark.parametrize("style", ["plain", "fast"])
@pytest.mark.parametrize("name", TARGETS_FIRST)
def test_what_is_not_given_is_not_read(name: str, style: str) -> None:
    """`predict` and `jacobian` take sizes and the dtype from what they are given, not from the target before it."""
    derivation = over_samples(read_equations(dedent(TARGETS_FIRST[name])))
    second = ("jacobian", ["x"]) if name == "a network" else None
    module = load_source(emit(explain(derivation), style=style, second=second))
    for row in prove(module, derivation, 60, 1):
        assert row.right, row
    if second:
        assert all(row.right for row in prove_second(module, derivation, "jacobian", 1, ("x",)))


def test_a_logarithm_of_a_sigmoid_without_a_name_is_safe() -> None:
    """Of a pair of words, as word2vec has it: no number between them is so small that its logarithm is infinite."""
    derivation = over_samples(read_equations(
        "data x[k: 2], y[k: 2]\nparameter w[k: 2]\nq = sum(w[k]*x[k]*y[k], k)\n"
        "C = -log(sigmoid(q)) - log(sigmoid(-2*q))\n"))
    module = load_source(source(derivation))
    cost, grads = module.cost_and_gradients({"w": np.array([3000., 0])}, np.ones((1, 2)), np.ones((1, 2)))
    assert cost == 6000 and (grads["w"] == 2).all()
