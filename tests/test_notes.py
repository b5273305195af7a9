r"""The formulas of a page of notes: what it gives, what it claims, where each of them stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.errors import DeriveError
from derive.written.notes import Page, Source, read_page, read_source
from derive.written.notes.kinds import CLAIM, GIVEN, PASSED, WHERE, Letters, kind
from derive.written.notes.source import LARGEST, source
from derive.written.notes.writing import links

NOTES = Path(__file__).parent / "notes"
GRADIENT = r"\frac{\partial C}{\partial W}"


def page(text: str, name: str = "notes.tex") -> Page:
    return read_page(Source(name, text))


def claims(text: str, name: str = "notes.tex") -> list[str]:
    return [note.text for note in page(text, name).notes if note.kind == CLAIM]


HIDDEN = {
    "comment": r"% \[ G = 1 \]",
    "comment in a line": "text % \\[ G = 1 \\]\n\\[ x = 1 \\]",
    "verbatim": "\\begin{verbatim}\n\\[ G = 1 \\]\n\\end{verbatim}",
    "lstlisting": "\\begin{lstlisting}[language=TeX]\n\\[ G = 1 \\]\n\\end{lstlisting}",
    "verb": r"\verb|$G = 1$| and \verb*+$G = 1$+",
    "iffalse": "\\iffalse\n\\ifx\\a\\b \\fi \\[ G = 1 \\] \\fi",
    "after the document": "\\begin{document}\\end{document}\n\\[ G = 1 \\]",
    "preamble": "\\newcommand{\\g}{$G = 1$}\n\\begin{document}\\end{document}",
    "skip": "% derive: skip\n\\[ G = 1 \\]",
    "off": "% derive: off\n\\[ G = 1 \\]\n$G = 1$\n% derive: on\n",
    "off without end": "% derive: off\n\\[ G = 1 \\]\n\\[ G = 1 \\]",
    "a dollar that is none": r"\$G = 1\$",
    "not closed": r"\[ G = 1",
    "paragraphs": "costs $5 and\n\nalso $G = 1",
    "only said": r"\[ G = 1 \text{ if } x",
    "an update": r"\[ W \leftarrow W - \eta G \]",
    "another update": r"\[ W = W - \eta G \]",
    "a change": r"\[ \Delta C \approx G \Delta W \]",
    "no relation": r"\[ G \]",
}
MARKDOWN_HIDDEN = {
    "code": "`$G = 1$`", "two ticks": "`` $G = 1$ ` ``", "fence": "```tex\n$$ G = 1 $$\n```\n",
    "tildes": "~~~\n$$ G = 1 $$\n```\n~~~\n", "comment": "<!-- $$ G = 1 $$ -->", "front": "---\na: $G = 1$\n---\n",
    "money": "$5 and G = 1 for $6", "space": "a $ G = 1$ b", "escaped": r"\$G = 1\$",
    "open fence": "```\n$$ G = 1 $$", "skip": "<!-- derive: skip -->\n$$ G = 1 $$",
}
SEEN = {
    "brackets": r"\[ G = 1 \]", "dollars": "$$ G = 1 $$", "inline": "so $G = 1$.", "parentheses": r"so \(G = 1\).",
    "equation": r"\begin{equation} \label{eq:a} G = 1. \end{equation}",
    "star": r"\begin{equation*}G = 1\end{equation*}",
    "displaymath": r"\begin{displaymath} G = 1 \end{displaymath}", "tag": r"\[ G = 1 \tag{BP4} \]",
    "gather": r"\begin{gather} x = 2 \\ G = 1 \nonumber \end{gather}",
    "multline": "\\begin{multline} G \\\\ = 1 \\end{multline}",
    "split": r"\begin{equation}\begin{split} G &= 1 \end{split}\end{equation}",
    "aligned": r"\[ \begin{aligned}[t] G &= 1 \end{aligned} \]",
    "eqnarray": r"\begin{eqnarray*} G & = & 1 \end{eqnarray*}", "alignat": r"\begin{alignat}{2} G &= 1 \end{alignat}",
    "reason beside it": r"\begin{align} G &= 1 && \text{(chain rule)} \end{align}",
    "word before it": r"\[ \text{so } G = 1 \]", "words after it": r"\[ G = 1 \quad \text{for all } j \]",
    "forall": r"\[ G = 1, \qquad \forall j \]", "beside another": r"\[ z = 2 x, \quad G = 1 \]",
    "system": r"\[ \left\{ \begin{aligned} z &= 2 x \\ G &= 1 \end{aligned} \right. \]",
    "comment within": "\\[ G % the gradient\n= 1 \\]", "after iffalse": "\\iffalse x \\else \\[ G = 1 \\] \\fi",
    "iff is no if": "\\iffalse a \\iff b \\fi \\[ G = 1 \\]",
    "verbatim in a comment": "% \\begin{verbatim}\n\\[ G = 1 \\]",
    "escaped percent": "50\\% \\[ G = 1 \\]", "after skip": "% derive: skip\n\\[ G = 2 \\]\n\\[ G = 1 \\]",
    "after on": "% derive: off\n\\[ G = 2 \\]\n% derive: on\n\\[ G = 1 \\]", "tabs": "\t\\[\tG\t=\t1\t\\]",
    "only the document": "$$ x\n\\begin{document} \\[ G = 1 \\] \\end{document}",
}


def gradient(text: str) -> str:
    return text.replace("G", GRADIENT)


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_what_nobody_reads_is_no_claim(text: str) -> None:
    assert claims(gradient(text)) == []


@pytest.mark.parametrize("text", MARKDOWN_HIDDEN.values(), ids=MARKDOWN_HIDDEN)
def test_what_markdown_does_not_set_is_no_claim(text: str) -> None:
    assert claims(gradient(text), "notes.md") == []


@pytest.mark.parametrize("text", SEEN.values(), ids=SEEN)
def test_a_claim_is_found(text: str) -> None:
    assert ["".join(claim.split()) for claim in claims(gradient(text))] == ["".join(gradient("G = 1").split())]


@pytest.mark.parametrize("text", ["$$\nG = 1\n$$", "```math\nG = 1\n```", "so $G = 1$, but", "$`G = 1`$",
                                  "> $$ G = 1 $$",
                                  "$$\\begin{aligned} G &= 1 \\end{aligned}$$", "costs $5 and\n$G = 1$"])
def test_a_claim_of_markdown_is_found(text: str) -> None:
    assert claims(gradient(text), "notes.md") == [gradient("G = 1")]


ROWS = {
    "chain": (r"G &= a \\ &= b", ["G = a = b"]),
    "sum goes on": (r"G &= a \\ &\quad + b", ["G = a + b"]),
    "hanging": (r"G &= a + \\ & b", ["G = a + b"]),
    "two claims": (r"G &= a \\ H &= b", ["G = a", "H = b"]),
    "minus begins a claim": (r"G &= a \\ -H &= b", ["G = a", "-H = b"]),
    "two columns": (r"G &= a & H &= b \\ &= c & &= d", ["G = a = c", "H = b = d"]),
    "words between": (r"G &= a \\ \intertext{and so} H &= b", ["G = a", "H = b"]),
    "cases within": (r"G &= \begin{cases} a & b \\ c & d \end{cases} \\ &= e",
                     [r"G = \begin{cases} a & b \\ c & d \end{cases} = e"]),
    "commas": (r"G &= a, \\ H &= b.", ["G = a", "H = b"]),
    "space asked for": ("G &= a \\\\[2pt]\n &= b \\\\*", ["G = a = b"]),
    "the range": (r"G &= a, \quad l = 1, \dots, L", ["G = a"]),
}


@pytest.mark.parametrize("rows, expected", ROWS.values(), ids=ROWS)
def test_the_rows_of_an_alignment(rows: str, expected: list[str]) -> None:
    letters = {"G": GRADIENT, "H": r"\frac{\partial C}{\partial b}"}

    def written(text: str) -> str:
        for letter, meaning in letters.items():
            text = text.replace(letter, meaning)
        return text

    found = claims("\\begin{align}\n" + written(rows) + "\n\\end{align}")
    assert [" ".join(claim.split()) for claim in found] == [written(one) for one in expected]


KINDS = [
    (r"\frac{\partial C}{\partial w} = a", CLAIM), (r"\dfrac{dC}{dw} = a", CLAIM), (r"\nabla_W J = a x^T", CLAIM),
    (r"\partial C / \partial w = a", CLAIM), (r"\pd{C}{w} = a", CLAIM), (r"dC/dw = a", CLAIM),
    (r"\frac{\mathrm{d} C}{\mathrm{d} w} = a", CLAIM), (r"\left(\frac{\partial C}{\partial w}\right)^T = a", CLAIM),
    (r"dW = x^T d", CLAIM), (r"dW^{[2]} = x", CLAIM), (r"d\mathbf{W} = x", CLAIM), (r"dQ = x", PASSED),
    (r"\delta^L = (a - y) \odot s", CLAIM), (r"\delta^l \equiv \frac{\partial C}{\partial z^l}", GIVEN),
    (r"\delta = \frac{\partial C}{\partial z}", GIVEN), (r"dW = m \frac{\partial J}{\partial W}", GIVEN),
    (r"\delta := (a - y)", GIVEN), (r"\delta = 0.1", PASSED), (r"g = \nabla_W L", GIVEN),
    ("z = W x + b", GIVEN), (r"z^l_j = \sum_k w^l_{jk} a^{l-1}_k", GIVEN), (r"\hat{y} = \sigma(z)", GIVEN),
    (r"\mathcal{L}(y, \hat{y}) = (y - \hat{y})^2", GIVEN), (r"f(x) = x^2", GIVEN),
    (r"\mathbf{h}_t = \tanh(x_t)", GIVEN),
    (r"J(\theta) = \frac{1}{m} \sum_i L_i", GIVEN), (r"\mathrm{loss} = \|y - a\|^2", GIVEN),
    (r"W \in \mathbb{R}^{n \times m}", WHERE), (r"l = 1, \dots, L", WHERE), (r"j \in S", PASSED),
    (r"w \leftarrow w - \eta g", PASSED), (r"w = w - \eta \frac{\partial C}{\partial w}", PASSED),
    (r"\Delta C \approx \frac{\partial C}{\partial w} \Delta w", PASSED), (r"\eta = 0.1", PASSED), (r"x + y", PASSED),
    (r"\sigma'(z) = \sigma(z)(1 - \sigma(z))", CLAIM), (r"q'(z) = 1", PASSED), (r"= 3", PASSED), ("", PASSED),
    (r"\frac{\partial C}{\partial w} \approx \frac{C(w + h) - C(w)}{h}", PASSED), (r"W x = 0", PASSED),
]


@pytest.mark.parametrize("text, expected", KINDS)
def test_what_a_statement_is(text: str, expected: str) -> None:
    letters = Letters(macros={"pd": r"\frac{\partial #1}{\partial #2}"})
    letters.learn(r"z = W x + b, a = \sigma(z)")
    assert kind(text, letters) == expected


def test_a_gradient_is_named_once_and_then_claimed() -> None:
    found = page(r"""\[ \delta^l \equiv \frac{\partial C}{\partial z^l} \]
        \[ \delta^L = \frac{\partial C}{\partial z^L} \] \[ g = \nabla_W C \] \[ g = \delta x^T \]
        \[ \delta_1 = \frac{\partial C}{\partial z_1} = p \]""").notes
    assert [(note.kind, note.text[:8]) for note in found] == [
        ("given", r"\delta^l"), ("claim", r"\delta^L"), ("given", r"g = \nab"), ("claim", r"g = \del"),
        ("claim", r"\delta_1")]


def test_a_definition_that_goes_on_is_a_claim_as_well() -> None:
    found = page(r"\[ \delta_1 = \frac{\partial C}{\partial z_1} = p \]"
                 r"\[ \delta_2 = \frac{\partial C}{\partial z_2} \]")
    assert [(note.kind, note.text) for note in found.notes] == [
        (GIVEN, r"\delta_1 = \frac{\partial C}{\partial z_1}"),
        (CLAIM, r"\delta_1 = \frac{\partial C}{\partial z_1} = p"),
        (GIVEN, r"\delta_2 = \frac{\partial C}{\partial z_2}")]


PAGES = {
    "right.tex": ["given 7:3", "given 8:3", "given 11:4", "given 13:4", "claim 16:3", "claim 17:3", "claim 19:3"],
    "wrong.tex": ["where 1:11", "where 2:11", "given 4:4", "given 6:18", "claim 9:3", "claim 10:3", "claim 15:18",
                  "claim 19:4"],
    "page.md": ["where 6:14", "where 7:14", "given 11:1", "given 15:1", "claim 18:20", "claim 22:1", "claim 23:1"],
}


@pytest.mark.parametrize("name, expected", PAGES.items(), ids=PAGES)
def test_where_the_notes_of_a_page_stand(name: str, expected: list[str]) -> None:
    found = read_page(read_source(str(NOTES / name)))
    assert [f"{note.kind} {note.place.line}:{note.place.column}" for note in found.notes] == expected


def test_displays_that_are_passed_over_are_counted() -> None:
    found = read_page(read_source(str(NOTES / "right.tex")))
    assert [place.line for place in found.passed] == [23]


@pytest.mark.parametrize("text, expected", [
    ("% derive: notation ng\n% derive: arch 3-4-2", [("notation", "ng"), ("arch", "3-4-2")]),
    ("%derive:given z = W x % more", [("given", "z = W x % more")]),
    ("%% derive: where W \\in \\mathbb{R}^n", [("where", r"W \in \mathbb{R}^n")]),
    ("% derive: elementwise \\times \\cdot\n% derive: layout numerator", [("elementwise", r"\times \cdot"),
                                                                          ("layout", "numerator")]),
    ("% derive: gvien", [("fault", "'gvien' is nothing that a magic comment can say\nDid you mean 'given'?")]),
    ("% derive: notation", [("fault", "'notation' needs a word after it\nWrite: derive: notation ng")]),
    ("% derived: given\n% a derive: given", []),
    ("\\begin{verbatim}\n% derive: gvien\n\\end{verbatim}", []),
])
def test_magic_comments(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(note.kind, note.text) for note in page(text).notes] == expected


@pytest.mark.parametrize("text, expected", [
    ("% derive: claim\n\\[ z = W x \\] \\[ z = W x \\]", ["claim", "given"]),
    ("% derive: given\n\\[ G = 1 \\] \\[ G = 1 \\]", ["given", "claim"]),
    ("% derive: claim\nLet $j = k$ be\n\\[ z = W x \\]", ["claim", "given"]),
    ("% derive: claim\nLet\n$j = k$ be\n\\[ z = W x \\]", ["claim"]),
    ("\\begin{align} G &= 1 \\\\ % derive: skip\n G &= 2 \\\\ G &= 3 \\end{align}", ["claim", "claim"]),
    ("% derive: skip\n\\begin{align} G &= 1 \\\\ G &= 2 \\end{align}", []),
])
def test_a_magic_word_speaks_of_the_next_formula(text: str, expected: list[str]) -> None:
    assert [note.kind for note in page(gradient(text)).notes] == expected


ENDS = {"\n": "lf", "\r\n": "crlf", "\r": "cr"}


@pytest.mark.parametrize("end", ENDS, ids=ENDS.values())
def test_line_ends_tabs_and_a_byte_order_mark_do_not_move_a_claim(end: str) -> None:
    data = b"\xef\xbb\xbf" + end.join(["text", "% é", "\té\t\\[ G = 1", "\\]"]).replace("G", GRADIENT).encode()
    note = read_page(source("notes.tex", data)).notes[0]
    assert (note.place.line, note.place.column, note.place.end_line, note.place.end_column) == (
        3, 7, 3, 7 + len(gradient("G = 1")))


REFUSED = {
    "large": (b"x" * (LARGEST + 1), "1,000,000 bytes"), "binary": (b"\\[ a \x00 \\]", "notes.tex:1:6: .*control"),
    "latin-1": ("\n\\[ \xe9 \\]".encode("latin-1"), "notes.tex:2: .*UTF-8"), "escape": (b"\x1b[31m", "control"),
}


@pytest.mark.parametrize("data, message", REFUSED.values(), ids=REFUSED)
def test_what_is_no_text_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(DeriveError, match=message):
        source("notes.tex", data)


@pytest.mark.parametrize("name", ["missing.tex", "", ".", "a\0b"])
def test_a_file_that_cannot_be_read_is_refused(name: str) -> None:
    with pytest.raises(DeriveError):
        read_source(name)


PIECES = ["$", "$$", "\\[", "\\]", "\\(", "{", "}", "&", "\\\\", "\\begin{align}", "\\end{align}", "\\begin{aligned}",
          "\\end{aligned}", "%", "\n", "\n\n", "=", "a", GRADIENT, ",", "\\quad", "\\text{for } ", "\\iffalse", "\\fi",
          "`", "```", "```math\n", "<!--", "-->", "derive: given", "\\", "\\left(", "\\begin{cases}", " ", "\r", "é",
          "\t", "+"]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.sampled_from(["a.tex", "a.md"]))
def test_every_character_of_a_claim_knows_where_it_stands(text: str, name: str) -> None:
    for note in page(text, name).notes:
        assert len(note.writing.at) == len(note.writing.text)
        for letter, at in zip(note.writing.text, note.writing.at, strict=True):
            assert letter == text[at] or letter == " "
        assert list(note.writing.at) == sorted(note.writing.at)


@given(st.text(max_size=200), st.sampled_from(["a.tex", "a.md"]))
def test_no_text_breaks_the_search(text: str, name: str) -> None:
    assert page(text, name).source.text == text


HEAVY = ["$", "$$", "\\[", "\\begin{align}", "{", "${", "$5{", "`", "``` ", "<!--", "\\iffalse ", "\\verb|",
         "% derive: given\n", "$a=b$ ", "\\[a=b\\]", "a\\\\", "\\left(", "\\text{a ", "\\begin{verbatim}"]


@pytest.mark.parametrize("name", ["a.tex", "a.md"])
@pytest.mark.parametrize("piece", HEAVY)
def test_a_long_file_of_one_piece_is_read(piece: str, name: str) -> None:
    text = piece * (60_000 // len(piece))
    assert page(text, name).source.text == text
    assert page("\\[" + text.replace("\\[", "") + "\\]", name).source.text


def test_the_links_of_a_chain() -> None:
    assert links(r"a = f(x = 1) \equiv \sum_{i=1} b := c") == ["a", "f(x = 1)", r"\sum_{i=1} b", "c"]
