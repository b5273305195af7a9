"""What becomes of a claim: the kind of judgement, the reading in which it holds, the verdict with its reason."""

from __future__ import annotations

import re

import pytest

from derive.check.decide import check
from derive.check.judge import Judge
from derive.check.verdict import RIGHT, UNDECIDED, UNREADABLE, WRONG
from derive.claims.context import Context

DEEP = Context((r"z^l = w^l a^{l-1} + b^l", r"a^l = \sigma(z^l)", r"C = \frac12 \|a^L - y\|^2",
                r"\delta^l = \frac{\partial C}{\partial z^l}"), (r"l = 1, \dots, L",))
INDEXED = Context((r"z_j = \sum_k w_{jk} x_k + b_j", r"a_j = \sigma(z_j)", r"C = \frac{1}{2} \sum_j (a_j - y_j)^2"))
LINEAR = Context((r"z = W x", r"L = \ell(z)"), (r"W \in \mathbb{R}^{n \times d}", r"\ell: scalar"))
NUMERATOR = Context(LINEAR.given, LINEAR.where, layout="numerator")
DENOMINATOR = Context(LINEAR.given, LINEAR.where, layout="denominator")
RECURRENT = Context((r"h_t = \tanh(W h_{t-1} + U x_t)", r"L_t = \ell(h_t)", r"L = \sum_{t=1}^T L_t"),
                    (r"t = 1, \dots, T", r"\ell: scalar"))
STEPS = Context((r"h_t = \tanh(W h_{t-1} + U x_t)", r"p_t = \mathrm{softmax}(V h_t)", r"E_t = -y_t^T \log p_t",
                 r"E = \sum_t E_t"), (r"t = 1, \dots, T", "y_t: one-hot"))
ROWS = Context((r"y_n = \sigma(w^T x_n)", r"E = -\sum_n (t_n \ln y_n + (1 - t_n) \ln(1 - y_n))"), (r"\sigma: sigmoid",))
EXAMPLES = Context((r"f_i = W x_i", r"L_i = \ell(f_i)", r"L = \frac1N \sum_i L_i"), (r"\ell: scalar",))
INVERSE = Context((r"z = A^{-1} x", r"C = \ell(z)"), (r"\ell: scalar", r"A \in \mathbb{R}^{n \times n}"))
HINGE = Context((r"s = w x + b", r"L = \max(0, 1 - y s)"))
EINSTEIN = Context(INDEXED.given, INDEXED.where, einstein=True)
CROSSES = Context((r"z = W x", r"a = \sigma(z)", r"L = \ell(a)"), LINEAR.where, elementwise=(r"\times",))

