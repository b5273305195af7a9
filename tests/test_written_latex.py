r"""LaTeX in, the neutral tree out: shown as text, `[a ~ b]` a juxtaposition, `x^{[|2 ; T}` the marks [2] and T."""

from __future__ import annotations

import pytest

from derive.errors import DeriveError
from derive.written import tree as t
from derive.written.latex import read, read_lines
from derive.written.latex.macros import collect
from derive.written.place import place


def shown(node: t.Node | None) -> str:
    """Short and unlike LaTeX, so that a test cannot pass by copying its input."""
    match node:
        case None:
            return "-"
        case t.Name():
            return "".join(f"{a}:" for a in node.accents) + (f"{node.font}:" if node.font else "") + node.letter
        case t.Number() | t.Text():
            return node.text
        case t.Mark():
            return (f"{node.bracket}|" if node.bracket else "") + shown(node.content)
        case t.Scripted():
            below = "_{" + " ; ".join(map(shown, node.below)) + "}" if node.below else ""
            above = "^{" + " ; ".join(map(shown, node.above)) + "}" if node.above else ""
            return shown(node.base) + below + above + "'" * node.primes
        case t.Group():
            return f"{node.bracket}<{shown(node.content)}>"
        case t.Listing():
            return ", ".join(map(shown, node.items))
        case t.Negative():
            return f"-{shown(node.content)}"
        case t.Add():
            return "sum(" + " + ".join(map(shown, node.terms)) + ")"
        case t.Product():
            rest = (f" {sign or '~'} {shown(f)}" for sign, f in zip(node.signs, node.factors[1:], strict=True))
            return f"[{shown(node.factors[0])}{''.join(rest)}]"
        case t.Fraction():
            return f"frac({shown(node.top)}, {shown(node.bottom)})"
        case t.Derivative():
            head = node.sign + (str(node.order) if node.order > 1 else "") + ("+" if node.plus else "")
            return f"{head}({shown(node.of)} by {', '.join(map(shown, node.by))})"
        case t.Big():
            limits = f"{', '.join(map(shown, node.indices))}; {shown(node.lower)}; {shown(node.upper)}; "
            return f"{node.kind}({limits}{shown(node.condition)}){{{shown(node.body)}}}"
        case t.Call():
            return f"{node.name}!({', '.join(map(shown, node.arguments))})"
        case t.Cases():
            return "cases(" + "; ".join(f"{shown(a)} if {shown(b)}" for a, b in node.rows) + ")"
        case t.Matrix():
            return "matrix(" + "; ".join(", ".join(map(shown, row)) for row in node.rows) + ")"
        case t.Dots():
            return "..."
        case t.Relations():
            rest = (f" {sign} {shown(p)}" for sign, p in zip(node.signs, node.parts[1:], strict=True))
            return shown(node.parts[0]) + "".join(rest)
    raise AssertionError(node)


