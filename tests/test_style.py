"""Styles: the same formulas however the reasons stand, in what looks as it should."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from derive import pipeline
from derive.document.content import Block, Display, Document, Prose, Row, Section, Symbols
from derive.document.page import page
from derive.document.style import Style, definitions, in_macros, style, styled
from derive.errors import DeriveError
from derive.latex.document import content
from derive.notation import notation

REASONS = ("column", "over", "prose")
FORMS = ("index", "matrix", "batch", "glance")
LONG = Row("a", ("b",), "$z$ reaches the cost only through $a$", "BP1", True)
SHORT = Row("", ("c",), "by definition")
NAKED = Row("", ("d",))


def made(form: str = "index", arch: str = "3-4:relu-2:softmax", name: str = "nielsen", **choices: str) -> Document:
    chosen = notation(name)
    given = {"cost": "cross-entropy", **choices} if "softmax" in arch else choices
    return content(pipeline.read(arch, given, chosen), chosen, form)


def blocks(document: Document) -> list[Block]:
    return [block for section in document.sections for block in section.blocks]


def rows(document: Document) -> list[Row]:
    return [row for block in blocks(document) if isinstance(block, Display) for row in block.rows]


def single(*given: Row) -> Document:
    return Document("t", "s", (Section("h", (Display(given),)),))


@pytest.mark.parametrize(("reasons", "expected"), [
    ("column", [Display((LONG, SHORT, NAKED))]),
    ("over", [Display((Row("a", ("b",), "", "BP1", True, r"\overset{\text{(1)}}{=}"),
                       Row("", ("c",), "", relation=r"\overset{\text{by definition}}{=}"), NAKED)),
              Prose("(1) $z$ reaches the cost only through $a$.")]),
    ("prose", [Prose("$z$ reaches the cost only through $a$:"), Display((Row("a", ("b",), "", "BP1", True),)),
               Prose("By definition:"), Display((Row("a", ("c",)), NAKED))]),
])
def test_where_reasons_stand(reasons: str, expected: list[Block]) -> None:
    assert blocks(styled(single(LONG, SHORT, NAKED), style(reasons))) == expected


def test_boxes_and_tags_can_be_left_out() -> None:
    plain = rows(styled(single(LONG), Style(boxed=False, tags=False)))
    assert plain == [Row("a", ("b",), LONG.reason)]


def test_an_unknown_place_is_refused() -> None:
    with pytest.raises(DeriveError, match="reasons cannot stand 'colunm'"):
        style("colunm")


@pytest.mark.parametrize("reasons", REASONS)
@pytest.mark.parametrize("form", FORMS)
def test_no_formula_and_no_reason_is_lost(form: str, reasons: str) -> None:
    before = made(form)
    after = styled(before, style(reasons))
    assert [row.right for row in rows(after)] == [row.right for row in rows(before)]
    assert [row.tag for row in rows(after)] == [row.tag for row in rows(before)]
    text = page("fragment").write(after)
    for row in rows(before):
        assert row.reason.lower()[1:] in " ".join(str(text).lower().split()) or reasons == "column"


@pytest.mark.parametrize(("formula", "expected"), [
    (r"\frac{\partial C}{\partial w^{2}_{jk}}", r"\pd{C}{w^{2}_{jk}}"),
    (r"\frac{\partial C}{\partial a}\,\frac{\partial a}{\partial z}", r"\pd{C}{a}\,\pd{a}{z}"),
    (r"\frac{\partial C}{n}", r"\frac{\partial C}{n}"),
    (r"a \odot b\,\mathbf{1}^T", r"a \had b\,\ones^T"),
    (r"\frac{1}{2}", r"\frac{1}{2}"),
])
def test_macros(formula: str, expected: str) -> None:
    assert in_macros(formula) == expected


def test_macros_come_with_their_definitions() -> None:
    text = str(page("article").write(styled(made("matrix"), Style(macros=True))))
    body = text.replace(definitions(), "")
    assert definitions() in text and r"\pd{" in body and r"\frac{\partial" not in body and r"\odot" not in body


@pytest.mark.parametrize(("form", "formula", "meaning", "sizes"), [
    ("batch", "X", "input", r"$3 \times m$"),
    ("batch", "Z^l", "weighted input, layers $1$ to $2$", r"$4 \times m$, $2 \times m$"),
    ("batch", "p", "an example", r"$p = 1, \dots, m$"),
    ("index", "e^2_j", "the exponentials", r"$j = 1, 2$"),
    ("index", "s^2", "their sum", ""),
])
def test_symbols_are_in_the_letters_of_the_form(form: str, formula: str, meaning: str, sizes: str) -> None:
    table = next(block for block in blocks(made(form)) if isinstance(block, Symbols))
    assert (formula, meaning, sizes) in [(row.formula, row.meaning, row.sizes) for row in table.rows]


@pytest.mark.parametrize(("arch", "expected"), [
    ("3-2", [(r"\sigma(z)", r"\frac{1}{1 + e^{-z}}", "activation sigmoid"),
             (r"\sigma'(z)", r"\sigma(z)\,(1 - \sigma(z))", "its slope")]),
    ("3-2:relu", [(r"\operatorname{ReLU}(z)", r"\max(0,\, z)", "activation relu"),
                  (r"\operatorname{ReLU}'(z)", r"[\,z > 0\,]",
                   r"its slope, with $\operatorname{ReLU}'(0) = 0$ by convention")]),
])
def test_every_function_is_stated_once_with_its_slope(arch: str, expected: list[tuple[str, str, str]]) -> None:
    found = [(row.left, "".join(row.right), row.reason) for row in rows(made("index", arch))]
    assert [one for one in found if one[0] in [left for left, _, _ in expected]] == expected


def test_reasons_are_one_sentence() -> None:
    reasons = [row.reason for row in rows(made())]
    assert "$z^1_j$ reaches the cost only through $a^1_j$, which feeds every $z^2_q$: sum over all of them" in reasons
    assert not any(";" in reason for reason in reasons)


def test_a_chain_says_nothing_of_indices() -> None:
    assert "ount from" not in str(page("fragment").write(made("chain", "1-1-1-1")))


@pytest.mark.parametrize("reasons", REASONS)
def test_every_style_compiles(reasons: str, tmp_path: Path) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed: the styles were not compiled")
    for form in FORMS:
        source = page("article").write(styled(made(form), style(reasons, boxed=form != "matrix", macros=True)))
        (tmp_path / f"{form}.tex").write_text(str(source))
        run = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", f"{form}.tex"], cwd=tmp_path,
                             capture_output=True, text=True, errors="replace")
        assert run.returncode == 0, run.stdout[-1500:]
        assert max(map(float, re.findall(r"Overfull \\hbox \(([\d.]+)pt", run.stdout)), default=0) < 5
