"""The derivative by one weight: its entry is found, its formulas are true, its length is counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from cost_slopes import complex_step

from derive.calculus.explain import explain
from derive.cli import run
from derive.errors import DeriveError
from derive.evaluate import evaluate, evaluate_line
from derive.ir import Derivation, reads_of, tensor_of
from derive.latex.single import Entry, entry, expanded
from derive.notation import notation
from derive.pipeline import read

NETWORKS: list[tuple[str, dict[str, Any], str]] = [
    ("2-2-1", {}, "w1[2,1]"), ("2-3-2", {}, "w[1][3,2]"), ("2-3-2", {"activation": "tanh"}, "b[1][2]"),
    ("2-2-2-2", {}, "w1[1,2]"), ("2-3-2", {}, "w2[2,3]"), ("2-2:relu-2", {}, "b2[1]"),
    ("2-2:softmax", {"cost": "cross-entropy"}, "w1[1,2]"), ("2-3-2", {}, "x[2]")]


def network(arch: str, choices: dict[str, Any] | None = None) -> Derivation:
    return read(arch, choices or {}, notation("nielsen")).one


@pytest.mark.parametrize(("arch", "choices", "text"), NETWORKS, ids=str)
def test_the_formula_written_out_is_the_gradient(arch: str, choices: dict[str, Any], text: str) -> None:
    one = network(arch, choices)
    found = entry(one, text)
    line = explain(one, [found.tensor.name], "none").chain(found.tensor.name).result
    whole = expanded(one, line, found)
    rng = np.random.default_rng(2)
    given = {t.name: rng.uniform(0.1, 0.9, [int(a.size) for a in t.axes]) for t in one.of_role("data", "parameter")}
    given["y"] /= given["y"].sum()
    names = {tensor_of(r) for term in whole.terms for r in reads_of(term.body)}
    assert names <= set(given)
    value = evaluate_line(one, evaluate(one, given), whole)
    np.testing.assert_allclose(value, complex_step(one, given, found.tensor.name)[found.at], rtol=1e-10)


@pytest.mark.parametrize(("text", "at"), [("w[2][2,4]", (1, 3)), ("w2[2,4]", (1, 3)), (" w [2] [ 2 , 4 ] ", (1, 3)),
                                          ("b[1][4]", (3,)), ("a1[1]", (0,))])
def test_entries_count_from_one(text: str, at: tuple[int, ...]) -> None:
    assert entry(network("3-4-2"), text).at == at


@pytest.mark.parametrize(("text", "said"), [
    ("w[2][3,5]", r"entries are w2\[1..2, 1..4\]"), ("w2[0,1]", "no entry"), ("w2[1]", "no entry"),
    ("w3[1,1]", "nothing called 'w3'"), ("w2[", "names no single entry"), ("w2[a,b]", "names no single entry"),
    ("C[1]", "nothing called 'C'"), ("w2[" + "9" * 50 + ",1]", "no entry")])
def test_entries_that_are_none(text: str, said: str) -> None:
    with pytest.raises(DeriveError, match=said):
        entry(network("3-4-2"), text)


def test_sizes_must_be_numbers() -> None:
    with pytest.raises(DeriveError, match="sizes are numbers"):
        entry(network("n0-n1-n2"), "w2[1,1]")


def told(tmp_path: Path, *arguments: str) -> str:
    out = tmp_path / "single.tex"
    assert run(["latex", *arguments, "-o", str(out)]) == 0
    return out.read_text()


def test_the_document(tmp_path: Path) -> None:
    text = told(tmp_path, "3-4-2", "--wrt", "w[1][2,3]")
    assert r"\frac{\partial C}{\partial w^1_{2,3}}" in text
    assert "along 2 paths" in text
    assert r"\delta^1_2 &= \Big(\sum_q w^2_{q,2}\,\delta^2_q\Big)\,\sigma'(z^1_2)" in text


def test_a_large_network_says_how_long_it_would_be(tmp_path: Path) -> None:
    text = told(tmp_path, "784-16-16-10", "--wrt", "w1[3,5]")
    assert "along 160 paths" in text
    assert "12,544 entries" in text


def test_only_a_short_formula_is_written_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Written out:" in told(tmp_path, "2-2-1", "--wrt", "w1[1,1]", "--expand")
    assert run(["latex", "784-16-16-10", "--wrt", "w1[3,5]", "--expand"]) == 2
    assert "1,237,1" in capsys.readouterr().err


def test_an_entry_is_plain_data() -> None:
    one = network("2-2-1")
    assert entry(one, "w1[1,2]") == Entry(one.tensor("w1"), (0, 1))
    assert expanded(one, explain(one, ["b2"], "none").chain("b2").result, Entry(one.tensor("b2"), (0,))).at == (
        sp.Integer(0),)