PRECEDENCE = [
    (r"a = b + c", "a = sum(b + c)"),
    (r"a - b c", "sum(a + -[b ~ c])"),
    (r"A \odot B C", "[A odot [B ~ C]]"),
    (r"A \cdot B \odot C * D \times E \otimes F \circ G", "[A . B odot C * D x E otimes F circ G]"),
    (r"a b / c d", "[a ~ b / c ~ d]"),
    (r"-x \cdot -y", "-[x . -y]"),
    (r"+x", "x"),
    (r"- - x", "x"),
    (r"a = b = c", "a = b = c"),
    (r"a \equiv b := c \coloneqq d \triangleq e", "a equiv b := c := d := e"),
    (r"a \stackrel{\text{def}}{=} b", "a := b"),
    (r"a \overset{!}{=} b \ne c \not= d", "a = b != c != d"),
    (r"W \in \mathbb{R}^{n \times m}", "W in bb:R^{[n x m]}"),
    (r"l = 1, \dots, L", "l = 1, ..., L"),
    (r"\theta \leftarrow \theta - \eta g", "theta <- sum(theta + -[eta ~ g])"),
    (r"1e-9 + .5 + 2.25", "sum(1e-9 + .5 + 2.25)"),
]
MARKS = [
    (r"W^{[2]T}", "W^{[|2 ; T}"),
    (r"{W^{(2)}}^\top", "W^{(|2 ; top}"),
    (r"h^{(t)^\top}", "h^{(|t ; top}"),
    (r"h^{(k-1)\top}", "h^{(|sum(k + -1) ; top}"),
    (r"W_2^T", "W_{2}^{T}"),
    (r"W^{T}_{to\_out}", "W_{to_out}^{T}"),
    (r"A^{[l - 1]^T}", "A^{[|sum(l + -1) ; T}"),
    (r"(a^{[1]})^T", "(<a^{[|1}>^{T}"),
    (r"x^\intercal x^{\mathsf T} x^{\rm T}", "[x^{intercal} ~ x^{sf:T} ~ x^{rm:T}]"),
    (r"a^{[1](i)2}", "a^{[|1 ; (|i ; 2}"),
    (r"W^{lT} W^{l+1\top}", "[W^{l ; T} ~ W^{sum(l + 1) ; top}]"),
    (r"W^{T(2)}", "W^{T ; (|2}"),
    (r"W^{\left[ l \right]T}", "W^{[|l ; T}"),
    (r"a \left(b \right.\left.{} + c\right)", "[a ~ (<sum(b + c)>]"),
    (r"x^{(n-1)/2}", "x^{[(<sum(n + -1)> / 2]}"),
    (r"e^{(x)}", "e^{(<x>}"),
    (r"{x^2}^3", "x^{2}^{3}"),
    (r"a^{<t-1>} a^{\langle t \rangle} a^{[1]<t>}", "[a^{<|sum(t + -1)} ~ a^{<|t} ~ a^{[|1 ; <|t}]"),
    (r"g[1]^{'}(Z)", "[g ~ [<1>' ~ (<Z>]"),
    (r"f' f^\prime f^{'} f^{\prime} f'' {f^{[1]}}'", "[f' ~ f' ~ f' ~ f' ~ f'' ~ f^{[|1}']"),
    (r"g^{[1]'} g^{[1]\prime}", "[g^{[|1}' ~ g^{[|1}']"),
    (r"w_{1,1}^{(out)} x_{i_k}", "[w_{1, 1}^{(|out} ~ x_{i_{k}}]"),
    (r"a_{\rm in} W_\textrm{hh} b^{\text{(out)}}", "[a_{rm:in} ~ W_{rm:hh} ~ b^{(|rm:out}]"),
    (r"x^12", "[x^{1} ~ 2]"),
    (r"a^{[1],(i)} a^{(l),T}", "[a^{[|1 ; (|i} ~ a^{(|l ; T}]"),
    (r"L_\mathrm{se} W_{\mathrm{loss}} x_\frac12", "[L_{rm:se} ~ W_{rm:loss} ~ x_{frac(1, 2)}]"),
    (r"w^+ w^*", "[w^{+} ~ w^{*}]"),
]
DERIVATIVES = [
    (r"\frac{\partial C}{\partial w}", "partial(C by w)"),
    (r"\dfrac{dC}{dw}", "d(C by w)"),
    (r"\tfrac{\mathrm{d}C}{\mathrm{d}w} \frac{\mathrm d C}{\mathrm d w}", "[d(C by w) ~ d(C by w)]"),
    (r"{\partial C \over \partial w}", "partial(C by w)"),
    (r"\frac{\partial^2 C}{\partial w \partial b}", "partial2(C by w, b)"),
    (r"\frac{\partial^2 C}{\partial w_{ij}^2}", "partial2(C by w_{[i ~ j]}, w_{[i ~ j]})"),
    (r"\frac{d L(a,y)}{da}", "d([L ~ (<a, y>] by a)"),
    (r"\frac{\partial}{\partial W}(a + b) + c", "sum(partial((<sum(a + b)> by W) + c)"),
    (r"\frac{\partial}{\partial z}\frac12\sum_j x_j \cdot y - 1",
     "sum(partial([frac(1, 2) ~ sum(j; -; -; -){[x_{j} . y]}] by z) + -1)"),
    (r"\frac{\partial}{\partial w} = x", "partial(- by w) = x"),
    (r"\nabla_{W} J", "nabla(J by W)"),
    (r"\nabla_W J(W,b;x,y) h^T", "[nabla([J ~ (<W, b, x, y>] by W) ~ h^{T}]"),
    (r"\nabla_a C (1 - a)", "[nabla(C by a) ~ (<sum(1 + -a)>]"),
    (r"\nabla_x A^T x", "nabla([A^{T} ~ x] by x)"),
    (r"\nabla_x (x^T A x)", "nabla((<[x^{T} ~ A ~ x]> by x)"),
    (r"\nabla J", "nabla(J by )"),
    (r"\partial_{o_j} l(y, \hat y)", "partial([l ~ (<y, hat:y>] by o_{j})"),
    (r"\partial_{W_{hh}} h_t", "partial(h_{t} by W_{[h ~ h]})"),
    (r"\frac{\partial^+ h}{\partial w}", "partial+(h by w)"),
    (r"\partial C / \partial w = 2 dC/dw", "partial(C by w) = [2 ~ d(C by w)]"),
    (r"\frac{\partial C}{w}", "broken(C by w)"),
    (r"\frac{(w)}{\partial w}", "broken((<w> by w)"),
    (r"\frac{-\partial C}{\partial w}", "-partial(C by w)"),
    (r"\frac{dZ}{m} \frac{d}{n}", "[frac([d ~ Z], m) ~ frac(d, n)]"),
    (r"\frac{\partial(z)}{\partial(x)}", "partial((<z> by (<x>)"),
    (r"\dv{y}{x}", "d(y by x)"),
]
FUNCTIONS = [
    (r"\log \hat y + 1", "sum(log!(hat:y) + 1)"),
    (r"y\log \hat y_i (1-y)", "[y ~ log!(hat:y_{i}) ~ (<sum(1 + -y)>]"),
    (r"\ln 2x", "log!([2 ~ x])"),
    (r"\log p(x)", "log!([p ~ (<x>])"),
    (r"y \log h_w(x^{(i)}) + \log a(1-a)", "sum([y ~ log!([h_{w} ~ (<x^{(|i}>])] + [log!(a) ~ (<sum(1 + -a)>])"),
    (r"\exp(o_j)^2", "exp!(o_{j})^{2}"),
    (r"\tanh'(z) \tanh^2 z", "[tanh' ~ (<z> ~ tanh!(z)^{2}]"),
    (r"\text{diag}(v) x", "[diag!(v) ~ x]"),
    (r"\operatorname{diag} \Big( 1 - h \Big) x", "[diag!(sum(1 + -h)) ~ x]"),
    (r"\mathrm{softmax}(o)_j \mathrm{ReLU}(z)", "[softmax!(o)_{j} ~ relu!(z)]"),
    (r"\max(0, z) \max_j z_j", "[max!(0, z) ~ max(j; -; -; -){z_{j}}]"),
    (r"\arg\max_j z_j", "argmax(j; -; -; -){z_{j}}"),
    (r"\sqrt{d_k} \sqrt[3]{x} \sqrt2", "[sqrt!(d_{k}) ~ root!(x, 3) ~ sqrt!(2)]"),
    (r"np.sum(dZ,axis=1,keepdims=True)", "sum!([d ~ Z], axis = 1, keepdims = True)"),
    (r"\mathbb{1}[a > 0] \mathbf 1_n 1\{y=k\}", "[bb:1 ~ [<a > 0> ~ bold:1_{n} ~ 1 ~ \\{<y = k>]"),
    (r"|x| \|x\|^2 \lVert W \rVert_F^2 ||x||_2", "[|<x> ~ \\|<x>^{2} ~ \\|<W>_{F}^{2} ~ \\|<x>_{2}]"),
    (r"|a||b| = p(y|x)", "[|<a> ~ |<b>] = [p ~ (<y, x>]"),
]
BIGS = [
    (r"\sum_{j=1}^{n} a_j b_j + c", "sum(sum(j; 1; n; -){[a_{j} ~ b_{j}]} + c)"),
    (r"\sum_{j \ne y_i} x = 1", "sum(j; -; -; j != y_{i}){x} = 1"),
    (r"\sum\limits_k \prod_{j=i+1}^t a", "sum(k; -; -; -){prod(j; sum(i + 1); t; -){a}}"),
    (r"\sum_{c, k} \sum_{ij} \sum x", "sum(c, k; -; -; -){sum(i, j; -; -; -){sum(; -; -; -){x}}}"),
    (r"\sum_{\substack{i=1\\ i \ne j}}^n x_i", "sum(i; 1; n; i != j){x_{i}}"),
    (r"\sum_{1 \le i \le n} -x_i", "sum(i; -; -; 1 <= i <= n){-x_{i}}"),
    (r"\begin{cases} x & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}", "cases(x if x > 0; 0 if -)"),
    (r"\left\{\begin{array}{ll} 1 & x > 0 \\ 0 & x \le 0 \end{array}\right.", "cases(1 if x > 0; 0 if x <= 0)"),
    (r"\begin{bmatrix}2 & 1\\x_1 & -y\end{bmatrix}", "matrix(2, 1; x_{1}, -y)"),
    (r"a \dots b", "[a ~ ... ~ b]"),
    (r"(x)[:in\_len]", "[(<x> ~ [<:in\\_len>]"),
]
TYPED = [
    ("δˡ = (Wˡ⁺¹)ᵀδˡ⁺¹ ⊙ σ′(zˡ)",
     "delta^{l} = [[(<W^{sum(l + 1)}>^{T} ~ delta^{sum(l + 1)}] odot [sigma' ~ (<z^{l}>]]"),
    ("∂C/∂w₁ = 2·x² − ŷ", "partial(C by w_{1}) = sum([2 . x^{2}] + -hat:y)"),
    ("∇_θ J ≤ ½", "nabla(J by theta) <= frac(1, 2)"),
    ("dC_dw1 = delta^L sigma'(z)", "d(C by w_{1}) = [delta^{L} ~ sigma' ~ (<z>]"),
    ("dC/dw1 = delta^L sigma'(z)", "d(C by w_{1}) = [delta^{L} ~ sigma' ~ (<z>]"),
    ("a^(l-1)", "a^{(|sum(l + -1)}"),
    ("sum_j w_j + b", "sum(sum(j; -; -; -){w_{j}} + b)"),
    ("W2^T delta2 - X.T @ y", "sum([W_{2}^{T} ~ delta_{2}] + -[X^{T} @ y])"),
    ("softmax(z) tanh(z) loss", "[softmax!(z) ~ tanh!(z) ~ loss]"),
    ("dloss dW", "[d ~ loss ~ d ~ W]"),
]
WRAPPED = [
    (r"$a = b$.", "a = b"),
    (r"\[ a = b, \]", "a = b"),
    (r"\begin{equation}\label{eq:1} a = b \tag{BP1} \nonumber \end{equation}", "a = b"),
    (r"\begin{align*} a &= b \\ &= c \\ &\quad + d \end{align*}", "a = b = sum(c + d)"),
    (r"\displaystyle\bigl(a\,\bigr)\;b~", "[(<a> ~ b]"),
    (r"\underbrace{a b}_{\text{some words}} \color{red}{c}", "[{<[a ~ b]> ~ c]"),
    (r"\boxed{a = b}", "a = b"),
    (r"{\boldsymbol{g}} \hat{\mathbf{y}} \tilde{C_t} \vec{0}", "[bold:g ~ hat:bold:y ~ tilde:C_{t} ~ vec:0]"),
    (r"a_i = b_i, \quad \forall i", "a_{i} = b_{i}"),
    (r"a = b \quad \text{for all } i = 1", "a = b"),
    (r"a = b \text{ (chain rule)}", "a = b"),
    ("a % a comment\n= b", "a = b"),
]