KINDS = [
    (DEEP, r"\delta^L = (a^L - y) \odot \sigma'(z^L)", "equal"),
    (DEEP, r"\delta^l = ((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l)", "equal"),
    (DEEP, r"\delta^l = ((w^l)^T \delta^{l+1}) \odot \sigma'(z^l)", "conflict"),
    (DEEP, r"\delta^l = ((w^{l+1})^T \delta^{l+1}) \odot \sigma(z^l)", "different"),
    (DEEP, r"\frac{\partial C}{\partial w^l_{jk}} = a^{l-1}_k \delta^l_j", "equal"),
    (DEEP, r"\frac{\partial C}{\partial w^l_{jk}} = a^{l-1}_k \delta^l_i", "conflict"),
    (DEEP, r"\frac{\partial C}{\partial b^l} = \delta^l = \frac{\partial C}{\partial z^l}", "equal"),
    (DEEP, r"\frac{\partial C}{\partial b^l} = \delta^l = \frac{\partial C}{\partial a^l}", "different"),
    (DEEP, r"\delta^l", "open"),
    (DEEP, r"\delta^l \le 3", "open"),
    (DEEP, r"\delta^l = q", "unread"),
    (DEEP, r"\delta^l = \frac{1}{", "unread"),
    (INDEXED, r"\frac{\partial C}{\partial w_{jk}} = (a_j - y_j) \sigma'(z_j) x_k", "equal"),
    (INDEXED, r"\frac{\partial C}{\partial x_k} = \sum_j (a_j - y_j) \sigma'(z_j) w_{jk}", "equal"),
    (INDEXED, r"\frac{\partial C}{\partial x_k} = \sum_k (a_j - y_j) \sigma'(z_j) w_{jk}", "conflict"),
    (INDEXED, r"\frac{\partial C}{\partial x_k} = (a_j - y_j) \sigma'(z_j) w_{jk}", "conflict"),
    (EINSTEIN, r"\frac{\partial C}{\partial x_k} = (a_j - y_j) \sigma'(z_j) w_{jk}", "equal"),
    (INDEXED, r"1 = 1.000000001", "different"),
    (INDEXED, r"4.5 x_k - 1.5 = 4.5 x_k - \frac{3}{2}", "equal"),
    (INDEXED, r"4.5 x_k - 1.5 = 4.5 x_k - 2.4", "different"),
    (LINEAR, r"\frac{\partial L}{\partial W} = x^T \frac{\partial L}{\partial z}", "conflict"),
    (CROSSES, r"\frac{\partial L}{\partial z} = \frac{\partial L}{\partial a} \times \sigma'(z)", "equal"),
    (RECURRENT, r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \frac{\partial L_t}{\partial W}", "equal"),
    (RECURRENT, r"\frac{\partial L}{\partial h_T} = \frac{\partial L_T}{\partial h_T}", "equal"),
    (RECURRENT, r"\frac{\partial L}{\partial h_t} = \frac{\partial L_t}{\partial h_t}", "different"),
    (STEPS, r"\frac{\partial E}{\partial V} = \sum_t (p_t - y_t) h_t^T", "equal"),
    (STEPS, r"\frac{\partial E_3}{\partial W} = \sum_{k=0}^3 \frac{\partial E_3}{\partial p_3} "
            r"\frac{\partial p_3}{\partial h_3} \frac{\partial h_3}{\partial h_k} \frac{\partial h_k}{\partial W}",
     "equal"),
    (STEPS, r"\frac{\partial E_3}{\partial W} = \sum_{k=0}^2 \frac{\partial E_3}{\partial p_3} "
            r"\frac{\partial p_3}{\partial h_3} \frac{\partial h_3}{\partial h_k} \frac{\partial h_k}{\partial W}",
     "different"),
    (ROWS, r"\nabla_w E = \sum_n (y_n - t_n) x_n", "equal"),
    (ROWS, r"\nabla_w E = \sum_n (t_n - y_n) x_n", "different"),
    (EXAMPLES, r"\frac{\partial L}{\partial W} = \frac1N \sum_i \frac{\partial L_i}{\partial f_i} x_i^T", "equal"),
    (EXAMPLES, r"\frac{\partial L}{\partial W} = \sum_i \frac{\partial L_i}{\partial f_i} x_i^T", "different"),
    (INVERSE, r"\frac{\partial C}{\partial A} = -A^{-T} \frac{\partial C}{\partial z} z^T", "equal"),
    (INVERSE, r"\frac{\partial C}{\partial x} = A^{-1} \frac{\partial C}{\partial z}", "different"),
    (HINGE, r"\frac{\partial L}{\partial w} = -y x \cdot \mathbb{1}[1 - y s > 0]", "equal"),
    (HINGE, r"\frac{\partial L}{\partial w} = -y x", "different"),
]


@pytest.mark.parametrize(("context", "claim", "kind"), KINDS, ids=[row[1] for row in KINDS])
def test_kinds_of_judgement(context: Context, claim: str, kind: str) -> None:
    assert Judge(context).judge(claim, 8).kind == kind


LAYOUTS = [
    (LINEAR, r"\frac{\partial z}{\partial x} = W", RIGHT, "mixed"),
    (LINEAR, r"\frac{\partial z}{\partial x} = W^T", RIGHT, "denominator"),
    (LINEAR, r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial z} W", RIGHT, "numerator"),
    (LINEAR, r"\frac{\partial L}{\partial x} = W^T \frac{\partial L}{\partial z}", RIGHT, "mixed"),
    (NUMERATOR, r"\frac{\partial z}{\partial x} = W", RIGHT, "numerator"),
    (NUMERATOR, r"\frac{\partial z}{\partial x} = W^T", WRONG, ""),
    (NUMERATOR, r"\nabla_x L = W^T \nabla_z L", RIGHT, "numerator"),
    (DENOMINATOR, r"\frac{\partial z}{\partial x} = W", WRONG, ""),
    (DENOMINATOR, r"\frac{\partial z}{\partial x} = W^T", RIGHT, "denominator"),
]


@pytest.mark.parametrize(("context", "claim", "verdict", "layout"), LAYOUTS)
def test_a_layout_that_nobody_declared_is_found(context: Context, claim: str, verdict: str, layout: str) -> None:
    assert check(claim, context).verdict == verdict
    assert not layout or Judge(context).judge(claim).layout == layout


def test_what_was_assumed_is_said() -> None:
    assert "in denominator layout" in check(r"\frac{\partial z}{\partial x} = W^T", LINEAR).proof
    assert "layout" not in check(r"\frac{\partial z}{\partial x} = W^T", DENOMINATOR).proof
    sigmoid = check(r"\delta^L = (a^L - y) \odot a^L \odot (1 - a^L)", DEEP)
    assert sigmoid.verdict == RIGHT and "where sigma is the sigmoid" in sigmoid.proof
    tanh = Context(DEEP.given, (*DEEP.where, r"\sigma: tanh"))
    assert check(r"\delta^L = (a^L - y) \odot a^L \odot (1 - a^L)", tanh).verdict == WRONG
    assert check(r"\delta^L = (a^L - y) \odot (1 - a^L \odot a^L)", tanh).verdict == RIGHT


UPDATES = [
    (r"w^l := w^l - \eta \frac{\partial C}{\partial w^l}", RIGHT, None),
    (r"w^l \leftarrow w^l - \eta \delta^l (a^{l-1})^T", RIGHT, None),
    (r"w^l = w^l - \eta \frac{\partial C}{\partial w^l} = w^l - \eta \delta^l (a^{l-1})^T", RIGHT, None),
    (r"w^l := w^l + \eta \delta^l (a^{l-1})^T", WRONG, "sign"),
]


@pytest.mark.parametrize(("claim", "verdict", "mistake"), UPDATES)
def test_an_update_is_a_step_of_gradient_descent(claim: str, verdict: str, mistake: str | None) -> None:
    found = check(claim, DEEP)
    assert (found.verdict, found.mistake) == (verdict, mistake)


ALONE = [
    (r"\frac{d}{dx} x^3 = 3 x^2", RIGHT),
    (r"\frac{d}{dx} x^3 = 3 x^3", WRONG),
    (r"\tanh'(x) = 1 - \tanh^2(x)", RIGHT),
    (r"\frac{\partial}{\partial x} x^T A x = (A + A^T) x", RIGHT),
    (r"\frac{\partial}{\partial x} x^T A x = 2 A x", WRONG),
    (r"(A B)^T = B^T A^T", RIGHT),
    (r"\operatorname{tr}(A B) = \operatorname{tr}(B A)", RIGHT),
]


@pytest.mark.parametrize(("claim", "verdict"), ALONE)
def test_a_claim_that_stands_alone(claim: str, verdict: str) -> None:
    assert check(claim, Context()).verdict == verdict


def test_a_wrong_one_comes_with_what_mends_it_and_numbers() -> None:
    found = check(r"\frac{\partial C}{\partial w_{jk}} = (a_j + y_j) \sigma'(z_j) x_k", INDEXED)
    assert (found.verdict, found.mistake) == (WRONG, "sign")
    assert found.corrected is not None and check(found.corrected, INDEXED).verdict == RIGHT
    assert found.counterexample is not None and found.counterexample.left != found.counterexample.right


def test_a_right_one_says_what_proves_it() -> None:
    found = check(r"\frac{\partial C}{\partial a_j} = a_j - y_j", INDEXED)
    assert found.verdict == RIGHT and "2^-60" in found.proof and "40-digit" in found.proof


def test_a_case_that_never_came_up_is_no_proof() -> None:
    never = check(r"\frac{\partial C}{\partial a_j} = a_j - y_j + \max(0, -x_1^2 - 1)", INDEXED)
    assert never.verdict == UNDECIDED and "never came up" in never.explanation


OPEN = [
    (Context((r"y_n = w^T x + v_n u_n q", r"u_n = p x", r"E = \sum_n y_n^2"), (r"p \in \mathbb{R}^{3 \times 2}",)),
     r"\frac{\partial E}{\partial y_n} = 2 y_n", UNDECIDED, "does not hold together"),
    (INDEXED, r"\frac{\partial C}{\partial w_{jk}} = x_1 + \dots + x_3", UNDECIDED, "[Dd]ots"),
    (INDEXED, r"\sum_{i=1}^{10^9} 1 = 10^9", UNDECIDED, ""),
    (INDEXED, r"a_j = a_j = \frac{1", UNREADABLE, "1:"),
]


@pytest.mark.parametrize(("context", "claim", "verdict", "why"), OPEN)
def test_what_cannot_be_decided_is_not_called_wrong(context: Context, claim: str, verdict: str, why: str) -> None:
    found = check(claim, context)
    assert found.verdict == verdict
    assert re.search(why, found.explanation)


def test_the_same_claim_gets_the_same_verdict() -> None:
    claim = r"\delta^l = (w^{l+1} \delta^{l+1}) \odot \sigma'(z^l)"
    assert check(claim, DEEP) == check(claim, DEEP)
