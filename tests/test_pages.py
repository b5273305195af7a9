"""Every page of a document: that it holds what it must, runs where it runs, and shows itself without a network."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

from derive import cli, pipeline
from derive.diagrams import network_picture, svg, tikz
from derive.document.content import Display, Document, Listing, Picture, Prose, Row, Section, Symbol, Symbols
from derive.document.page import page, pages
from derive.document.prose import Run, runs
from derive.errors import DeriveError
from derive.gradcheck.emitted import load_source
from derive.latex.document import content
from derive.notation import notation
from derive.pages import pdf
from derive.writers.markdown import portable
from derive.writers.slides import frames
from derive.writers.slides import pages as split

STYLE = notation("nielsen")
GENERATED = Path(__file__).parent.parent / "generated"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PDFLATEX = shutil.which("pdflatex")


@cache
def model(arch: str = "3-4-2") -> pipeline.Model:
    return pipeline.read(arch, {}, STYLE)


@cache
def whole() -> Document:
    """A document with a block of every kind."""
    drawn = network_picture(model().one, STYLE, None)
    more = Section(r"More \& more", (
        Prose(r"A \% of $a < b$ and <i>snake\_case</i>, a $|x|$."),
        Picture(svg(drawn), tikz(drawn), "The network $w^1$."),
        Symbols((Symbol("a", "$b$", "a letter"),), ("One", "Other", "")), Listing("print('<1>')")))
    given = content(model(), STYLE, "index")
    return Document(given.title, given.subtitle, (*given.sections, more))


def written(name: str, document: Document | None = None) -> str:
    text = page(name).write(document or whole())
    assert isinstance(text, str)
    return text


# -- all ------------------------------------------------------------------------------------


def test_a_page_is_named_as_its_file() -> None:
    assert cli.offered("pages") == sorted(pages())


@pytest.mark.parametrize("name", sorted(set(pages()) - {"pdf"}))
def test_a_page_writes_every_block_and_the_same_twice(name: str) -> None:
    text = written(name)
    assert text == written(name) and len(text) > 1000
    assert re.search(r"print\('(<|&lt;)1(>|&gt;)'\)|print\(&#x27;&lt;1&gt;&#x27;\)", text)


@pytest.mark.parametrize(("prose", "expected"), [
    ("", ()),
    ("plain", (Run("plain"),)),
    (r"100\% of $x_1$", (Run("100% of "), Run("x_1", True))),
    (r"costs 3\$ and $a$, $b$", (Run("costs 3$ and "), Run("a", True), Run(", "), Run("b", True))),
    (r"a\_b \{c\}", (Run("a_b {c}"),)),
])
def test_prose_is_words_and_formulas(prose: str, expected: tuple[Run, ...]) -> None:
    assert runs(prose) == expected


# -- Markdown -------------------------------------------------------------------------------


def test_markdown_has_tables_and_displays() -> None:
    text = written("markdown")
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert "| Symbol | Meaning | Range or size |" in table and all(line.count("|") == 4 for line in table)
    displays = re.findall(r"^\$\$\n(.*?)\n\$\$$", text, re.MULTILINE | re.DOTALL)
    assert displays and len(displays) * 2 == text.count("$$")
    for display in displays:
        assert display.startswith(r"\begin{aligned}") and "$" not in display and r"\label" not in display
        assert not re.search(r"\\[^A-Za-z\s]|[^A-Za-z0-9]_\S|operatorname", display), "GitHub would not show it"
        assert r"\tag" not in display.split(r"\end{aligned}")[0], "a tag stands outside of aligned"
    assert any(display.endswith(r"\tag{BP1}") for display in displays)


def test_markdown_escapes_words_and_not_formulas() -> None:
    text = written("markdown")
    assert r"A % of $a < b$ and \<i\>snake\_case\</i\>, a $|x|$." in text


@pytest.mark.parametrize(("formula", "markdown"), [
    (r"w^{2}_{jk}\,a_k", r"w^{2}_ {jk}\thinspace a_k"), (r"a \\[-6pt] b \\ c", r"a \cr b \cr c"),
    (r"\mathcal{R}\{z\}", r"\mathcal{R}\lbrace z\rbrace "), (r"\operatorname{ReLU}'(z)", r"\mathrm{ReLU}'(z)")])
def test_a_formula_of_markdown_stays_as_it_is_on_github(formula: str, markdown: str) -> None:
    assert portable(formula) == markdown


def test_a_long_display_is_parted_where_a_left_side_begins() -> None:
    rows = tuple(Row("a" if number % 3 == 0 else "", (str(number),)) for number in range(70))
    text = written("markdown", Document("t", "", (Section("s", (Display(rows),)),)))
    parts = re.findall(r"\\begin\{aligned\}\n(.*?)\\end", text, re.DOTALL)
    assert len(parts) > 2 and all(part.strip().startswith("a &=") for part in parts)


# -- the notebook ---------------------------------------------------------------------------


@pytest.mark.parametrize("arch", [
    "3-4-2", "n0-n1-n2", "n0-...-nL", "4-5:relu-3:softmax", str(GENERATED / "curve-fit" / "model.eq"),
    str(GENERATED / "one-weight" / "model.eq")])
def test_a_notebook_is_valid_and_runs(arch: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cost = ["--cost", "cross-entropy"] if "softmax" in arch else []
    assert cli.run(["latex", arch, *cost, "--format", "notebook", "-o", str(tmp_path / "b.ipynb")]) == 0
    book = json.loads((tmp_path / "b.ipynb").read_text(encoding="utf-8"))
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in book["cells"]]
    assert len(set(ids)) == len(ids) > 5
    code = ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]
    capsys.readouterr()
    load_source("\n\n".join(code))
    printed = capsys.readouterr().out
    pairs = re.findall(r"backpropagation ([-+.\d]+), difference ([-+.\d]+)", printed)
    assert pairs and all(abs(float(a) - float(b)) < 1e-5 for a, b in pairs)
    before, after = map(float, re.findall(r"cost ([-.\d]+) -> ([-.\d]+)", printed)[0])
    assert after < before or "curve" in arch or "one-weight" in arch


def test_a_notebook_keeps_to_its_schema() -> None:
    nbformat = pytest.importorskip("nbformat", reason="pip install nbformat")
    nbformat.validate(nbformat.reads(written("notebook"), as_version=4))


def test_a_notebook_carries_its_pictures() -> None:
    cells = json.loads(written("notebook"))["cells"]
    (kept,) = [cell["attachments"]["picture.svg"]["image/svg+xml"] for cell in cells if "attachments" in cell]
    assert base64.b64decode(kept).startswith(b"<svg")


# -- HTML -----------------------------------------------------------------------------------


def test_html_needs_nothing_else() -> None:
    text = written("html")
    assert not re.search(r"https?://|<script|<link|\ssrc=|@import|url\((?!data:)|\son\w+=", text)
    assert '<html lang="en">' in text and "<title>The gradient of the cost</title>" in text
    assert text.count("<h1>") == 1 and text.count("<math") > 20
    assert "&lt;i&gt;snake_case&lt;/i&gt;" in text and "<i>snake" not in text


MARKUP = r"</title><script>alert(1)</script>\&"
"""Prose as documents hold it; a listing and a tag are plain text."""


def test_no_text_of_a_document_is_markup_of_html() -> None:
    """Wherever it stands."""
    blocks = (Prose(MARKUP), Listing(MARKUP, MARKUP), Picture("<svg></svg>", "", MARKUP),
              Symbols((Symbol("a", MARKUP, MARKUP),), (MARKUP, MARKUP, MARKUP)),
              Display((Row("a", ("b",), MARKUP, MARKUP),), MARKUP))
    text = written("html", Document(MARKUP, MARKUP, (Section(MARKUP, blocks),)))
    assert "<script" not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 3 + 1 + 2 + 1 + 5 + 3 + 1


def test_a_bar_in_a_formula_is_no_column_of_markdown() -> None:
    table = Symbols((Symbol("a", "the size $|x|$, a|b"),))
    text = written("markdown", Document("t", "", (Section("s", (table,)),)))
    assert text.splitlines()[-1] == r"| $a$ | the size $\vert x\vert $, a\|b |"


def test_html_carries_only_the_fonts_that_it_uses() -> None:
    def fonts(formula: str) -> set[tuple[str, str]]:
        text = written("html", Document("t", "", (Section("s", (Prose(f"${formula}$"),)),)))
        faces = re.findall(r"@font-face\{[^}]*?font-family:\"?KaTeX_(\w+)\"?;[^}]*?font-weight:(\d+)", text)
        assert len(re.findall(r"data:font/woff2", text)) == len(faces)
        return set(faces)

    plain = fonts("1")
    assert plain == {("Main", "400")}
    assert fonts("x") == plain | {("Math", "400")}
    assert fonts(r"\mathbf{W}") == plain | {("Main", "700")}
    assert fonts(r"\sum_k") > plain | {("Math", "400")} and fonts(r"\mathbb{R}") == plain | {("AMS", "400")}


def test_html_without_quickjs_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from derive import katex

    monkeypatch.setitem(__import__("sys").modules, "quickjs", None)
    katex.setter.cache_clear()
    with pytest.raises(DeriveError, match=r"derive-backprop\[html\]"):
        katex.setter()


FRAMED = """<!DOCTYPE html><body style="margin:0"><iframe id="f" src="page.html" width="{width}" height="3000"
style="border:0"></iframe><script>
onload = () => {{
  const page = document.getElementById("f").contentDocument, root = page.documentElement;
  const hidden = [...page.querySelectorAll(".row > *, td, th, p, h2")].filter(e =>
    !e.closest(".display, .table") && e.getBoundingClientRect().right > {width} + 1).length;
  page.fonts.ready.then(() => document.body.setAttribute("data-found", JSON.stringify({{
    scroll: root.scrollWidth, hidden, fonts: page.fonts.size, broken: [...page.fonts].filter(
      f => f.status == "error").length, asked: page.defaultView.performance.getEntriesByType("resource").map(
      e => e.name).filter(n => !n.startsWith("data:"))}})));
}};</script>"""


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not there: apt-get install chromium")
@pytest.mark.parametrize("arch", ["3-4-2", "784-16-16-10"])
@pytest.mark.parametrize("width", [390, 1280])
def test_html_in_a_browser_without_a_network(arch: str, width: int, tmp_path: Path) -> None:
    document = whole() if arch == "3-4-2" else content(model(arch), STYLE, "index")
    (tmp_path / "page.html").write_text(written("html", document), encoding="utf-8")
    (tmp_path / "frame.html").write_text(FRAMED.format(width=width), encoding="utf-8")
    ended = subprocess.run(
        [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
         "--enable-logging=stderr", "--v=0", "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=3000",
         f"--user-data-dir={tmp_path}/profile", "--dump-dom", f"file://{tmp_path}/frame.html"],
        capture_output=True, text=True, timeout=120, check=False)
    found = re.search(r'data-found="([^"]*)"', ended.stdout)
    assert found, ended.stderr[-2000:]
    seen = json.loads(found[1].replace("&quot;", '"'))
    assert seen["scroll"] <= width, "the page scrolls sideways"
    assert (seen["hidden"], seen["broken"], seen["asked"]) == (0, 0, []) and seen["fonts"] > 3
    assert ":CONSOLE" not in ended.stderr and "net::ERR" not in ended.stderr


# -- beamer and PDF -------------------------------------------------------------------------


def test_slides_uncover_one_equals_sign_at_a_time() -> None:
    rows = (Row("a", ("b",), "by definition"), Row("", (r"\frac{c}{d}",), "a reason"), Row("", ("e",), tag="T"))
    (frame,) = frames(Section("s", (Display(rows),)))
    assert frame.body.count(r"\uncover<2->{") == 1 and frame.body.count(r"\uncover<3->{") == 2
    assert r"\only<1>{By definition}" in frame.body and r"\only<2>{A reason}" in frame.body


@pytest.mark.parametrize(("text", "frames_of_three"), [
    (r"\frac{a}{b}", 1), (r"\begin{pmatrix} a \\ b \end{pmatrix}", 1),
    (r"\begin{pmatrix} a \\ b \\ c \end{pmatrix}", 2), (r"\sum_{\substack{p,q \\ i \le p \\ j \le q}} a_p\,b_q", 2)])
def test_conditions_under_a_sum_take_room_on_a_slide(text: str, frames_of_three: int) -> None:
    assert len(list(split([Row("a", (text,))] * 3))) == frames_of_three


def test_a_full_slide_goes_on_with_its_last_row() -> None:
    rows = [Row("a" if number == 0 else "", (rf"\frac{{{number}}}{{2}}",)) for number in range(9)]
    parts = list(split(rows))
    assert [row for _, new in parts for row in new] == rows and len(parts) > 2
    for (_, before), (old, _) in zip(parts, parts[1:], strict=False):
        assert old is not None and (old.left, old.right) == ("a", before[-1].right)


def test_a_row_higher_than_what_is_left_begins_a_slide_of_its_own_and_is_small() -> None:
    high = Row("", (r"\frac{a}{b} + ", *[rf"\sum_k {'c' * 60}"] * 4))
    *_, last = frames(Section("s", (Display((Row("a", (r"\frac{1}{2}",)), high)),)))
    assert last.body.startswith((r"\footnotesize", r"\scriptsize")) and "  a &" in last.body


@pytest.mark.skipif(PDFLATEX is None, reason="pdflatex is not there: apt-get install texlive-latex-recommended")
@pytest.mark.parametrize("name", ["beamer", "article"])
def test_a_page_compiles(name: str) -> None:
    assert pdf.compiled(written(name)).startswith(b"%PDF")


@pytest.mark.skipif(PDFLATEX is None, reason="pdflatex is not there: apt-get install texlive-latex-recommended")
def test_what_tex_refuses_is_told() -> None:
    with pytest.raises(DeriveError, match="Undefined control sequence"):
        pdf.compiled(r"\documentclass{article}\begin{document}\unheard\end{document}")


def test_a_pdf_without_tex_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DeriveError, match="needs pdflatex or tectonic"):
        page("pdf").write(whole())


def test_the_wheel_carries_katex() -> None:
    folder = Path(pdf.__file__).parents[1] / "katex"
    assert {"katex.min.js", "katex.min.css", "LICENSE"} <= {p.name for p in folder.iterdir()}
    project = tomllib.loads((GENERATED.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert any("quickjs" in need for need in project["optional-dependencies"]["html"])