@pytest.mark.parametrize(("latex", "expected"),
                         [*PRECEDENCE, *MARKS, *DERIVATIVES, *FUNCTIONS, *BIGS, *TYPED, *WRAPPED])
def test_reads(latex: str, expected: str) -> None:
    assert shown(read(latex)) == expected


@pytest.mark.parametrize(("latex", "where", "said"), [
    (r"\simga(x)", "1:1", "sigma"),
    ("a =\n  \\pd{C}{w}", "2:3", r"\pd"),
    ("(a + b", "1:1", "this ( is never closed"),
    (r"a + \left[b", "1:5", r"this \left[ is never closed"),
    ("{a", "1:1", "this { is never closed"),
    ("a)", "1:2", "closes nothing"),
    ("(a]", "1:3", "does not close the ( at 1:1"),
    ("a +", "1:4", "the formula ends"),
    (r"\frac{a}", "1:1", "lacks an argument"),
    ("x^", "1:2", "lacks an argument"),
    ("^2", "1:1", "stands on nothing"),
    ("", "1:1", "no formula"),
    ("$ $", "1:1", "no formula"),
    ("()", "1:1", "nothing between"),
    ("= b", "1:1", "nothing to the left"),
    ("a = b, c = d", "1:8", "second formula"),
    ("a = 1, 2, c = d", "1:5", "two formulas"),
    (r"a = b \\ c = d", "1:10", "second formula"),
    (r"a = b \Rightarrow c = d", "1:19", "second formula"),
    (r"\partial C", "1:1", "belongs to no derivative"),
    (r"\sin^{-1} x", "1:1", "power -1"),
    (r"\hat{ab}", "1:1", "more than one letter"),
    (r"\sum_{a+b} x", "1:1", "index"),
    (r"\sum_j", "1:7", "runs over"),
    (r"\left. x \right|_{x=0}", "1:1", "open on one side"),
    ("the slope of the cost", "1:15", "these are words"),
    ("a # b", "1:3", "no place"),
    ("9" * 100, "1:1", "100 digits"),
])
def test_refusals_name_the_place(latex: str, where: str, said: str) -> None:
    with pytest.raises(DeriveError) as refused:
        read(latex)
    assert refused.value.where == where
    assert said in str(refused.value)
    assert refused.value.do


