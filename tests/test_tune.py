"""Tuning: every candidate is right, the choice follows from the times alone, the file says what it was."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from test_fast_code import EXACT, QUICK, agrees, many
from test_plan import network

from derive import cli
from derive.calculus.explain import explain
from derive.errors import DeriveError
from derive.gradcheck.emitted import load_source
from derive.plan.measured import DEFAULT, Measured
from derive.plan.passes import PASSES
from derive.targets.numpy import emit, variants
from derive.tune import clock
from derive.tune import search as search_module
from derive.tune import tuned as tuned_module
from derive.tune.candidates import CONSTANTS, Candidate, turned, values
from derive.tune.clock import race
from derive.tune.program import Program
from derive.tune.search import Choice, Search
from derive.tune.tuned import drawn, tuned

CASES = ("one", "few", "many")
ALL: list[Candidate] = [*(c for name in CONSTANTS for c in values(DEFAULT, name)),
                        *(c for one in PASSES for case in CASES for c in turned(DEFAULT, one, case))]


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the races say is of no interest here."""
    monkeypatch.setattr(tuned_module, "ROUNDS", 3)
    monkeypatch.setattr(clock, "SPAN", 1e-4)


def test_constants_say_what_was_measured_and_what_is_tried() -> None:
    path = Path(__file__).parents[1] / "derive/plan/measured.py"
    (record,) = (n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ClassDef))
    body = [n for n in record.body if not isinstance(n, ast.FunctionDef)][1:]
    assert len(body) == 2 * len(fields(Measured))
    assert all(isinstance(a, ast.AnnAssign) and isinstance(b, ast.Expr)
               for a, b in zip(body[::2], body[1::2], strict=True))
    for known in fields(Measured):
        assert known.default not in known.metadata.get("tried", ())


@pytest.mark.parametrize("candidate", ALL, ids=lambda c: c.said)
@settings(max_examples=2, **QUICK)
@given(widths=st.lists(st.integers(1, 30), min_size=2, max_size=4), hidden=st.sampled_from(["sigmoid", "tanh", "relu"]),
       ends=st.sampled_from([("quadratic", "sigmoid"), ("cross_entropy", "softmax"), ("quadratic", "identity")]),
       batch=st.sampled_from([1, 2, 3, 10, 41, 96, 600]), dtype=st.sampled_from(list(EXACT)), seed=st.integers(0, 99))
def test_each_candidate_is_right(candidate: Candidate, widths: list[int], hidden: str, ends: tuple[str, str],
                                 batch: int, dtype: str, seed: int) -> None:
    derivation = network(widths, hidden, ends[1], ends[0])
    made = load_source(variants(explain(derivation))(measured=candidate.measured))
    agrees(derivation, batch, dtype, ends[0], made, seed)


@settings(max_examples=12, **QUICK)
@given(changes=st.lists(st.sampled_from(ALL), min_size=2, max_size=8), batch=st.sampled_from([1, 3, 41, 600]),
       hidden=st.sampled_from(["sigmoid", "relu"]), seed=st.integers(0, 99))
def test_candidates_together_are_right(changes: list[Candidate], batch: int, hidden: str, seed: int) -> None:
    chosen: dict[str, Any] = {}
    for name, value in (item for one in changes for item in one.measured.chosen().items()):
        chosen[name] = (*chosen.get(name, ()), *value) if isinstance(value, tuple) else value
    derivation = network([24, 30, 8, 4], hidden, "softmax", "cross_entropy")
    made = load_source(variants(explain(derivation))(measured=replace(DEFAULT, **chosen)))
    agrees(derivation, batch, "float64", "cross_entropy", made, seed)


# -- the choice ----------------------------------------------------------------------------------------


SMALL = many("4-3-2")
written = cache(variants(explain(SMALL)))


@dataclass(frozen=True)
class Imagined:
    """A program for a few examples that is never run: each record is one of its own, and right."""

    measured: Measured
    cases: Sequence[str] = ("few",)

    @property
    def source(self) -> str:
        return repr(self.measured)

    signature = source

    def exact(self) -> tuple[float, dict[str, Any]]:
        return 0.0, {}

    def agrees(self, cost: float, gradients: Mapping[str, Any]) -> bool:
        return True

    def again(self) -> Imagined:
        return self


