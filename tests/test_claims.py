r"""What the letters of a claim mean in a context, and what a claim comes to there.

A term is shown in one line: `W(2)[j,k]` is the entry j, k of W at the mark 2, `d(L; W)` a derivative.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from derive.check.compare import Points
from derive.claims import terms as T
from derive.claims.context import Context
from derive.claims.evaluate import Evaluation
from derive.claims.refused import Conflict, Refused
from derive.errors import DeriveError

SHOWN = {
    T.Constant: lambda t: str(t.value),
    T.Letter: lambda t: t.name,
    T.Size: lambda t: "#" + t.name + listed("()", t.marks),
    T.Ref: lambda t: t.variable.name + listed("()", t.marks) + listed("[]", t.entries),
    T.Entry: lambda t: shown(t.content) + listed("[]", t.entries),
    T.Sum: lambda t: "(" + " + ".join(map(shown, t.terms)) + ")",
    T.Opposite: lambda t: "-" + shown(t.content),
    T.Times: lambda t: f"({shown(t.left)} {t.sign + ' ' if t.sign else ''}{shown(t.right)})",
    T.Over: lambda t: f"({shown(t.top)} / {shown(t.bottom)})",
    T.Power: lambda t: f"{shown(t.base)}^{shown(t.exponent)}",
    T.Transposed: lambda t: f"{shown(t.content)}^T",
    T.Applied: lambda t: t.function.name + listed("<>", t.marks) + "'" * t.order + f"({many(t.arguments)})",
    T.Differential: lambda t: f"{'partial' if t.direct else 'd'}({shown(t.of)}; {many(t.by)})",
    T.Reduced: lambda t: f"{t.kind}[{limits(t)}]({shown(t.body)})",
    T.Whole: lambda t: f"{t.kind}({shown(t.content)})",
    T.Compared: lambda t: f"{shown(t.left)} {t.sign} {shown(t.right)}",
    T.Indicated: lambda t: f"1({shown(t.condition)})",
    T.Chosen: lambda t: "cases(" + "; ".join(f"{shown(v)} if {shown(c)}" if c else shown(v) for v, c in t.rows) + ")",
    T.Array: lambda t: "[" + "; ".join(many(row) for row in t.rows) + "]",
    T.Primed: lambda t: shown(t.content) + "'" * t.order,
    T.Unit: lambda t: "ones" + (f"({shown(t.size)})" if t.size else ""),
}


def shown(term: T.Term | None) -> str:
    return ":" if term is None else SHOWN[type(term)](term)


def many(terms: tuple[T.Term | None, ...]) -> str:
    return ", ".join(map(shown, terms))


def listed(brackets: str, terms: tuple[T.Term | None, ...]) -> str:
    return brackets[0] + ",".join(map(shown, terms)) + brackets[1] if terms else ""


def limits(term: T.Reduced) -> str:
    bounds = f" = {shown(term.lower)}..{shown(term.upper) if term.upper else ''}" if term.lower else ""
    return ",".join(term.letters) + bounds + (f" | {shown(term.condition)}" if term.condition else "")


CONTEXTS = {
    "linear": Context((r"z = W x + b", r"a = \sigma(z)", r"L = \ell(a)"), (r"\ell: scalar",)),
    "network": Context((r"z^l = w^l a^{l-1} + b^l", r"a^l = \sigma(z^l)", r"C = \frac12 \|a^L - y\|^2",
                        r"\delta^l = \frac{\partial C}{\partial z^l}"), (r"l = 1, \dots, L",)),
    "ng": Context((r"Z^{[1]} = W^{[1]} X + b^{[1]}", r"A^{[1]} = g^{[1]}(Z^{[1]})",
                   r"Z^{[2]} = W^{[2]} A^{[1]} + b^{[2]}", r"A^{[2]} = g^{[2]}(Z^{[2]})",
                   r"J = \frac1m \ell(A^{[2]})"), (r"X \in \mathbb{R}^{n \times m}", r"\ell: scalar")),
    "rnn": Context((r"h_t = \tanh(W_{hh} h_{t-1} + W_{xh} x_t)", r"L_t = \ell(h_t)", r"L = \sum_{t=1}^T L_t"),
                   (r"\ell: scalar", r"t = 1, \dots, T")),
    "indices": Context((r"z_j = \sum_k w_{jk} x_k + b_j", r"a_j = \sigma(z_j)",
                        r"C = \frac{1}{2} \sum_j (a_j - y_j)^2")),
    "softmax": Context((r"p = \mathrm{softmax}(z)", r"L = -\sum_k y_k \log p_k"), ("y: one-hot",)),
    "mean": Context((r"f(x) = x^2 + c x", r"J = \frac{1}{m} \sum_{i=1}^m (w x_i - y_i)^2",), (r"i = 1, \dots, m",)),
    "totals": Context((r"h_t = \tanh(w h_{t-1} + u x_t)", r"L_t = \ell(h_t)", r"L = \sum_{t=1}^T L_t"),
                      (r"t = 1, \dots, T",)),
}

MEANT = [
    ("linear", r"W x", "(W x)"),
    ("linear", r"W \cdot x", "(W . x)"),
    ("linear", r"x^{\top} W^T", "(x^T W^T)"),
    ("linear", r"\sigma'(z)", "sigma'(z)"),
    ("linear", r"\sigma(z)(1 - \sigma(z))", "(sigma(z) (1 + -sigma(z)))"),
    ("linear", r"a (1 - a)", "(a (1 + -a))"),
    ("linear", r"a \odot (1 - a)", "(a odot (1 + -a))"),
    ("linear", r"\frac{\partial L}{\partial W}", "d(L; W)"),
    ("linear", r"\nabla_W L", "d(L; W)"),
    ("linear", r"dW", "d(the cost; W)"),
    ("linear", r"\frac{\partial^2 L}{\partial z \partial x}", "d(L; z, x)"),
    ("linear", r"W_{jk}", "W[j,k]"),
    ("linear", r"(W x)_j", "(W x)[j]"),
    ("linear", r"x^2", "x^2"),
    ("linear", r"\|z\|^2", "norm2(z)"),
    ("linear", r"e^{-z}", "exp(-z)"),
    ("linear", r"\sqrt{x}", "sqrt(x)"),
    ("linear", r"4.5 x", "(9/2 x)"),
    ("linear", r"\mathbf{1}_{z > 0}", "1(z > 0)"),
    ("linear", r"[z > 0]", "1(z > 0)"),
    ("linear", r"\mathbb{1}[z_j > 0]", "1(z[j] > 0)"),
    ("linear", r"\delta_{jk}", "1(j = k)"),
    ("linear", r"\mathbf{1}^T z", "(ones^T z)"),
    ("linear", r"\operatorname{tr}(W)", "trace(W)"),
    ("linear", r"\sum_j z_j", "sum[j](z[j])"),
    ("linear", r"\prod_{k \neq j} z_k", "prod[k | k != j](z[k])"),
    ("linear", r"\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}", "[1, 0; 0, 1]"),
    ("network", r"\delta^l", "delta(l)"),
    ("network", r"\delta^2", "delta(2)"),
    ("network", r"\delta^L_j", "delta(#L)[j]"),
    ("network", r"w^{l+1}_{kj}", "w((l + 1))[k,j]"),
    ("network", r"(w^{l+1})^T \delta^{l+1} \odot \sigma'(z^l)",
     "((w((l + 1))^T delta((l + 1))) odot sigma'(z(l)))"),
    ("network", r"{w^l}^T", "w(l)^T"),
    ("network", r"w^{lT}", "w(l)^T"),
    ("network", r"\frac{\partial C}{\partial w^l_{jk}}", "d(C; w(l)[j,k])"),
    ("network", r"\frac{\partial C}{\partial a}", "d(C; a(#L))"),
    ("network", r"{a^L}'", "a(#L)'"),
    ("ng", r"W^{[2]T} dZ^{[2]}", "(W(2)^T d(the cost; Z(2)))"),
    ("ng", r"g^{[1]'}(Z^{[1]})", "g<1>'(Z(1))"),
    ("ng", r"\frac1m dZ^{[2]} A^{[1]T}", "(((1 / #m) d(the cost; Z(2))) A(1)^T)"),
    ("rnn", r"h_{t-1}", "h((t + -1))"),
    ("rnn", r"\frac{\partial^+ h_t}{\partial W_{hh}}", "partial(h(t); W_h_h)"),
    ("totals", r"\frac{\partial L}{\partial w}", "d(total L; w)"),
    ("totals", r"\frac{\partial L_t}{\partial w}", "d(L(t); w)"),
    ("totals", r"\sum_{k=1}^T L_k", "sum[k = 1..#T](L(k))"),
    ("indices", r"(a_j - y_j) \sigma'(z_j) x_k", "(((a[j] + -y[j]) sigma'(z[j])) x[k])"),
    ("indices", r"\sum_j \frac{\partial C}{\partial z_j} w_{jk}", "sum[j]((d(C; z[j]) w[j,k]))"),
    ("indices", "a_j'", "a[j]'"),
    ("softmax", r"p_i (\delta_{ij} - p_j)", "(p[i] (1(i = j) + -p[j]))"),
    ("softmax", r"\mathrm{diag}(p) - p p^T", "(diag(p) + -(p p^T))"),
    ("softmax", r"\begin{cases} p_i & i = j \\ -p_j & i \neq j \end{cases}", "cases(p[i] if i = j; -p[j] if i != j)"),
    ("mean", r"f'(2)", "f'(2)"),
    ("mean", r"\frac2m \sum_{i=1}^m (w x_i - y_i) x_i",
     "((2 / #m) sum[i = 1..#m]((((w x[i]) + -y[i]) x[i])))"),
]
REFUSED = [
    ("linear", r"q", "does not say what 'q' is"),
    ("linear", r"\frac{\partial L}{\partial (W x)}", "by a variable only"),
    ("linear", r"1 + \dots + 3", "dots leave something out"),
    ("linear", r"(1, 2)", "brackets with a comma"),
    ("linear", r"\nabla L", "does not say by what"),
    ("linear", r"(W x)'", "a transpose or a derivative"),
    ("softmax", r"\sum p", None),
    ("rnn", r"\frac{L}{\partial h_t}", "is missing above or below"),
]


@pytest.mark.parametrize(("context", "text", "meaning"), MEANT)
def test_what_is_meant(context: str, text: str, meaning: str) -> None:
    assert shown(term(context, text)) == meaning


@pytest.mark.parametrize(("context", "text", "why"), [row for row in REFUSED if row[2]])
def test_what_cannot_be_meant_is_refused_at_its_place(context: str, text: str, why: str) -> None:
    with pytest.raises((Refused, DeriveError), match=why) as refused:
        term(context, text)
    if isinstance(refused.value, Refused):
        assert 0 <= refused.value.span.start < refused.value.span.stop <= len(text)


def term(context: str, text: str) -> T.Term:
    return CONTEXTS[context].term(CONTEXTS[context].read(text).parts[0])
