r"""What the letters of a claim mean in a context, and what a claim comes to there.

A term is shown in one line: `W(2)[j,k]` is the entry j, k of W at the mark 2, `d(L; W)` a derivative.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache, partial
from typing import Any

import numpy as np
import pytest

from derive.check.compare import Points
from derive.claims import terms as T
from derive.claims.context import Context
from derive.claims.evaluate import Evaluation
from derive.claims.refused import Conflict, Refused
from derive.errors import DeriveError
from derive.points import Unlucky

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
    ("rnn", r"\frac{L}{\partial h_t}", "is missing above or below"),
]


@pytest.mark.parametrize(("context", "text", "meaning"), MEANT)
def test_what_is_meant(context: str, text: str, meaning: str) -> None:
    assert shown(term(context, text)) == meaning


@pytest.mark.parametrize(("context", "text", "why"), REFUSED)
def test_what_cannot_be_meant_is_refused_at_its_place(context: str, text: str, why: str) -> None:
    with pytest.raises((Refused, DeriveError), match=why) as refused:
        term(context, text)
    if isinstance(refused.value, Refused):
        assert 0 <= refused.value.span.start < refused.value.span.stop <= len(text)


def term(context: str, text: str) -> T.Term:
    return CONTEXTS[context].term(CONTEXTS[context].read(text).parts[0])


Floats = Any
"""A float, or a NumPy array of them."""


def floats(value: Any) -> Floats:
    if isinstance(value, np.ndarray):
        return np.vectorize(lambda one: float(one.real), otypes=[float])(value)
    return float(value.real)


@cache
def points(given: tuple[str, ...], where: tuple[str, ...]) -> Points:
    return Points(Context(given, where))


def value(context: Context, text: str, layout: str = "denominator", **env: int) -> Floats:
    """What a formula comes to at the first point, in floats."""
    part = context.term(context.read(text).parts[0], frozenset(env))
    return floats(points(context.given, context.where).evaluation(layout, 1).term(part, env))


PLAIN = Context((r"z = W x + b", r"a = \sigma(z)", r"C = \frac12 \|a - y\|^2", r"S = A A"),
                (r"\sigma: sigmoid", r"W \in \mathbb{R}^{n \times d}", r"A \in \mathbb{R}^{k \times k}"))
DEEP = Context((r"z^l = w^l a^{l-1} + b^l", r"a^l = \tanh(z^l)", r"C = \frac12 \|a^L - y\|^2"), (r"l = 1, \dots, L",))
CASES = Context((r"f(u) = u^2 + 3 u", r"r_j = \max(0, z_j)", r"q = \sum_j r_j + \sum_j v_j s_j",
                 r"g_j = \begin{cases} z_j & z_j > 0 \\ 2 z_j & z_j \le 0 \end{cases}"))


def sigmoid(z: Floats) -> Floats:
    return 1 / (1 + np.exp(-z))


def softmax(z: Floats) -> Floats:
    return np.exp(z) / np.exp(z).sum()


VALUES = [
    (PLAIN, r"W x + b", lambda v: v("W") @ v("x") + v("b")),
    (PLAIN, r"x^T W^T", lambda v: (v("W") @ v("x")).T),
    (PLAIN, r"\sigma(z)", lambda v: sigmoid(v("z"))),
    (PLAIN, r"\sigma'(z)", lambda v: sigmoid(v("z")) * (1 - sigmoid(v("z")))),
    (PLAIN, r"\sigma''(z)", lambda v: (s := sigmoid(v("z"))) * (1 - s) * (1 - 2 * s)),
    (PLAIN, r"(a - y) \odot a", lambda v: (v("a") - v("y")) * v("a")),
    (PLAIN, r"a^T y", lambda v: float(np.vdot(v("a"), v("y")))),
    (PLAIN, r"a \cdot y", lambda v: float(np.vdot(v("a"), v("y")))),
    (PLAIN, r"a \otimes x", lambda v: np.outer(v("a"), v("x"))),
    (PLAIN, r"C", lambda v: 0.5 * float(((v("a") - v("y")) ** 2).sum())),
    (PLAIN, r"\|y\|", lambda v: float(np.sqrt((v("y") ** 2).sum()))),
    (PLAIN, r"\frac{x}{2} - 0.25", lambda v: v("x") / 2 - 0.25),
    (PLAIN, r"\operatorname{diag}(a)", lambda v: np.diag(v("a").ravel())),
    (PLAIN, r"\operatorname{diag}(a) W", lambda v: v("a") * v("W")),
    (PLAIN, r"\operatorname{tr}(A)", lambda v: float(np.trace(v("A")))),
    (PLAIN, r"\operatorname{tr}(A^T A)", lambda v: float((v("A") ** 2).sum())),
    (PLAIN, r"A^3", lambda v: np.linalg.matrix_power(v("A"), 3)),
    (PLAIN, r"A^{-1}", lambda v: np.linalg.inv(v("A"))),
    (PLAIN, r"A^{-T}", lambda v: np.linalg.inv(v("A")).T),
    (PLAIN, r"S_{ij}", lambda v: float((v("A") @ v("A"))[0, 1])),
    (PLAIN, r"\sum_j a_j x_i", lambda v: float(v("a").sum() * v("x")[0, 0])),
    (PLAIN, r"\sum_{j \neq i} a_j", lambda v: float(v("a")[1:].sum())),
    (PLAIN, r"\prod_j a_j", lambda v: float(v("a").prod())),
    (PLAIN, r"\mathbf{1}^T a", lambda v: float(v("a").sum())),
    (PLAIN, r"\mathrm{softmax}(z)", lambda v: softmax(v("z"))),
    (PLAIN, r"e^{x_1} + \ln 2", lambda v: float(np.exp(v("x")[0, 0]) + np.log(2))),
    (PLAIN, r"\delta_{ij}", lambda v: 0.0),
    (PLAIN, r"1 - \delta_{ii}", lambda v: 0.0),
    (DEEP, r"a^2", lambda v: np.tanh(v("w^2") @ np.tanh(v("w^1") @ v("a^0") + v("b^1")) + v("b^2"))),
    (DEEP, r"\sum_{l=1}^2 \|b^l\|^2", lambda v: float((v("b^1") ** 2).sum() + (v("b^2") ** 2).sum())),
    (PLAIN, r"A^{-2} A", lambda v: np.linalg.inv(v("A"))),
    (CASES, r"f(3)", lambda v: 18.0),
    (CASES, r"f'(3)", lambda v: 9.0),
    (CASES, r"r_i", lambda v: max(0.0, v("z")[0, 0])),
    (CASES, r"g", lambda v: np.where(v("z") > 0, v("z"), 2 * v("z"))),
    (CASES, r"\mathbb{1}[z_i > 0]", lambda v: float(v("z")[0, 0] > 0)),
    (CASES, r"\max_j z_j", lambda v: float(v("z").max())),
    (CASES, r"\sum_{k=1}^4 k", lambda v: 10.0),
]


@pytest.mark.parametrize(("context", "text", "numbers"), VALUES, ids=[row[1] for row in VALUES])
def test_values_are_those_of_numpy(context: Context, text: str, numbers: Any) -> None:
    """At i = 1, j = 2."""
    expected = numbers(lambda name: value(context, name))
    found = value(context, text, i=1, j=2)
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


ANY = (r"z = W x + b", r"a = \sigma(z)", r"C = \ell(a)")
ANYWHERE = (r"\ell: scalar", r"W \in \mathbb{R}^{n \times d}")
SLOPES = [
    (ANY, ANYWHERE, "C", "W"), (ANY, ANYWHERE, "C", "x"), (ANY, ANYWHERE, "C", "b"), (ANY, ANYWHERE, "a_1", "W"),
    (DEEP.given, DEEP.where, "C", "w^1"), (DEEP.given, DEEP.where, "C", "b^2"),
    (DEEP.given, DEEP.where, "a^2_1", "w^1"),
    (("C = \\sum_j y_j \\log p_j", r"p = \mathrm{softmax}(z)"), (), "C", "z"),
    (("C = \\sum_j |x_j|^3 + \\max(0, x_1)",), (), "C", "x"),
    ((r"\hat x = \frac{x - \mu}{v + 2}", r"\mu = \frac1m \sum_i x_i", r"v = \frac1m \sum_i (x_i - \mu)^2",
      r"C = \sum_i \hat x_i^3"), (r"i = 1, \dots, m",), "C", "x"),
    ((r"h_t = \tanh(w h_{t-1} + u x_t)", r"C = h_T^2"), (r"t = 1, \dots, T",), "C", "w"),
]


@pytest.mark.parametrize(("given", "where", "of", "by"), SLOPES)
def test_derivatives_are_central_differences(given: tuple[str, ...], where: tuple[str, ...], of: str, by: str) -> None:
    context = Context(given, where)
    top = context.term(context.read(of).parts[0])
    evaluation = next(one for one in map(partial(Points(context).evaluation, "denominator"), range(1, 20))
                      if exists(one, top))
    leaf = context.term(context.read(by).parts[0])
    assert isinstance(leaf, T.Ref)
    key = (leaf.variable.name, tuple(evaluation.world.whole(mark, {}) for mark in leaf.marks))
    here = evaluation.term(leaf, {})
    leaves = {at: one for at, one in evaluation.values.items()
              if not evaluation.defining(context.vocabulary.variables[at[0]], at[1])}
    box = here if isinstance(here, np.ndarray) else np.array(here, dtype=object)

    def moved(at: tuple[int, ...], step: Fraction) -> float:
        there = box.copy()
        there[at] = box[at] + step
        changed = {**leaves, key: there if isinstance(here, np.ndarray) else there[()]}
        return float(Evaluation(evaluation.world, changed).term(top, {}).real)

    step = Fraction(1, 10**5)
    differences = np.array([(moved(at, step) - moved(at, -step)) / (2 * step) for at in np.ndindex(box.shape)], float)
    slope = context.term(context.read(rf"\frac{{\partial {of}}}{{\partial {by}}}").parts[0])
    found = np.ravel(floats(evaluation.term(slope, {})))
    np.testing.assert_allclose(found, differences, rtol=1e-5, atol=1e-6 * np.abs(differences).max())
    assert np.abs(differences).max() > 0


def exists(evaluation: Evaluation, one: T.Term) -> bool:
    """Whether a term has a value at this point: half of all numbers have no root modulo a prime."""
    try:
        evaluation.term(one, {})
    except Unlucky:
        return False
    return True


JACOBIANS = [
    (r"\frac{\partial z}{\partial x}", "numerator", lambda v: v("W")),
    (r"\frac{\partial z}{\partial x}", "denominator", lambda v: v("W").T),
    (r"\frac{\partial z}{\partial x}", "mixed", lambda v: v("W")),
    (r"\frac{\partial C}{\partial x}", "denominator", lambda v: v("W").T @ v("2z")),
    (r"\frac{\partial C}{\partial x}", "mixed", lambda v: v("W").T @ v("2z")),
    (r"\frac{\partial C}{\partial x}", "numerator", lambda v: (v("W").T @ v("2z")).T),
    (r"\nabla_x C", "numerator", lambda v: v("W").T @ v("2z")),
    (r"\frac{\partial C}{\partial W}", "denominator", lambda v: v("2z") @ v("x").T),
    (r"\frac{\partial C}{\partial W}", "numerator", lambda v: (v("2z") @ v("x").T).T),
    (r"\frac{\partial z_1}{\partial W}", "denominator", lambda v: np.outer(np.eye(len(v("z")))[0], v("x"))),
    (r"\frac{\partial^2 C}{\partial x \partial x}", "denominator", lambda v: 2 * v("W").T @ v("W")),
    (r"\frac{\partial C}{\partial z} \frac{\partial z}{\partial W}", "mixed", lambda v: v("2z") @ v("x").T),
]


@pytest.mark.parametrize(("text", "layout", "numbers"), JACOBIANS)
def test_how_derivatives_lie(text: str, layout: str, numbers: Any) -> None:
    context = Context((r"z = W x + b", r"C = \|z\|^2"), (r"W \in \mathbb{R}^{n \times d}",))
    expected = numbers(lambda name: value(context, name, layout))
    found = value(context, text, layout)
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


CLASHES = [
    (PLAIN, "W b", "no matrix product"), (PLAIN, "x + b", "do not go together"), 
    (PLAIN, "C_j", "no entries"), (PLAIN, "x_9", "out of its range"), (PLAIN, r"\sum_j x_j b_j", "different lengths"),
    (PLAIN, r"\mathrm{softmax}(C)", "single number"),
]


@pytest.mark.parametrize(("context", "text", "what"), CLASHES)
def test_what_does_not_go_together(context: Context, text: str, what: str) -> None:
    with pytest.raises(Conflict, match=what):
        value(context, text)
