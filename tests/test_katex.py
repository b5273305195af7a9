"""Every formula of every notation, form and kept example parses in KaTeX; an unknown symbol is an error."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
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
Choices = tuple[tuple[str, Any], ...]
EACH = tuple(form for form in FORMS if form != "all")
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


@cache
def model(arch: str, choices: Choices, factor: str) -> pipeline.Model:
    """The factor of the cost is all that a notation says about a model."""
    style = next(style for style in map(notation, sorted(notations())) if style.cost_factor == factor)
    return pipeline.read(arch, dict(choices), style)


@cache
def said(arch: str, choices: Choices, name: str, form: str) -> tuple[str, ...]:
    """The formulas of a document; none where the model cannot take the form. Two examples may have the same network."""
    style = notation(name)
    try:
        return tuple(of_document(content(model(arch, choices, style.cost_factor), style, form)))
    except DeriveError:
        return ()


def asked(example: dict[str, Any]) -> tuple[str, Choices]:
    """The architecture of an example, and its options."""
    arch = str(FOLDER / example["name"] / "model.eq") if example["arch"] == "model.eq" else example["arch"]
    return arch, tuple(example.get("choices", {}).items())


@pytest.mark.parametrize("name", sorted(notations()))
@pytest.mark.parametrize("example", EXAMPLES, ids=[example["name"] for example in EXAMPLES])
def test_every_formula_parses(name: str, example: dict[str, Any]) -> None:
    assert said(*asked(example), name, example["form"]), "the form that is kept must be there in every notation"
    for form in EACH:
        for formula in said(*asked(example), name, form):
            parsed(formula)


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["name"] for example in EXAMPLES])
def test_a_document_of_all_forms_has_no_formulas_of_its_own(example: dict[str, Any]) -> None:
    """So what is tried of each form in every notation is tried for it."""
    every = said(*asked(example), example["notation"], "all")
    assert every and {*every} <= {one for form in EACH for one in said(*asked(example), example["notation"], form)}


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
