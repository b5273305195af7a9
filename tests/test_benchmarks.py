"""The benchmarks run, and whoever is timed has the right gradient. How long anything takes is no test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks import derivation, gradient, limits, scaling
from benchmarks.peers import Peer
from benchmarks.peers.textbook import ANSWERS
from benchmarks.rig.clock import Timing, race, turns
from benchmarks.rig.packed import PACKED, packed, unpacked
from benchmarks.rig.parts import Part, multiplications, parts
from benchmarks.rig.results import Row, against, put, table
from benchmarks.rig.workload import WORKLOADS, Workload, named
from derive.registry import discover

PEERS: Sequence[Peer] = discover("benchmarks.peers")
SMALL = [w for w in WORKLOADS if w.model == "neurons" and w.batch in (1, 10, 32)
         or w.model != "neurons" and (w.dtype == "float32" or w.model == "fit")]
W1 = next(w for w in WORKLOADS if w.name == "W1" and w.batch == 10 and w.dtype == "float32")


@pytest.mark.parametrize("work", SMALL, ids=lambda w: w.label)
def test_answers_are_right(work: Workload) -> None:
    asked = ["fast", "plain", *(["textbook"] if work.model in ANSWERS else [])]
    assert list(gradient.entrants(work, [p for p in PEERS if p.name in asked])) == asked


@pytest.mark.parametrize("work", [w for w in SMALL if w.model != "neurons"], ids=lambda w: w.label)
def test_torch_is_right(work: Workload) -> None:
    pytest.importorskip("torch")
    assert list(gradient.entrants(work, [p for p in PEERS if p.name == "torch"])) == ["torch"]


def test_weights_in_one_array_are_taken_apart_again() -> None:
    works = [w for w in SMALL if w.model in PACKED]
    assert works
    for work in works:
        params, _, _ = work.draw()
        again = unpacked(work, packed(work, params))
        assert sorted(again) == sorted(params) and len(packed(work, params)) < len(params)
        assert all(np.array_equal(again[name].reshape(value.shape), value) for name, value in params.items())


@pytest.mark.parametrize("work", [w for w in SMALL if w.name in ("W1", "W3", "W6")], ids=lambda w: w.label)
def test_autograd_is_right(work: Workload) -> None:
    [peer] = [p for p in PEERS if p.name == "autograd"]
    assert list(gradient.entrants(work, [peer])) == ["autograd"]


def test_who_is_wrong_is_not_timed(capsys: pytest.CaptureFixture[str]) -> None:
    def prepare(work: Workload, params: dict[str, np.ndarray], x: np.ndarray, y: np.ndarray) -> object:
        cost, grads = gradient.true_answer(work, params, x, y)
        return lambda: (cost, {**grads, "b2": -grads["b2"]})

    assert gradient.entrants(W1, [Peer("liar", prepare)]) == {}  # type: ignore[arg-type]
    assert "liar is WRONG" in capsys.readouterr().out


def test_who_is_missing_is_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    def prepare(*given: object) -> None:
        raise ImportError("No module named 'nothing'")

    absent = Peer("absent", prepare)
    assert gradient.entrants(W1, [absent]) == {}
    row = Row(W1, {"fast": Timing((10.0,))}, {"fast": "ours"})
    cells = table([row], [Peer("fast", prepare, "ours"), absent]).splitlines()[-1].split("|")
    assert cells[3].strip() == "-"


def test_every_peer_has_its_own_file_and_name() -> None:
    names = [p.name for p in PEERS]
    assert set(names) >= {"fast", "plain", "textbook", "matmul", "autograd", "torch", "jax jit", "pytensor"}
    assert len(set(names)) == len(names)


def test_the_bare_products_are_those_of_the_step() -> None:
    [bare] = [p for p in PEERS if p.name == "matmul"]
    assert bare.prepare(W1, *W1.draw()) is not None
    assert all(bare.prepare(w, *w.draw()) is None for w in WORKLOADS if w.name in ("W5", "W6"))


@pytest.mark.parametrize(("value", "bar", "shown"), [
    (0.5, 0.6, "0.50 (bar 0.60)"), (0.604, 0.6, "0.60 (bar 0.60)"), (0.61, 0.6, "**0.61 (bar 0.60)**"),
    (None, 0.6, "-"), (12.34, None, "12.3"),
])
def test_a_ratio_beside_its_bar(value: float | None, bar: float | None, shown: str) -> None:
    assert against(value, bar) == shown


def test_the_best_peer_is_neither_ours_nor_bare() -> None:
    times = {name: Timing((us,)) for name, us in (("fast", 8.0), ("matmul", 4.0), ("torch", 16.0), ("jax", 12.0))}
    row = Row(W1, times, {"fast": "ours", "matmul": "bare", "torch": "peer", "jax": "peer"})
    assert (row.best, row.to_best, row.to_bare) == ("jax", 8 / 12, 2.0)


def test_ratios_are_those_within_a_round() -> None:
    """The machine is half as fast in two of five rounds: each ratio stays, the ratio of the medians would not."""
    fast, other = Timing((2.0, 2.0, 4.0, 4.0, 4.0)), Timing((3.0, 3.0, 6.0, 3.0, 6.0))
    assert (fast.us / other.us, fast.over(other)) == (4 / 3, 2 / 3)
    row = Row(W1, {"fast": fast, "jax": other}, {"fast": "ours", "jax": "peer"})
    assert (row.best, row.to_best, row.noise) == ("jax", 2 / 3, 0.0)


def test_all_take_their_turns() -> None:
    calls = {"a": 0, "b": 0}

    def work(name: str) -> None:
        calls[name] += 1

    works = {name: lambda name=name: work(name) for name in calls}
    assert set(race(works, rounds=2, span=1e-5)) == set(turns(works, rounds=2)) == {"a", "b"}
    assert min(calls.values()) > 2


def test_a_section_is_written_anew_and_the_rest_stays(tmp_path: Path) -> None:
    path = tmp_path / "R.md"
    put(path, "one", "first")
    put(path, "two", "second")
    put(path, "one", "third")
    text = path.read_text()
    assert "first" not in text and text.index("third") < text.index("second") and text.count("<!-- one -->") == 1


@pytest.mark.parametrize(("first", "second", "expected"), [
    ((3,), (3,), 3), ((4, 3), (3,), 12), ((3,), (3, 5), 15), ((4, 3), (3, 5), 60),
    ((2, 4, 3), (3, 5), 120), ((2, 4, 3), (2, 3, 5), 120), ((2, 1, 4, 3), (7, 3, 5), 840),
])
def test_multiplications_of_a_product(first: tuple[int, ...], second: tuple[int, ...], expected: int) -> None:
    assert multiplications(first, second) == expected == np.matmul(np.ones(first), np.ones(second)).sum()


W1_WEIGHTS = 784 * 16 + 16 * 16 + 16 * 10
W3_WEIGHTS = 784 * 128 + 128 * 64 + 64 * 10


@pytest.mark.parametrize(("name", "expected", "wide", "sums"), [
    # forwards; errors of hidden layers; one example's gradients are outer products, in which nothing is added up
    ("W1b1f32", W1_WEIGHTS + 16 * 16 + 16 * 10, 784 * 16, 10),
    # ...those of several are products; sums over the examples are products with ones
    ("W1b10f64", 10 * (2 * W1_WEIGHTS + 16 * 16 + 16 * 10), 10 * 2 * 784 * 16, 10 * 2 * (16 + 16 + 10)),
    ("W3b32f32", 32 * (2 * W3_WEIGHTS + 128 * 64 + 64 * 10), 32 * (2 * 784 * 128 + 3 * 128 * 64), 32 * 1000),
    ("W4b256f32", 256 * 256**2 * 29, 256 * 256**2 * 29, 256 * 256 * 11),
])
def test_every_product_of_a_step_is_counted(name: str, expected: int, wide: int, sums: int) -> None:
    """The parts of the step, their kinds, and what is multiplied; `sums` bounds what sums of products with ones add."""
    found = parts(limits.program(named(name)[0]))
    assert {part.kind for part in found} == {"wide", "small", "other"}
    assert expected <= sum(part.times * part.multiplications for part in found) <= expected + sums
    assert sum(part.times * part.multiplications for part in found if part.kind == "wide") == wide


def test_a_step_in_parts_and_its_loops_count_as_often_as_they_run() -> None:
    def times(name: str, word: str) -> list[int]:
        return [part.times for part in parts(limits.program(named(name)[0])) if part.statement.startswith(word)]

    assert times("W1b1000f64", "tanh(a1") == [2] and times("W1b1000f64", "np.add(flat") == [2]
    assert sum(times("W4b256f32", "tanh(")) == 10 and max(times("W4b256f32", "tanh(")) == 8


def test_a_part_does_what_the_step_does() -> None:
    """Run in their order, the parts of a step leave its gradients."""
    program = limits.program(W1)
    found = parts(program)
    _, grads = program.work()
    expected = {name: value.copy() for name, value in grads.items()}
    program.gradient.flat.fill(0)
    for part in found:
        assert part.times == 1
        part.run()
    assert all(np.array_equal(grads[name], value) for name, value in expected.items())


@pytest.mark.parametrize(("bar", "peer", "expected"), [
    (0.9, "jax", "8.1 (0.90 of jax)"), (1.45, "matmul", "**5.8 (1.45 of matmul), below the floor**"),
    (None, "jax", "-"), (0.9, None, "-"), (0.9, "absent", "-"),
])
def test_a_bar_below_the_floor_is_told(bar: float | None, peer: str | None, expected: str) -> None:
    part = Part("tanh(a1, a1)", lambda: None, 2, [], with_data=False)
    times = {name: Timing((us,)) for name, us in (("fast", 8.0), ("matmul", 4.0), ("jax", 9.0))}
    limit = limits.Limits(Row(W1, times, {}), [(part, 4.0, 3.0)], 50.0)
    assert (limit.us("other"), limit.floor, limit.left(bar, peer)) == (8.0, 6.0, expected)


def test_the_commands_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "R.md"
    gradient.main(["--quick", "--only", "W1b10f32", "--peers", "fast,matmul,textbook", "-o", str(out)])
    assert "| W1 b10 f32 |" in out.read_text() and "One gradient step" in out.read_text()
    assert set(derivation.stages("3-4-2")) == {"derive", "print LaTeX", "emit plain", "emit fast"}
    known = {command.name: command for command in derivation.commands(str(tmp_path / "gradient.py"))}
    start = derivation.Command("W1", known["derive code 784-16-16-10 (W1), fast"].arguments)
    assert derivation.waited([start], 1)["W1"] > 0 and "class Gradient" in (tmp_path / "gradient.py").read_text()
    limits.main(["--rounds", "1", "--only", "W1b1f32", "--peers", "nobody", "-o", str(out)])
    assert "| W1 b1 f32 |" in out.read_text() and "(0.60 of matmul)" in out.read_text()
    assert scaling.row("3", Workload("small", (3, 4, 2), 5, "float32"), 1)[0] == "3"
