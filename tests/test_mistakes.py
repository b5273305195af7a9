r"""Mistakes: edits of what was written. The wrong formula, what mends it, and the name of the mistake.

Here a formula is accepted when it reads as the right one does; what is equal in value is decided in test_check.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from derive.check.diagnose import Diagnosis, search, single_edits, suspects
from derive.claims.learning import learn
from derive.claims.prefixes import merged
from derive.claims.where import Said, said
from derive.mistake import Edit, corrected
from derive.mistake.context import seen
from derive.mistake.written import Written
from derive.registry import discover
from derive.written.latex import read
from derive.written.tree import Node, Span

NIELSEN = (r"z^{l} = w^{l} a^{l-1} + b^{l}", r"a^{l} = \sigma(z^{l})", r"C = \frac{1}{2} \| a^{L} - y \|^2",
           r"\delta^{l} = \frac{\partial C}{\partial z^{l}}")
NIELSEN_ENTRIES = (r"z^l_j = \sum_k w^l_{jk} a^{l-1}_k + b^l_j", r"a^l_j = \sigma(z^l_j)",
                   r"\delta^l_j = \frac{\partial C}{\partial z^l_j}")
NG = (r"Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}", r"A^{[l]} = g^{[l]}(Z^{[l]})", r"J = \frac{1}{m} \sum_i L^{(i)}")
ROWS = (r"z_1 = x W_1 + b_1", r"a_1 = \tanh(z_1)", r"z_2 = a_1 W_2 + b_2", r"L = \ell(z_2)",
        r"\delta_2 = \frac{\partial L}{\partial z_1}", r"\delta_3 = \frac{\partial L}{\partial z_2}")
WINDOW = (r"y_i = \sum_u w_u x_{i+u-1}", r"L = \ell(y)", r"\delta_i = \frac{\partial L}{\partial y_i}")
SOFTMAX = (r"s_j = \frac{e^{z_j}}{\sum_k e^{z_k}}", r"L = \ell(s)")
NORM = (r"y_j = g_j h_j + b_j", r"h_j = \frac{x_j - \mu}{r}", r"L = \ell(y)")
CONV = (r"z_{oij} = v_{oij} + b_o", r"L = \ell(z)")
RESIDUAL = (r"h = x + f(x)", r"L = \ell(h)")
LINEAR = (r"Y = W X", r"L = \ell(Y)")
RNN = (r"h_t = \tanh(W_{hx} x_t + W_{hh} h_{t-1})", r"o_t = W_{qh} h_t", r"L = \sum_t \ell(o_t)")
SCALAR = (r"z = w x + b", r"a = \sigma(z)", r"L = \frac{1}{2} (a - y)^2")


def written(claim: str, given: tuple[str, ...], where: tuple[str, ...] = (), **more: object) -> Written:
    lines = tuple((text, read(text)) for text in given)
    vocabulary = learn(tuple(tree for _, tree in lines), said(where) if where else Said())
    return seen(claim, merged(read(claim), frozenset(("d",))), vocabulary, lines, **more)  # type: ignore[arg-type]


def diagnosed(claim: str, given: tuple[str, ...], right: tuple[str, ...], **more: object) -> Diagnosis | None:
    trees = [read(text) for text in right]
    return search(written(claim, given), lambda text: _read(text) in trees, **more)  # type: ignore[arg-type]


def _read(text: str) -> Node | None:
    try:
        return read(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Case:
    kind: str
    given: tuple[str, ...]
    wrong: str
    right: str


CASES = (
    Case("sign", SCALAR, r"\frac{\partial L}{\partial w} = (a - y) x", r"\frac{\partial L}{\partial w} = -(a - y) x"),
    Case("sign", SCALAR, r"\delta = a + y x", r"\delta = a - y x"),
    Case("sign", SCALAR, r"\delta = w - b", r"\delta = b - w"),
    Case("factor", SCALAR, r"\frac{\partial L}{\partial w} = (a - y) x",
         r"\frac{\partial L}{\partial w} = 2 (a - y) x"),
    Case("factor", SCALAR, r"\frac{\partial L}{\partial w} = 2 (a - y) x",
         r"\frac{\partial L}{\partial w} = (a - y) x"),
    Case("factor", NG, r"dW^{[l]} = dZ^{[l]} A^{[l-1]T}", r"dW^{[l]} = \frac{1}{m} dZ^{[l]} A^{[l-1]T}"),
    Case("transpose", NIELSEN, r"\delta^l = w^{l+1} \delta^{l+1} \odot \sigma'(z^l)",
         r"\delta^l = (w^{l+1})^T \delta^{l+1} \odot \sigma'(z^l)"),
    Case("transpose", NG, r"dA^{[l-1]} = W^{[l]} dZ^{[l]} + W^{[l]T} b",
         r"dA^{[l-1]} = W^{[l]T} dZ^{[l]} + W^{[l]T} b"),
    Case("transpose", LINEAR, r"\frac{\partial L}{\partial X} = W^\top \frac{\partial L}{\partial Y}",
         r"\frac{\partial L}{\partial X} = W \frac{\partial L}{\partial Y}"),
    Case("product_order", LINEAR, r"\frac{\partial L}{\partial W} = X^T \frac{\partial L}{\partial Y}",
         r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial Y} X^T"),
    Case("product_order", LINEAR, r"\frac{\partial L}{\partial W} = X \frac{\partial L}{\partial Y}",
         r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial Y} X^T"),
    Case("hadamard_vs_matmul", ROWS, r"\delta_2 = \delta_3 \odot W_2^T", r"\delta_2 = \delta_3  W_2^T"),
    Case("hadamard_vs_matmul", ROWS, r"\delta_2 = x^T \delta_3 z_1", r"\delta_2 = x^T (\delta_3 \odot z_1)"),
    Case("slope", NIELSEN, r"\delta^L = (a^L - y) \odot \sigma(z^L)", r"\delta^L = (a^L - y) \odot \sigma'(z^L)"),
    Case("slope", NIELSEN, r"a^l = \sigma'(z^l)", r"a^l = \sigma(z^l)"),
    Case("missing_slope", NIELSEN, r"\delta^l = (w^{l+1})^T \delta^{l+1}",
         r"\delta^l = (w^{l+1})^T \delta^{l+1} \odot \sigma'(z^{l})"),
    Case("slope_argument", NIELSEN, r"\delta^L = (a^L - y) \odot \sigma'(a^L)",
         r"\delta^L = (a^L - y) \odot \sigma'(z^L)"),
    Case("slope_argument", SCALAR, r"\frac{\partial a}{\partial z} = z (1 - z)",
         r"\frac{\partial a}{\partial z} = a (1 - a)"),
    Case("missing_factor", SCALAR, r"\frac{\partial L}{\partial w} = (a - y) a (1 - a)",
         r"\frac{\partial L}{\partial w} = (a - y) a (1 - a) x"),
    Case("spurious_factor", SCALAR, r"\frac{\partial L}{\partial b} = (a - y) \sigma'(z) x",
         r"\frac{\partial L}{\partial b} = (a - y) \sigma'(z)"),
    Case("inverted_factor", SCALAR, r"\frac{\partial L}{\partial b} = \frac{w}{b} x",
         r"\frac{\partial L}{\partial b} = \frac{b}{w} x"),
    Case("missing_sum", NIELSEN_ENTRIES, r"\frac{\partial C}{\partial a^{l-1}_k} = w^l_{jk} \delta^l_j",
         r"\frac{\partial C}{\partial a^{l-1}_k} = \sum_j w^l_{jk} \delta^l_j"),
    Case("spurious_sum", NIELSEN_ENTRIES, r"\frac{\partial C}{\partial w^l_{jk}} = \sum_i \delta^l_j a^{l-1}_k",
         r"\frac{\partial C}{\partial w^l_{jk}} = \delta^l_j a^{l-1}_k"),
    Case("mean_for_sum", NG, r"db = \sum_i dz^{(i)}", r"db = \frac{1}{m} \sum_i dz^{(i)}"),
    Case("mean_for_sum", NG, r"db = \frac{1}{m} \sum_i dz^{(i)}", r"db = \sum_i dz^{(i)}"),
    Case("index", NIELSEN_ENTRIES, r"\frac{\partial C}{\partial w^l_{jk}} = \delta^l_k a^{l-1}_k",
         r"\frac{\partial C}{\partial w^l_{jk}} = \delta^l_j a^{l-1}_k"),
    Case("layer_off_by_one", NIELSEN_ENTRIES, r"\frac{\partial C}{\partial w^l_{jk}} = \delta^l_j a^l_k",
         r"\frac{\partial C}{\partial w^l_{jk}} = \delta^l_j a^{l-1}_k"),
    Case("layer_off_by_one", NG, r"dW^{[2]} = dZ^{[2]} A^{[2]T}", r"dW^{[2]} = dZ^{[2]} A^{[1]T}"),
    Case("time_off_by_one", RNN, r"\frac{\partial L}{\partial W_{hh}} = \sum_t \delta_t h_t^T",
         r"\frac{\partial L}{\partial W_{hh}} = \sum_t \delta_t h_{t-1}^T"),
    Case("off_by_one", RNN, r"L = \sum_{t=0}^{T} \ell(o_t)", r"L = \sum_{t=1}^{T} \ell(o_t)"),
    Case("off_by_one", WINDOW, r"\frac{\partial L}{\partial w_u} = \sum_i \delta_i x_{i+u-2}",
         r"\frac{\partial L}{\partial w_u} = \sum_i \delta_i x_{i+u-1}"),
    Case("flipped_kernel", WINDOW, r"\frac{\partial L}{\partial x_p} = \sum_u w_u \delta_{p+u-1}",
         r"\frac{\partial L}{\partial x_p} = \sum_u w_u \delta_{p-u+1}"),
    Case("weight_order", NIELSEN_ENTRIES, r"z^l_j = \sum_k w^l_{kj} a^{l-1}_k", r"z^l_j = \sum_k w^l_{jk} a^{l-1}_k"),
    Case("captured_index", NIELSEN_ENTRIES, r"\frac{\partial C}{\partial a^{l-1}_j} = \sum_j w^l_{jk} \delta^l_j",
         r"\frac{\partial C}{\partial a^{l-1}_k} = \sum_j w^l_{jk} \delta^l_j"),
    Case("captured_index", NIELSEN_ENTRIES, r"z^l_j = \sum_j w^l_{jj} a^{l-1}_j", r"z^l_j = \sum_k w^l_{jk} a^{l-1}_k"),
    Case("wrong_variable", SCALAR,
         r"\frac{\partial L}{\partial b} = \frac{\partial L}{\partial b} \frac{\partial a}{\partial z}",
         r"\frac{\partial L}{\partial b} = \frac{\partial L}{\partial a} \frac{\partial a}{\partial z}"),
    Case("wrong_variable", LINEAR, r"\frac{\partial L}{\partial W} = W^T \frac{\partial L}{\partial Y}",
         r"\frac{\partial L}{\partial X} = W^T \frac{\partial L}{\partial Y}"),
    Case("wrong_left_side", SCALAR, r"z = \sigma(z)", r"a = \sigma(z)"),
    Case("missing_path", RNN, r"\delta = W_{hh} + W_{hx}", r"\delta = W_{hh} + W_{hx} + W_{qh}"),
    Case("spurious_path", RNN, r"\delta = W_{hh} + W_{hx}", r"\delta = W_{hh}"),
    Case("regularizer", (*NG, r"R = \lambda W"), r"dW = \frac{1}{m} dZ A^T", r"dW = \frac{1}{m} dZ A^T + \lambda W"),
    Case("mixed_convention", ROWS, r"\delta_2 = W_2 \delta_3^T", r"\delta_2 = \delta_3 W_2^T"),
    Case("power", SCALAR, r"L = \frac{1}{2} (a - y)", r"L = \frac{1}{2} (a - y)^2"),
    Case("power", SCALAR, r"L = (1 + w)^2", r"L = (1 + w)^{-2}"),
    Case("diagonal", SCALAR, r"z = a \odot (1 - a) \odot y", r"z = a \odot (y - a^T y)"),
    Case("diagonal", SOFTMAX, r"\frac{\partial L}{\partial z_j} = s_j (1 - s_j) \frac{\partial L}{\partial s_j}",
         r"\frac{\partial L}{\partial z_j} = s_j (\frac{\partial L}{\partial s_j} "
         r"- \sum_k s_k \frac{\partial L}{\partial s_k})"),
    Case("misplaced_factor", NORM, r"\frac{\partial L}{\partial x_j} = \frac{g_j}{r} (\frac{\partial L}{\partial y_j} "
         r"- \frac{1}{n} \sum_k \frac{\partial L}{\partial y_k})", r"\frac{\partial L}{\partial x_j} = \frac{1}{r} "
         r"(g_j \frac{\partial L}{\partial y_j} - \frac{1}{n} \sum_k g_k \frac{\partial L}{\partial y_k})"),
    Case("missing_sum", CONV, r"\frac{\partial L}{\partial b_o} = \frac{\partial L}{\partial z_{oij}}",
         r"\frac{\partial L}{\partial b_o} = \sum_{i, j} \frac{\partial L}{\partial z_{oij}}"),
    Case("missing_path", RESIDUAL, r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial h}",
         r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial h} + \frac{\partial L}{\partial h} \odot f'(x)"),
    Case("numeric_constant", SCALAR, r"\frac{\partial L}{\partial w} = (a - y)^2 + 3 x",
         r"\frac{\partial L}{\partial w} = (a - y)^2 + 4 x"),
    Case("condition", (r"L = \max(0, v)",), r"\frac{\partial L}{\partial v} = \mathbb{1}[v < 0]",
         r"\frac{\partial L}{\partial v} = \mathbb{1}[v > 0]"),
    Case("condition", (r"g(s) = \max(0, s)",), r"g'(s) = \begin{cases} 1 & s \le 0 \\ 0 & s > 0 \end{cases}",
         r"g'(s) = \begin{cases} 0 & s \le 0 \\ 1 & s > 0 \end{cases}"),
    Case("case", (r"g(s) = \max(0, s)",), r"g'(s) = \begin{cases} s & s > 0 \\ 0 & s \le 0 \end{cases}",
         r"g'(s) = \begin{cases} 1 & s > 0 \\ 0 & s \le 0 \end{cases}"),
    Case("spurious_factor", (r"q(v) = \sigma(w v)", r"L = - \log q(v)"),
         r"\frac{\partial L}{\partial w} = -(1 - q(v)) q(v) (1 - q(v)) v",
         r"\frac{\partial L}{\partial w} = -(1 - q(v)) v"),
    Case("wrong_local_derivative", SCALAR, r"\frac{\partial a}{\partial z} = (1 - a)",
         r"\frac{\partial a}{\partial z} = a (1 - a)"),
    Case("notation_slip", NIELSEN_ENTRIES, r"\frac{\partial C}{w^l_{jk}} = \delta^l_j a^{l-1}_k",
         r"\frac{\partial C}{\partial w^l_{jk}} = \delta^l_j a^{l-1}_k"),
    Case("notation_slip", NIELSEN, r"\delta^L = (a^L - y) \odot \sigma' * (z^L)",
         r"\delta^L = (a^L - y) \odot \sigma'(z^L)"),
)
"""One row for each kind, in the notations of several books. `mistake` may be one of several names that mean it."""
SAME = {"condition": {"case"}, "product_order": {"mixed_convention"},
        "mixed_convention": {"product_order"}, "mean_for_sum": {"factor"},
        "factor": {"mean_for_sum"}, "wrong_left_side": {"wrong_variable"}}


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.kind}-{c.wrong[:24]}")
def test_the_edit_that_mends_it_is_found_and_named(case: Case) -> None:
    found = diagnosed(case.wrong, case.given, (case.right,))
    assert found is not None, [corrected(case.wrong, (e,)) for e in single_edits(written(case.wrong, case.given))]
    assert len(found.edits) == 1
    named = {edit.mistake for edit in (*found.edits, *found.others)}
    assert case.kind in named or named & SAME.get(case.kind, set())
    assert _read(corrected(case.wrong, found.edits)) == read(case.right)


def test_every_kind_has_a_row_here_and_a_sentence() -> None:
    kinds = {kind.name: kind for kind in discover("derive.mistakes")}
    assert set(kinds) == {case.kind for case in CASES}
    for case in CASES:
        said_of = [edit.said for edit in kinds[case.kind].edits(written(case.wrong, case.given))]
        assert said_of and all(text.endswith(".") and len(text) > 20 for text in said_of)


def test_nothing_mends_it() -> None:
    assert diagnosed(SCALAR[0], SCALAR, (r"x = y",)) is None


def test_the_budget_bounds_the_work() -> None:
    asked: list[str] = []
    assert search(written(CASES[6].wrong, NIELSEN), lambda text: bool(asked.append(text)), budget=70) is None
    assert len(asked) == 70


TWO = (
    (NIELSEN, r"\delta^l = w^{l+1} \delta^{l+1} \odot \sigma(z^l)",
     r"\delta^l = (w^{l+1})^T \delta^{l+1} \odot \sigma'(z^l)", ("transpose", "slope")),
    (SCALAR, r"\frac{\partial L}{\partial w} = 2 (a + y) x",
     r"\frac{\partial L}{\partial w} = (a - y) x", ("factor", "sign")),
)


@pytest.mark.parametrize(("given", "wrong", "right", "names"), TWO)
def test_two_faults_are_both_found(given: tuple[str, ...], wrong: str, right: str, names: tuple[str, ...]) -> None:
    found = diagnosed(wrong, given, (right,), budget=4000)
    assert found is not None and set(found.mistakes) == set(names)


def test_a_score_finds_two_faults_sooner() -> None:
    given, wrong, right, _ = TWO[0]
    asked: list[str] = []

    def accepts(text: str) -> bool:
        asked.append(text)
        return _read(text) == read(right)

    def score(edits: tuple[Edit, ...]) -> int:
        text = corrected(wrong, edits)
        return (r"(w^{l+1})^T" not in text) + (r"\sigma'" not in text)

    found = search(written(wrong, given), accepts, score=score)
    assert found is not None and len(found.edits) == 2
    assert len(asked) < 5  # only what the score calls right is read and decided


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.kind}-{c.wrong[:24]}")
def test_edits_lie_within_the_source_and_change_it(case: Case) -> None:
    listed = single_edits(written(case.wrong, case.given))
    assert listed == single_edits(written(case.wrong, case.given))
    for edit in listed:
        assert 0 <= edit.span.start <= edit.span.stop <= len(case.wrong)
        assert corrected(case.wrong, (edit,)) != case.wrong


EDITS = (Edit(Span(4, 5), "B^T", "", "transpose", 1), Edit(Span(8, 8), " c", "", "factor", 1))


def test_corrections_are_shown() -> None:
    assert corrected("a = b d ", EDITS) == "a = B^T d  c"


CHAINS = ((3, {(0, 1)}, (2,)), (3, {(1, 2)}, (0,)), (3, {(0, 2)}, (1,)), (2, set(), (0, 1)), (3, set(), (0, 1, 2)),
          (4, {(0, 1), (2, 3)}, (0, 1, 2, 3)))


@pytest.mark.parametrize(("parts", "equal", "expected"), CHAINS)
def test_the_odd_side_of_a_chain_is_suspect(parts: int, equal: set[tuple[int, int]], expected: tuple[int, ...]) -> None:
    assert suspects(parts, lambda a, b: (a, b) in equal or (b, a) in equal) == expected
