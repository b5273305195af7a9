"""`derive picture` and `derive analyze`, as a user calls them."""

from __future__ import annotations

from pathlib import Path

import pytest

from derive.cli import run
from derive.diagrams import read_values
from derive.errors import DeriveError
from derive.text import read_equations

COLAH = read_equations("parameter a, b\nc = a + b\nd = b + 1\ne = c*d")


@pytest.mark.parametrize(("arguments", "shown"), [
    (["picture", "3-4-2"], "<svg"),
    (["picture", "3-4-2", "--weight", "w[2][1,3]", "--notation", "3b1b", "--format", "tikz"], r"\begin{tikzpicture}"),
    (["picture", "1-1-1", "--kind", "graph"], "<svg"),
    (["analyze", "3-4-4-2"], "mean |dC/dz|"),
])
def test_what_is_printed(arguments: list[str], shown: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 0
    assert shown in capfd.readouterr().out


def test_the_picture_of_the_flow_is_written(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["analyze", "3-4-4-2", "-o", str(tmp_path / "flow.svg")]) == 0
    assert (tmp_path / "flow.svg").read_text().startswith("<svg")


def test_numbers_in_the_graph(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """colah: at a = 2, b = 1 the value is 6 and the derivatives are 2 and 5."""
    path = tmp_path / "colah.eq"
    path.write_text("parameter a, b\nc = a + b\nd = b + 1\ne = c*d\n")
    assert run(["picture", str(path), "--kind", "graph", "--value", "a=2", "--value", "b=1"]) == 0
    out = capfd.readouterr().out
    assert all(f">{number}<" in out for number in (6, 2, 5))


@pytest.mark.parametrize(("texts", "message"), [
    (["a"], "gives no number"), (["z=1", "b=1"], "gives no number"), (["a=1"], "no number for b"),
    (["a=x", "b=1"], "not a list of numbers"), (["a=1,2", "b=1"], "takes 1 finite numbers, not 2"),
    (["a=inf", "b=1"], "finite"),
])
def test_bad_numbers(texts: list[str], message: str) -> None:
    with pytest.raises(DeriveError, match=message):
        read_values(texts, COLAH)


def test_numbers_row_by_row() -> None:
    derivation = read_equations("data x[k: 3]\nparameter w[j: 2, k: 3]\nz = w @ x\nC = sum(z^2)")
    found = read_values(["x=1,2,3", "w=1,2,3,4,5,6"], derivation)
    assert found["w"].tolist() == [[1, 2, 3], [4, 5, 6]] and found["x"].shape == (3,)