def chosen_by(cost: Callable[[Measured], float]) -> Choice:
    """What is chosen where a step takes `cost` seconds."""
    def times(programs: Sequence[Any]) -> list[float]:
        return [cost(p.measured) for p in programs]

    return Search(Imagined, times, lambda: False, lambda line: None).run()


SPREAD, TOGETHER = ("spread", "few"), ("together", "few")
FIRST = next((p.name, "few") for p in PASSES if p.timed and "few" in p.cases)
TIMES: list[tuple[str, Callable[[Measured], float], Mapping[str, Any]]] = [
    ("all alike", lambda m: 1.0, {}),
    ("a little faster is not faster", lambda m: 0.98 if m.without else 1.0, {}),
    ("one pass less", lambda m: 0.9 if SPREAD in m.without else 1.0, {"without": (SPREAD,)}),
    ("two passes less", lambda m: 1 - 0.1 * len({SPREAD, TOGETHER} & {*m.without}) + 0.1 * len({*m.without} - {
        SPREAD, TOGETHER}), {"without": (TOGETHER, SPREAD)}),
    ("another case", lambda m: 0.5 if m.few == 0 else 1.0, {"few": 0}),
    ("one is better than two", lambda m: {0: 1.0, 1: 0.8}.get(len(m.without), 2.0), {"without": (FIRST,)}),
]


@pytest.mark.parametrize(("cost", "expected"), [row[1:] for row in TIMES], ids=[row[0] for row in TIMES])
def test_the_choice_follows_from_the_times(cost: Callable[[Measured], float], expected: Mapping[str, Any]) -> None:
    choice = chosen_by(cost)
    assert choice.measured.chosen() == expected
    assert choice.seconds == (cost(DEFAULT), cost(choice.measured))


def test_a_lucky_time_does_not_win() -> None:
    """The second race, against the default, decides."""
    seen: dict[Measured, int] = {}

    def cost(measured: Measured) -> float:
        seen[measured] = seen.get(measured, 0) + 1
        return 0.5 if measured.without and seen[measured] == 1 else 1.0

    assert chosen_by(cost).measured == DEFAULT


@pytest.mark.parametrize("lost", [0, 1, 2, 3, None])
def test_the_choice_must_win_each_of_four_races(lost: int | None) -> None:
    chosen, races = replace(DEFAULT, few=0), iter(range(4))
    search = Search(Imagined, lambda programs: [1.0, 1.0 if next(races) == lost else 0.5], lambda: False, print)
    found = search.final(Imagined(DEFAULT), Imagined(chosen), chosen)
    assert found.measured == (chosen if lost is None else DEFAULT)


def test_a_pass_may_come_back() -> None:
    """Without a, b is the better for it; without both, a is wanted again."""
    a, b = ("shared", "few"), SPREAD
    table = {frozenset(): 1.0, frozenset({a}): 0.9, frozenset({a, b}): 0.8, frozenset({b}): 0.5}
    assert chosen_by(lambda m: table.get(frozenset(m.without), 2.0)).measured.without == (b,)


def real(source: str, batch: int) -> Program:
    return Program(source, drawn(SMALL, written(), batch, "float64"))


def test_only_what_this_batch_runs_is_tried() -> None:
    def one(measured: Measured) -> Program:
        return real(written(measured=measured), 1)

    def times(programs: Sequence[Program]) -> list[float]:
        return [1.0 for _ in programs]

    assert 0 < Search(one, times, lambda: False, print).run().tried <= sum("one" in p.cases for p in PASSES)
    late = Search(one, times, lambda: True, print)
    assert late.run().tried == 0 and "few = 0" in late.missed


def test_the_report_says_what_was_not_reached() -> None:
    """Once a sweep has reached it, a later one need not."""
    said = list[str]()
    tuned(SMALL, variants(explain(SMALL)), 5, "float64", said.append, seconds=0)
    assert re.search(r"\(0 tried, 0 the same for this batch, [1-9]\d* not reached in time, ", said[-1])
    search = Search(Imagined, lambda programs: [1.0 for _ in programs], lambda: False, print)
    search.exact = 0.0, {}
    search.new(values(DEFAULT, "few")[0])
    search.late = lambda: True
    search.along(values(DEFAULT, "few"), Imagined(DEFAULT), DEFAULT)
    assert search.missed == {one.said for one in values(DEFAULT, "few")[1:]}


