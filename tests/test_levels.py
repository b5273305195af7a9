"""The levels in one document, and the exercise: complete, in order, and without saying things twice."""

from __future__ import annotations

from typing import Any

import pytest

from derive.document.content import Display, Document, Prose, Section, Symbols
from derive.latex.climb import LEVELS
from derive.latex.document import content
from derive.notation import notation
from derive.pipeline import read
from derive.worked import Numbers

SOFTMAX = {"cost": "cross-entropy"}


def told(arch: str, form: str, choices: dict[str, Any] | None = None, numbers: Numbers | None = None,
         style: str = "nielsen") -> Document:
    model = read(arch, choices or {}, notation(style))
    return content(model, style, form, numbers=numbers or Numbers())


def titles(document: Document) -> list[str]:
    return [section.title for section in document.sections]


def text_of(section: Section) -> str:
    return " ".join(block.text for block in section.blocks if isinstance(block, Prose))


@pytest.mark.parametrize("style", ["nielsen", "3b1b"])
def test_the_climb_has_every_level_in_order(style: str) -> None:
    found = [title for title in titles(told("2-3-2", "all", style=style)) if title.startswith("Level")]
    assert found == [f"Level {n}: {level.title}" for n, level in enumerate(LEVELS, 1)]


def test_no_symbol_and_no_paragraph_twice() -> None:
    document = told("2-3-2", "all")
    symbols = [row for section in document.sections for b in section.blocks if isinstance(b, Symbols) for row in b.rows]
    assert len(symbols) == len(set(symbols))
    said = [b.text for section in document.sections for b in section.blocks if isinstance(b, Prose)]
    said = [text for text in said if len(text) > 60]
    assert len(said) == len(set(said))


@pytest.mark.parametrize(("arch", "choices", "level", "why"), [
    ("2-3:softmax", SOFTMAX, 1, "mixes the neurons"), ("8-16-4", {}, 5, "by hand")])
def test_a_level_that_is_left_out_says_why(arch: str, choices: dict[str, Any], level: int, why: str) -> None:
    section = next(s for s in told(arch, "all", choices).sections if s.title.startswith(f"Level {level}"))
    assert "left out" in text_of(section)
    assert why in text_of(section)


def test_the_exercise_comes_before_its_hints_and_its_solution() -> None:
    found = titles(told("2-3-2", "exercise"))
    order = ["The exercise", "Numbers to check against", "First hint: how each quantity reaches the cost",
             "Second hint: the chain rule", "Third hint: the local derivatives", "Solution: layer 2",
             "Solution: layer 1"]
    assert [title for title in found if title in order] == order


def test_the_solution_stands_apart() -> None:
    apart = [section.title for section in told("2-3-2", "exercise").sections if section.apart]
    assert apart == ["Solution: layer 2"]


def test_nothing_before_the_hints_gives_the_result_away() -> None:
    document = told("2-3-2", "exercise")
    before = document.sections[:titles(document).index("Second hint: the chain rule")]
    rows = ["".join(row.right) for s in before for b in s.blocks if isinstance(b, Display) for row in b.rows]
    assert not any(r"\delta" in row for row in rows)


def test_the_sample_has_a_number_for_every_gradient() -> None:
    document = told("2-2-1", "exercise", numbers=Numbers(seed=4))
    section = next(s for s in document.sections if s.title == "Numbers to check against")
    rows = [row.left for b in section.blocks if isinstance(b, Display) for row in b.rows]
    assert sum(r"\partial" in row for row in rows) == 4


def test_a_large_network_is_an_exercise_without_a_sample() -> None:
    section = next(s for s in told("20-16-10", "exercise").sections if s.title == "Numbers to check against")
    assert "No sample" in text_of(section)


def test_a_glance_says_once_what_holds_for_every_gate() -> None:
    """w_g of a GRU weighs r h, so it is no likeness of w_o."""
    blocks = next(s for s in told("seq(3x2)-gru(2)-1", "glance").sections if s.title == "The equations").blocks
    lefts = [row.left for block in blocks if isinstance(block, Display) for row in block.rows]
    assert [left for left in lefts if "w^1_" in left] == [
        r"\frac{\partial C}{\partial w^1_g}", r"\frac{\partial C}{\partial w^1_o}"]
    assert [block.text.rsplit(": ")[-1] for block in blocks if isinstance(block, Prose)] == [
        "likewise with $o$ and $r$ in place of $g$.", "likewise with $r$ in place of $o$."]


@pytest.mark.parametrize(("arch", "results", "rest"), [
    ("4-3-3-2", 4, True), ("seq(4x3)-rnn(2)-1", 8, False), ("2x4x4-conv(3,2):relu-flatten-2", 6, False),
])
def test_a_glance_has_the_equations_of_each_kind_of_layer(arch: str, results: int, rest: bool) -> None:
    """Four of equal layers; of another kind all, each for the steps for which it holds."""
    equations = next(section for section in told(arch, "glance").sections if section.title == "The equations")
    assert sum(len(block.rows) for block in equations.blocks if isinstance(block, Display)) == results
    assert any(isinstance(block, Prose) for block in equations.blocks) == rest
