"""Whatever is typed, the reader returns a tree with sane places or refuses with a place; nothing else happens."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from derive.errors import DeriveError
from derive.written import tree as t
from derive.written.latex import read, read_lines
from derive.written.latex.macros import collect

FORMULAS = (
    r"\delta^{[l]} = \left(W^{[l+1]T} \delta^{[l+1]}\right) \odot \sigma'(z^{[l]})",
    r"\frac{\partial^2 C}{\partial w_{ij} \partial b} = -\sum_{k \ne j}^{n} x_k^{(i)2} \log \hat{y}_k + |a| \|b\|^2",
    r"\nabla_{\mathbf{W}} J(W,b;x,y) = {a \over b}^{\top} \max(0, x) \begin{cases} 1 & x > 0 \\ 0 & y \end{cases}",
    r"\boxed{dC/dw_1 := \operatorname{diag}(v) \tanh'(z)} \stackrel{d}{=} \sqrt[3]{x}!",
    r"\begin{align} a &= b^{<t-1>} \\ &= \underbrace{c}_{d} \cdot \mathbb{1}\{y = k\}, \end{align}",
    "δˡ = (Wˡ⁺¹)ᵀ δˡ⁺¹ ⊙ σ′(zˡ) + np.sum(dZ, axis=1)",
    r"\newcommand{\pd}[2][x]{\frac{d #1}{d #2}} \def\a#1{\a{#1}} \let\b=\a",
)
PIECES = sorted({*"{}()[]|^_'+-*/=<>,;.:!&@#$%~ \\0123456789abdeTlx", "\\\\", r"\frac", r"\partial", r"\nabla", r"\sum",
                 r"\max", r"\arg", r"\left", r"\right", r"\left.", r"\right.", r"\{", r"\}", r"\|", r"\hat", r"\mathbf",
                 r"\rm", r"\text{if}", r"\text{", r"\over", r"\begin{cases}", r"\end{cases}", r"\begin{bmatrix}",
                 r"\end{bmatrix}", r"\begin{align}", r"\end{align}", r"\stackrel", r"\not", r"\log", r"\tanh", r"\sqrt",
                 r"\top", r"\prime", r"\cdot", r"\odot", r"\dots", r"\substack", r"\operatorname{diag}", r"\_",
                 r"\boxed", r"\underbrace", r"\tag", r"\color", "np.sum", "sigma", "softmax", "sum", "δ", "²", "ᵀ", "ŷ",
                 "\u0302", r"\pd", r"\a", r"\b", "||", "dC/dw", r"\int", "\x00", "\n"})
soup = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
MACROS = collect(FORMULAS[-1])


@st.composite
def mutants(draw: st.DrawFn) -> str:
    """A formula with a few pieces cut out, put in or said twice."""
    text = draw(st.sampled_from(FORMULAS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        stop = draw(st.integers(start, min(len(text), start + 8)))
        text = text[:start] + draw(st.sampled_from([*PIECES, "", text[start:stop] * 2])) + text[stop:]
    return text


def sane(text: str) -> None:
    """Every span lies within the text; every refusal has a place and an advice."""
    try:
        found = (read(text), *read_lines(text, MACROS))
    except DeriveError as refused:
        line, _, column = refused.where.partition(":")
        assert int(line) >= 1 and int(column) >= 1
        assert refused.what and refused.do
        return
    for formula in found:
        assert len(formula.signs) == len(formula.parts) - 1
        for node in formula.walk():
            assert 0 <= node.span.start <= node.span.stop <= len(text)
            assert not isinstance(node, t.Product) or len(node.signs) == len(node.factors) - 1


@given(soup)
@settings(max_examples=400, deadline=None)
def test_any_pieces_are_read_or_refused(text: str) -> None:
    sane(text)


@given(mutants())
@settings(max_examples=400, deadline=None)
def test_a_formula_with_slips_is_read_or_refused(text: str) -> None:
    sane(text)


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    sane(text)
    collect(text)


@given(soup)
@settings(max_examples=100, deadline=None)
def test_definitions_of_any_kind_end(body: str) -> None:
    macros = collect(rf"\newcommand{{\a}}[1]{{{body}}}\def\b{{{body}}}")
    for use in (r"\a{\b}", r"\b\a x"):
        try:
            read(use, macros)
        except DeriveError as refused:
            assert refused.where
