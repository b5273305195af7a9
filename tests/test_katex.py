"""Every formula of every notation, form and kept example parses in KaTeX; an unknown symbol is an error."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from derive import katex, pipeline
from derive.document.content import Block, Display, Document, Listing, Picture, Prose, Symbols
from derive.document.prose import runs
from derive.errors import DeriveError
from derive.latex.document import FORMS, content
from derive.latex.second import second_document
from derive.notation import notation, notations
from derive.writers.markdown import display, parts, portable

quickjs = pytest.importorskip("quickjs", reason="pip install 'derive-backprop[html]'")
FOLDER = Path(__file__).parent.parent / "generated"
EXAMPLES: list[dict[str, Any]] = tomllib.loads((FOLDER / "examples.toml").read_text(encoding="utf-8"))["example"]
SEEN: set[str] = set()
"""Formulas that parsed already."""


def parsed(formula: str) -> None:
    if formula not in SEEN:
        katex.setter()(formula, "mathml", True)
        SEEN.add(formula)


def in_prose(text: str) -> Iterator[str]:
    yield from (run.text for run in runs(text) if run.formula)


def formulas(block: Block) -> Iterator[str]:
    match block:
        case Prose(text):
            yield from in_prose(text)
        case Display(rows, condition):
            yield from in_prose(condition)
            for row in rows:
                yield f"{row.left} {row.relation} {''.join(row.right)}"
                yield from in_prose(row.reason)
            yield from (portable(display(part)).strip("$\n") for part in parts(rows))
        case Symbols(rows):
            for row in rows:
                yield row.formula
                for text in (row.meaning, row.sizes):
                    yield from in_prose(text)
        case Picture(_, _, caption):
            yield from in_prose(caption)
        case Listing():
            pass


def of_document(document: Document) -> Iterator[str]:
    for text in (document.title, document.subtitle):
        yield from in_prose(text)
    for section in document.sections:
        yield from in_prose(section.title)
        for block in section.blocks:
            yield from formulas(block)


@pytest.fixture(scope="module")
def models() -> dict[tuple[str, str], pipeline.Model]:
    """By example and factor of the cost, which is all that a notation says about a model."""
    return {}


@pytest.mark.parametrize("name", sorted(notations()))
@pytest.mark.parametrize("example", EXAMPLES, ids=[example["name"] for example in EXAMPLES])
def test_every_formula_parses(name: str, example: dict[str, Any],
                              models: dict[tuple[str, str], pipeline.Model]) -> None:
    style = notation(name)
    key = example["name"], style.cost_factor
    if key not in models:
        typed = example["arch"] == "model.eq"
        arch = str(FOLDER / example["name"] / "model.eq") if typed else example["arch"]
        models[key] = pipeline.read(arch, example.get("choices", {}), style)
    for form in FORMS:
        try:
            document = content(models[key], style, form)
        except DeriveError:
            assert form != example["form"], "the form that is kept of an example must be there in every notation"
            continue
        for formula in of_document(document):
            parsed(formula)


SECOND = [("2-3-2", {}, "hvp", "index"), ("2-3:softmax", {"cost": "cross-entropy"}, "hvp", "matrix"),
          ("n0-...-nL", {}, "hvp", "batch"), ("2-2-1", {}, "hessian", "index"), ("3-2-2", {}, "gauss-newton", "matrix"),
          ("3-2:relu-2:softmax", {"cost": "cross-entropy"}, "jacobian", "index")]


@pytest.mark.parametrize("name", sorted(notations()))
@pytest.mark.parametrize(("arch", "choices", "kind", "form"), SECOND, ids=[kind + form for _, _, kind, form in SECOND])
def test_every_formula_of_a_second_derivative_parses(name: str, arch: str, choices: dict[str, str], kind: str,
                                                     form: str) -> None:
    model = pipeline.read(arch, choices, notation(name))
    formulas = list(of_document(second_document(model.one, model.many, notation(name), kind, form)))
    assert formulas
    for formula in formulas:
        parsed(formula)


@pytest.mark.parametrize("wrong", [r"\frac{a}", r"\unheard{a}", "a_b_c", "\u0436", r"\text{a", r"a & b", "}"])
def test_a_formula_that_does_not_parse_is_an_error(wrong: str) -> None:
    with pytest.raises(quickjs.JSException):
        parsed(wrong)