@pytest.mark.parametrize("opening", [
    "(", "[", "{", r"\{", r"\left(", "x^{", "x_", r"\frac", r"\frac{", r"\hat ", r"\sqrt ", r"\sum ", r"\log ", r"\rm ",
    r"\nabla ", r"\partial_", r"\mathbf ", r"\nabla J(", r"\begin{cases}", "{a \\over ", r"\text{", r"\log p(", "(-x+",
    r"\substack{", r"\stackrel{", r"\left.", "||x+", "|x+", "10^{", r"\boxed{", r"\tag[", r"\begin{", "dC/",
])
def test_depth_is_refused_and_never_a_recursion_error(opening: str) -> None:
    with pytest.raises(DeriveError):
        read(opening * 5000)


@pytest.mark.parametrize("text", ["x" * 999_999, "x" * 2_000_000, "(" * 999_999, " " * 999_999, r"\text{" * 150_000,
                                  r"\tag[" * 190_000, "1" * 999_999, r"\left" * 150_000])
def test_size_is_refused(text: str) -> None:
    with pytest.raises(DeriveError):
        read(text)


def cut(node: t.Node, source: str) -> str:
    """What was written there."""
    return source[node.span.start:node.span.stop]


def test_macros_are_written_out_where_they_stand() -> None:
    macros = collect(r"""
        \newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}  % a comment with \newcommand{\x}{
        \newcommand\after[2][T]{#2^{#1}}   \def\bb#1{\mathbf{#1}}   \DeclareMathOperator{\rl}{ReLU}
        \let\oldvec\vec \renewcommand{\vec}[1]{\oldvec{\mathbf{#1}}}""")
    source = r"\pd{C}{w} = \after{x} \after[2]{x} \bb W \rl(z) \vec{v}"
    found = read(source, macros)
    assert shown(found) == "partial(C by w) = [x^{T} ~ x^{2} ~ bold:W ~ relu!(z) ~ vec:bold:v]"
    assert cut(found.parts[0], source) == r"\pd{C}{w}"[:found.parts[0].span.stop]
    assert place(source, found.parts[1].span.start) == "1:13"


