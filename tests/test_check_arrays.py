"""Arrays of gradients: right ones in every layout and spelling, and for each mistake its name."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from derive import pipeline, spec
from derive.check.arrays import Findings, Layout, check_arrays, load_arrays
from derive.check.arrays.names import Meant, read_names
from derive.errors import DeriveError
from derive.ir import Derivation
from derive.own_notation import notation_of

Arrays = dict[str, Any]


def model(arch: str, **choices: Any) -> Derivation:
    return pipeline.equations(spec.load(arch, **choices), notation_of("nielsen")).many


def logistic(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


SIGMA: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "sigmoid": (logistic, lambda z: logistic(z) * (1 - logistic(z))),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0),
}


def numbers(widths: tuple[int, ...], m: int, seed: int = 0, one_hot: bool = False) -> Arrays:
    rng = np.random.default_rng(seed)
    found: Arrays = {"X": rng.normal(size=(m, widths[0]))}
    y = rng.uniform(0.1, 0.9, (m, widths[-1]))
    found["Y"] = np.eye(widths[-1])[rng.integers(0, widths[-1], m)] if one_hot else y
    for n in range(1, len(widths)):
        found |= {f"W{n}": rng.normal(size=(widths[n], widths[n - 1])), f"b{n}": rng.normal(size=widths[n])}
    return found


def backprop(p: Arrays, name: str = "sigmoid", bug: str = "", classes: bool = False, lam: float = 0.0) -> Arrays:
    """Written by hand, with a bug where one is asked for."""
    f, slope = SIGMA[name]
    m, x, y = len(p["X"]), p["X"], p["Y"]
    z1 = x @ p["W1"].T + p["b1"]
    a1 = f(z1)
    z2 = a1 @ p["W2"].T + p["b2"]
    a2 = softmax(z2) if classes else f(z2)
    end = 1.0 if classes else slope(z2)
    d2 = (a2 - y) * end / m
    d2 = {"no slope 2": (a2 - y) / m, "no mean": d2 * m, "sum of squares": 2 * m * d2, "sign": -d2, "twice": 2 * d2,
          "squashed": d2 * a2 * (1 - a2), "value": (a2 - y) * f(z2) / m, "slope twice": d2 * end}.get(bug, d2)
    w2 = p["W2"] - 0.25 * (d2.T @ a1) if bug == "early" else p["W2"].T if bug == "turned" else p["W2"]
    back = d2 @ w2
    where = {"slope at a": a1, "mask": back, "no slope 1": None}.get(bug, z1)
    d1 = back * slope(where) if where is not None else back
    d1 = {"slope of tanh": back * (1 - a1 ** 2), "slope in z": back * z1 * (1 - z1)}.get(bug, d1)
    g = {"dW1": d1.T @ x + lam * p["W1"], "db1": d1.sum(0), "dW2": d2.T @ a1 + lam * p["W2"], "db2": d2.sum(0)}
    return {**g, **(CHANGES[bug](g, p, d1, d2, z1, a1) if bug in CHANGES else {})}


CHANGES: dict[str, Callable[..., Arrays]] = {
    "transposed": lambda g, *_: {"dW1": g["dW1"].T},
    "no sum": lambda g, p, d1, *_: {"db1": d1},
    "wrong axis": lambda g, p, d1, *_: {"db1": d1.sum(1)},
    "one number": lambda g, *_: {"db1": g["db1"].sum()},
    "last example": lambda g, p, d1, *_: {"db1": d1[-1]},
    "first example m times": lambda g, p, d1, d2, z1, a1: {"dW2": len(d2) * np.outer(d2[0], a1[0])},
    "mean again": lambda g, p, *_: {"dW2": g["dW2"] / len(p["X"])},
    "z for a": lambda g, p, d1, d2, z1, a1: {"dW2": d2.T @ z1},
    "decay": lambda g, p, *_: {"dW1": g["dW1"] + 0.1 * p["W1"]},
    "bias decay": lambda g, p, *_: {"db1": g["db1"] + 0.1 * p["b1"]},
    "step": lambda g, p, *_: {"dW1": p["W1"] - 0.5 * g["dW1"]},
    "zero": lambda g, *_: {"dW1": 0 * g["dW1"]},
    "clipped": lambda g, *_: {"dW1": np.clip(g["dW1"], -0.003, 0.003)},
    "absolute": lambda g, *_: {"dW1": np.abs(g["dW1"])},
    "reversed": lambda g, *_: {"dW1": g["dW1"][::-1]},
    "columns": lambda g, *_: {"dW1": g["dW1"][:, [1, 2, 0]]},
    "stripes": lambda g, p, *_: {"dW1": g["dW1"] * p["b1"][:, None]},
    "1e-9": lambda g, *_: {"dW2": g["dW2"] * (1 + 1e-9)},
    "1e-9 in one": lambda g, *_: {"dW2": g["dW2"] + 1e-9 * np.eye(*g["dW2"].shape)},
    "the weights": lambda g, p, *_: {"dW1": p["W1"]},
    "other layer": lambda g, *_: {"db1": g["db2"]},
    "nan": lambda g, *_: {"db1": np.full_like(g["db1"], np.nan)},
}

ARCHS: list[tuple[str, dict[str, Any], str, bool, float]] = [
    ("3-4-2", {}, "sigmoid", False, 0.0),
    ("3-4-2", {"activation": "tanh"}, "tanh", False, 0.0),
    ("3-4:relu-2:softmax", {"cost": "cross_entropy"}, "relu", True, 0.0),
    ("3-4-2", {"regularize": "l2:0.3"}, "sigmoid", False, 0.3),
]


@pytest.mark.parametrize("arch, choices, name, classes, lam", ARCHS)
@pytest.mark.parametrize("m", [1, 7])
@pytest.mark.parametrize("layout", [Layout(w, r) for w in (True, False) for r in (True, False)], ids=str)
def test_right_gradients(arch: str, choices: dict[str, Any], name: str, classes: bool, lam: float, m: int,
                         layout: Layout) -> None:
    p = numbers((3, 4, 2), m, one_hot=classes)
    arrays = p | backprop(p, name, classes=classes, lam=lam)
    laid = {n: _laid(n, a, layout) for n, a in arrays.items()}
    found = check_arrays(model(arch, **choices), laid)
    assert [f.verdict for f in found] == ["right"] * 4, [f.explanation for f in found]
    assert str(found.layout) == str(layout)


def _laid(name: str, array: Any, layout: Layout) -> Any:
    if name in "XY":
        return array if layout.rows else array.T
    if array.ndim == 1:
        return array if layout.rows else array[:, None]
    return array if layout.to_from else array.T


def of(bug: str, widths: tuple[int, ...] = (3, 4, 2), m: int = 7, **choices: Any) -> Findings:
    p = numbers(widths, m)
    return check_arrays(model("-".join(map(str, widths)), **choices), p | backprop(p, bug=bug))


WRONG: list[tuple[str, str, str, str]] = [
    ("no slope 2", "missing_slope", "dW1 db1 dW2 db2", "the slope sigmoid'(z2) is missing in dC/dz2"),
    ("no slope 1", "missing_slope", "dW1 db1", "the slope sigmoid'(z1) is missing in dC/dz1"),
    ("value", "value_for_slope", "dW1 db1 dW2 db2", "sigmoid(z2) stands where its slope"),
    ("slope twice", "spurious_slope", "dW1 db1 dW2 db2", "stands twice in dC/dz2"),
    ("slope at a", "slope_argument", "dW1 db1", "taken at a1, not at z1"),
    ("mask", "slope_argument", "dW1 db1", "taken at dC/da1, not at z1"),
    ("slope of tanh", "slope_formula", "dW1 db1", "1 - a**2, the slope of tanh, stands where a*(1 - a) belongs"),
    ("slope in z", "slope_formula", "dW1 db1", "z*(1 - z) stands where a*(1 - a) belongs, with a = sigmoid(z1)"),
    ("sum of squares", "sum_for_mean", "dW1 db1 dW2 db2", "2m = 14 times too large"),
    ("early", "updated_early", "dW1 db1", "w2 - 0.25*dC/dw2"),
    ("no mean", "sum_for_mean", "dW1 db1 dW2 db2", "m = 7 times too large"),
    ("sign", "sign", "dW1 db1 dW2 db2", "of the wrong sign"),
    ("twice", "factor", "dW1 db1 dW2 db2", "2 times too large"),
    ("transposed", "transposed", "dW1", "is transposed"),
    ("no sum", "missing_sum", "db1", "misses the sum over the examples"),
    ("wrong axis", "sum_over_wrong_axis", "db1", "over its own index"),
    ("one number", "sum_over_wrong_axis", "db1", "all entries were added"),
    ("last example", "missing_sum", "db1", "only the last example counts"),
    ("first example m times", "missing_sum", "dW2", "only the first example counts, m times"),
    ("mean again", "mean_for_sum", "dW2", "m = 7 times too small"),
    ("z for a", "wrong_variable", "dW2", "made with z1 where a1 belongs"),
    ("decay", "regularizer", "dW1", "0.1*w1 too much"),
    ("bias decay", "regularizer", "db1", "0.1*b1 too much"),
    ("step", "wrong_variable", "dW1", "w1 after a step of 0.5 times the gradient"),
    ("zero", "missing_path", "dW1", "is zero everywhere"),
    ("clipped", "factor", "dW1", "is clipped at 0.003"),
    ("absolute", "sign", "dW1", "has lost its signs"),
    ("reversed", "index", "dW1", "rows in reverse order"),
    ("columns", "index", "dW1", "columns permuted, as [1, 2, 0]"),
    ("stripes", "factor", "dW1", "a factor of its own for each row"),
    ("1e-9", "factor", "dW2", "1 + 1e-09 times"),
    ("1e-9 in one", "", "dW2", "differs in 2 of 8 entries"),
    ("the weights", "wrong_variable", "dW1", "is w1"),
    ("nan", "not_finite", "db1", "is nan at [0]"),
]


@pytest.mark.parametrize("bug, mistake, names, words", WRONG, ids=[row[0] for row in WRONG])
def test_a_mistake_is_named(bug: str, mistake: str, names: str, words: str) -> None:
    found = of(bug)
    wrong = [f for f in found if f.verdict == "wrong"]
    assert " ".join(f.name for f in wrong) == names
    assert {f.mistake or "" for f in wrong} == {mistake}
    assert all(words in f.explanation for f in wrong), [f.explanation for f in wrong]
    assert found.verdict == "wrong"


def test_a_fault_is_told_once_and_inherited() -> None:
    first = {f.name: f for f in of("no slope 2")}
    assert first["dW2"].same_fault == ("db2", "dW1", "db1")
    assert "by the same fault as dW2" in first["dW1"].explanation
    assert "by the same fault" not in first["dW2"].explanation


def test_two_faults_are_both_found() -> None:
    p = numbers((3, 4, 2), 7)
    g = backprop(p, bug="no slope 2")
    g["db1"] = 7 * g["db1"]
    found = {f.name: f for f in check_arrays(model("3-4-2"), p | g)}
    assert "m = 7 times too large" in found["db1"].explanation
    assert "missing" in found["dW1"].explanation and "times" not in found["dW1"].explanation


def test_square_weights_that_are_not_transposed() -> None:
    found = [f for f in of("turned", (3, 3, 3)) if f.verdict == "wrong"]
    assert [(f.name, f.mistake) for f in found] == [("dW1", "transposed"), ("db1", "transposed")]


def test_a_sigmoid_habit_at_a_softmax() -> None:
    p = numbers((3, 4, 2), 7, one_hot=True)
    g = backprop(p, "relu", "squashed", classes=True)
    found = check_arrays(model("3-4:relu-2:softmax", cost="cross_entropy"), p | g)
    assert {f.mistake for f in found} == {"spurious_slope"}
    assert "a2*(1 - a2)" in found.findings[0].explanation


def test_the_regularizer_forgotten() -> None:
    p = numbers((3, 4, 2), 7)
    found = check_arrays(model("3-4-2", regularize="l2:0.3"), p | backprop(p))
    assert [f.name for f in found if f.verdict == "wrong"] == ["dW1", "dW2"]
    assert all("from R is missing" in f.explanation or "comes from R" in f.explanation or "dC/dR" in f.explanation
               for f in found if f.verdict == "wrong")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_tolerance_is_that_of_the_numbers(dtype: type) -> None:
    p = {n: a.astype(dtype) for n, a in numbers((3, 4, 2), 7).items()}
    g = backprop(p)
    assert g["dW1"].dtype == dtype
    found = check_arrays(model("3-4-2"), p | g)
    assert found.verdict == "right"
    eps = float(np.finfo(dtype).eps)
    assert all(eps < f.tolerance < 1000 * eps for f in found)
    assert np.dtype(dtype).name in " ".join(found.notes)
    g["dW1"] = g["dW1"] * dtype(1 + 2000 * eps)
    assert check_arrays(model("3-4-2"), p | g).verdict == "wrong"


def test_saturated_units_raise_no_alarm() -> None:
    p = numbers((3, 4, 2), 7)
    p["W1"], p["W2"] = 40 * p["W1"], 40 * p["W2"]
    assert check_arrays(model("3-4-2"), p | backprop(p)).verdict == "right"


def test_labels_are_made_one_hot() -> None:
    p = numbers((3, 4, 2), 7, one_hot=True)
    g = backprop(p, "relu", classes=True)
    found = check_arrays(model("3-4:relu-2:softmax", cost="cross_entropy"), p | g | {"Y": p["Y"].argmax(1)})
    assert found.verdict == "right" and any("labels" in note for note in found.notes)


def test_layers_in_a_loop() -> None:
    p = numbers((3, 4, 2), 7)
    found = check_arrays(model("n0-...-nL"), p | backprop(p))
    assert found.verdict == "right" and len(found) == 4
    wrong = check_arrays(model("n0-...-nL"), p | backprop(p, bug="transposed"))
    assert [f.mistake for f in wrong if f.verdict == "wrong"] == ["transposed"]


def test_another_cost_is_pointed_out() -> None:
    p = numbers((3, 4, 2), 7)
    found = check_arrays(model("3-4-2"), p | backprop(p, bug="no mean") | {"cost": np.float64(1e3)})
    assert any("is it the same cost" in note for note in found.notes)


TENSORS = ["x", "y", "w1", "b1", "w2", "b2", "z1", "a1", "z2", "a2", "C"]
NAMES: list[tuple[str, Meant | None]] = [
    ("W1", Meant("w1")), ("dW1", Meant("w1", True)), ("grad_W1", Meant("w1", True)), ("W1_grad", Meant("w1", True)),
    ("dC_dw1", Meant("w1", True)), ("dL_dW_2", Meant("w2", True)), ("db[2]", Meant("b2", True)),
    ("nabla_b.2", Meant("b2", True)), ("grads.dW2", Meant("w2", True)), ("params.b1", Meant("b1")),
    ("delta2", Meant("z2", True)), ("dZ1", Meant("z1", True)), ("dX", Meant("x", True)), ("targets", Meant("y")),
    ("data", Meant("x")), ("loss", Meant("C")), ("W9", None), ("dV1", None), ("", None),
]


@pytest.mark.parametrize("name, meant", NAMES, ids=[n for n, _ in NAMES])
def test_names(name: str, meant: Meant | None) -> None:
    found, unread = read_names([name], TENSORS)
    assert found.get(name) == meant
    assert bool(unread) == (meant is None)


def test_modules_are_counted_and_zero_is_the_first_layer() -> None:
    found, _ = read_names(["0.weight", "0.weight.grad", "2.weight", "2.bias.grad"], TENSORS)
    assert [m.tensor for m in found.values()] == ["w1", "w1", "w2", "b2"]
    found, _ = read_names(["W0", "W1", "dW0", "b1"], TENSORS)
    assert [m.tensor for m in found.values()] == ["w1", "w2", "w1", "b2"]


def test_what_is_not_understood_is_said() -> None:
    p = numbers((3, 4, 2), 7)
    found = check_arrays(model("3-4-2"), p | backprop(p) | {"dW3": np.zeros(3)})
    assert any("'dW3'" in note and "dw1" in note for note in found.notes)


REFUSED: list[tuple[Callable[[Arrays], Arrays], str]] = [
    (lambda a: {}, "no array"),
    (lambda a: {n: v for n, v in a.items() if n[0] != "d"}, "no gradient"),
    (lambda a: {n: v for n, v in a.items() if n != "X"}, "no array for x"),
    (lambda a: a | {"W1": np.zeros((5, 5))}, "w1"),
    (lambda a: a | {"dW1": np.array(["a"])}, "not numbers"),
    (lambda a: a | {"dW1": np.array([{}], dtype=object)}, "not numbers"),
]


@pytest.mark.parametrize("change, words", REFUSED)
def test_refused(change: Callable[[Arrays], Arrays], words: str) -> None:
    p = numbers((3, 4, 2), 7)
    with pytest.raises(DeriveError, match=words):
        check_arrays(model("3-4-2"), change(p | backprop(p)))


def test_a_file(tmp_path: Path) -> None:
    p = numbers((3, 4, 2), 7)
    path = tmp_path / "grads.npz"
    np.savez(path, **p, **backprop(p))
    assert check_arrays(model("3-4-2"), load_arrays(path)).verdict == "right"


class Trap:
    """Unpickling it would leave a file behind."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (self.path, "w")


def test_nothing_in_a_file_is_executed(tmp_path: Path) -> None:
    path, trace = tmp_path / "grads.npz", tmp_path / "trace"
    np.savez(path, dW1=np.array([Trap(str(trace))], dtype=object))
    with pytest.raises(DeriveError, match="Python objects"):
        load_arrays(path)
    assert not trace.exists()


def test_files_are_bounded(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})
    path = tmp_path / "grads.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("dW1.npy", header.getvalue())
    with pytest.raises(DeriveError, match="limit"):
        load_arrays(path)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04rest"])
def test_broken_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "grads.npz"
    path.write_bytes(content)
    with pytest.raises(DeriveError, match="npz"):
        load_arrays(path)
    with pytest.raises(DeriveError, match="No such file"):
        load_arrays(tmp_path / "none.npz")