def test_a_wrong_candidate_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be twice as fast."""
    monkeypatch.setattr(search_module, "CONSTANTS", ())
    said: list[str] = []

    def program(measured: Measured) -> Program:
        right, wrong = written(measured=measured), "        return 2*C\n"
        return real(right.replace("        return C\n", wrong) if measured.without else right, 5)

    def times(programs: Sequence[Program]) -> list[float]:
        return [1.0 if p is programs[0] else 0.5 for p in programs]

    passes = [p for p in PASSES if (p.name, "few") in (SPREAD, TOGETHER)]
    choice = Search(program, times, lambda: False, said.append, passes).run()
    assert not choice.measured.without and sum("wrong" in line for line in said) == 2


def test_a_race_takes_turns() -> None:
    """One function takes a second, the other two, by a clock that they move on themselves."""
    now = [0.0]

    def work(seconds: float) -> Callable[[], None]:
        return lambda: now.__setitem__(0, now[0] + seconds)

    assert race([work(1.0), work(2.0)], 5, 1e9, lambda: now[0]) == pytest.approx([1.0, 2.0])


# -- the file ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("batch", "dtype"), [(1, "float64"), (6, "float32"), (40, "float64")])
def test_the_tuned_file_runs_and_says_so(batch: int, dtype: str) -> None:
    derivation, said = many("4-5:relu-3:softmax", cost="cross_entropy"), list[str]()
    source = tuned(derivation, variants(explain(derivation), dtype), batch, dtype,
                   said.append, seconds=0.3)
    module: Any = load_source(source)
    assert (module.TUNED["batch"], module.TUNED["dtype"], module.TUNED["numpy"]) == (batch, dtype, np.__version__)
    assert module.TUNED["chosen"].keys() <= {f.name for f in fields(Measured)}
    assert said[-1].startswith("chosen: ")
    for rows in (batch, 7):
        agrees(derivation, rows, dtype, "cross_entropy", module)


def test_words_and_classes_stay_whole_numbers() -> None:
    derivation, said = many("words(2 of 5)-embedding(2)-flatten-3:softmax", cost="class_cross_entropy"), list[str]()
    tuned(derivation, variants(explain(derivation)), 4, "float32", said.append, seconds=0.1)
    assert said[-1].startswith("chosen: ") and not any("wrong" in line for line in said)


def test_an_untuned_file_says_nothing() -> None:
    assert "TUNED" not in written() and "uned" not in written()
    assert written() == written(measured=Measured())


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_module, "CONSTANTS", ("few", "together"))
    out = tmp_path / "network.py"
    asked = ["code", "2-2", "--style", "fast", "--tune", "--batch", "3", "-o", str(out)]
    found = CliRunner().invoke(cli.commands, asked)
    assert found.exit_code == 0 and found.stdout == "" and "chosen: " in found.stderr
    assert "Tuned for a batch of 3 in float64" in out.read_text()


FIT = """
sample    i = 10
data      x[i], y[i]
parameter w[k: 3]
f[i] = sum(w[k]*x[i]^k, k)
C    = 1/2*sum((f[i] - y[i])^2, i)
"""
REFUSED = [
    (["--tune", "--batch", "3"], "only fast code"),
    (["--tune", "--batch", "3", "--style", "plain"], "only fast code"),
    (["--tune", "--style", "fast"], "which minibatch"),
    (["--batch", "3", "--style", "fast"], "--tune"),
    (["--tune", "--style", "fast", "--batch", "0"], "--batch"),
    (["--tune", "--style", "fast", "--batch", "many"], "--batch"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_refusals(options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "network.py"
    assert cli.run(["code", "4-3-2", *options, "-o", str(out)]) == 2
    shown = capsys.readouterr()
    assert message in shown.err and not shown.out and not out.exists()


def test_a_model_of_given_examples_has_no_minibatch(tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_module, "CONSTANTS", ("few", "together"))
    (tmp_path / "fit.eq").write_text(FIT)
    options = ["code", str(tmp_path / "fit.eq"), "--style", "fast", "--tune"]
    assert cli.run([*options, "--batch", "3"]) == 2
    assert "no minibatch" in capsys.readouterr().err
    assert cli.run(options) == 0
    assert '"batch": 1' in capsys.readouterr().out


def test_sizes_by_letters_are_refused() -> None:
    with pytest.raises(DeriveError, match="numbers for all sizes"):
        emit(explain(many("n0-n1-n2")), style="fast")