DOUBLING = "".join(rf"\def\{chr(97 + i)}q{{\{chr(98 + i)}q\{chr(98 + i)}q}}" for i in range(24)) + r"\def\yq{x}"


@pytest.mark.parametrize(("definitions", "use"), [
    (r"\def\a{\a}", r"\a"), (r"\def\a{\b}\def\b{x\a}", r"\a"), (DOUBLING, r"\aq"),
    (r"\newcommand{\a}[1]{#1#1}", r"\a{" * 20 + "x" + "}" * 20), (r"\newcommand{\a}[2]{#1}", r"\a x"),
    (r"\newcommand{\a}[1]{#1}", r"\a{x"), (r"\newcommand{\a}{\text{x}", r"\a"),
])
def test_macros_that_do_not_end_are_refused(definitions: str, use: str) -> None:
    with pytest.raises(DeriveError) as refused:
        read(use, collect(definitions))
    assert refused.value.where


@pytest.mark.parametrize("text", [r"\newcommand{\a}{" * 60_000, r"\def\a" * 160_000, r"\newcommand{\a}[1][" * 50_000])
def test_definitions_without_end_are_left_alone(text: str) -> None:
    assert collect(text) == {}


def test_rows_of_an_alignment() -> None:
    rows = read_lines(r"\begin{align} a &= b, \\[2pt] &= c \\ d &= \begin{bmatrix}1\\2\end{bmatrix}. \end{align}")
    assert [shown(row) for row in rows] == ["a = b = c", "d = matrix(1; 2)"]
    several = read_lines(r"a = b, \quad c = d \quad\text{and}\quad e = 1, \dots, f \Rightarrow g = h")
    assert [shown(row) for row in several] == ["a = b", "c = d", "e = 1, ..., f", "g = h"]


def test_spans_are_places_in_the_source() -> None:
    source = r"\delta^l = \left( W^{[2]T} x \right) \odot \sigma'(z) - \frac{1}{m} y"
    found = read(source)
    pieces = [cut(node, source) for node in found.walk()]
    for expected in (r"\delta^l", r"\left( W^{[2]T} x \right)", r"W^{[2]T}", "[2]", r"\sigma'", r"- \frac{1}{m} y",
                     r"\frac{1}{m}", r"\left( W^{[2]T} x \right) \odot \sigma'(z)"):
        assert expected in pieces
    assert cut(found, source) == source
