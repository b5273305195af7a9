"""Notations: each formula that a notation prints, evaluated back; the formulas of the sources; a user's own."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

from derive import pipeline
from derive.bridges.attention import head
from derive.calculus.explain import Chain, explain
from derive.document.page import page
from derive.errors import DeriveError
from derive.evaluate import evaluate, evaluate_line
from derive.forms.cases import Case, cases
from derive.forms.scale import has_error, in_scale
from derive.forms.trees import Elementwise, Hadamard, Node, Ones, Product, Scaled, Total, Transpose
from derive.ir import Derivation, Equation, Tensor, index_symbol, read, reads_of, size_symbol, tensor_of
from derive.latex.document import document
from derive.latex.lines import boxed_line
from derive.latex.matrix import MatrixForm
from derive.latex.second import second_document
from derive.latex.translate import Side, translation
from derive.model.layer import layers
from derive.notation import LAYOUTS, Notation, notation, notations
from derive.own_notation import notation_of, read_notation
from tests.numeric import numeric

NAMES = sorted(notations())
ARCHITECTURES = ("4-3-2", "2-3:tanh-3:softmax", "3-2:relu-2-1")
M = 5
GREATEST_ERROR = 1e-12


def modelled(arch: str, name: str, **choices: Any) -> pipeline.Model:
    return pipeline.read(arch, choices, notation(name))


def drawn(derivation: Derivation) -> dict[str, Any]:
    """Numbers for everything that is given."""
    random = np.random.default_rng(len(derivation.tensors))
    sizes = {size_symbol("m"): M}
    return {t.name: random.uniform(0.2, 1.0, [int(a.size.xreplace(sizes)) for a in t.axes])
            for t in derivation.of_role("data", "parameter", "constant")}


class Paper:
    """What stands on paper, as numbers: arrays as the notation lays them, errors as it scales them."""

    def __init__(self, form: MatrixForm) -> None:
        self.names, self.notation = form.indexed.names, form.notation
        self.derivation = form.explanation.derivation
        self.values = evaluate(self.derivation, drawn(form.explanation.forward))
        self.lengths: dict[sp.Symbol, int] = {}
        self.apart, self.step = form.arrays.apart, dict[sp.Symbol, sp.Integer]()

    def scaled(self, tensor: Tensor) -> Any:
        times = M if self.notation.error_scale == "m" and has_error(self.derivation, tensor.name) else 1
        return times * np.asarray(self.values[tensor.name])

    def array(self, tensor: Tensor) -> Any:
        return self.read(tensor.at())

    def read(self, access: sp.Expr) -> Any:
        """A tensor as it lies; of a loop what it is at one step, of an attention at one head."""
        tensor = self.derivation.tensor(tensor_of(access))
        pairs = self.names.arranged(tensor, access)
        laid = self.scaled(tensor).transpose([tensor.axes.index(axis) for axis, _ in pairs])
        entry = tuple(int(e.xreplace(self.step) - axis.start) if self.apart(tensor, axis) else slice(None)
                      for axis, e in pairs)
        laid = laid[entry]
        return laid if laid.ndim != 1 else laid[:, None] if self.notation.samples == "columns" else laid[None, :]

    def expression(self, expr: sp.Expr) -> Any:
        return numeric(expr, {r: self.read(r) for r in reads_of(expr)} | {size_symbol("m"): M})

    def term(self, term: Scaled) -> Any:
        """One term of the right side, summed over the steps of a loop."""
        if not term.over:
            return self.expression(sp.Mul(*term.scalars)) * self.tree(term.node)
        (index,), before, total = term.over, self.step, 0.0
        for number in range(int(index.start), int(index.last) + 1):
            self.step = {index.symbol: sp.Integer(number)}
            total = total + self.term(replace(term, over=()))
        self.step = before
        return total

    def tree(self, node: Node) -> Any:
        match node:
            case Product(_, left, right):
                return self.tree(left) @ self.tree(right)
            case Hadamard(_, factors):
                return np.prod(np.broadcast_arrays(*(self.tree(f) for f in factors)), axis=0)
            case Transpose(_, of):
                return self.tree(of).T
            case Ones((axis,)):
                ones = np.ones((self.lengths[axis], 1))
                return ones if self.notation.samples == "columns" else ones.T
            case Elementwise(_, expr):
                return self.expression(expr)
            case Total(_, terms):
                return sum(self.expression(sp.Mul(*t.scalars)) * self.tree(t.node) for t in terms)
        raise AssertionError(node)


def shown(chain: Chain) -> Equation:
    return chain.lines[boxed_line(chain)].equation


@pytest.mark.parametrize("form", ["matrix", "batch"])
@pytest.mark.parametrize("arch", [*ARCHITECTURES, "2-3:tanh-batchnorm-2"])
@pytest.mark.parametrize("name", NAMES)
def test_every_matrix_formula_is_the_gradient(name: str, arch: str, form: str) -> None:
    """The tree that is printed, with each array laid and scaled as the notation says, gives what the left side is."""
    model = modelled(arch, name, regularize="l2")
    side = Side(model.many if form == "batch" else model.one, notation(name), form, parameters(model.one))
    paper = Paper(side.matrix)
    found = 0
    for chain in side.explanation.chains:
        equation = shown(chain)
        terms = side.matrix.terms(equation)
        if terms is None:
            continue
        axes = [*chain.tensor.axes, *(k for t in equation.terms for k in t.summed)]
        paper.lengths = {a.symbol: int(a.size.xreplace({size_symbol("m"): M})) for a in axes}
        right = sum(paper.expression(sp.Mul(*t.scalars)) * paper.tree(t.node) for t in terms)
        left = paper.array(chain.tensor)
        assert right.shape == left.shape
        assert np.abs(right - left).max() < GREATEST_ERROR
        found += 1
    assert found >= len(parameters(model.one))


@pytest.mark.parametrize("name", NAMES)
def test_the_matrices_of_attention_are_those_of_the_papers(name: str) -> None:
    """Each is the gradient; in letters, they are the lines of every implementation."""
    explanation = explain(head(), ["O", "V", "P", "S", "Q", "K", "X"], "delta")
    matrix = MatrixForm(explanation, notation(name))
    paper = Paper(matrix)
    paper.lengths = {index_symbol(letter): size for letter, size in (("t", 5), ("r", 5), ("q", 5), ("i", 3), ("f", 4))}
    for chain in explanation.chains:
        terms = matrix.terms(chain.result)
        assert terms is not None
        right = sum(paper.expression(sp.Mul(*t.scalars)) * paper.tree(t.node) for t in terms)
        assert np.abs(right - paper.array(chain.tensor)).max() < GREATEST_ERROR
    if name == "nielsen":
        said = {c.tensor.of: "".join(matrix.texts(matrix.terms(c.result) or [])) for c in explanation.chains}
        bar = {of: rf"\frac{{\partial C}}{{\partial {of}}}" for of in said}
        assert said["V"] == rf"P^T\,{bar['O']}" and said["P"] == rf"{bar['O']}\,V^T"
        assert said["Q"] == rf"\frac{{1}}{{\sqrt{{d}}}}\,{bar['S']}\,K"
        assert said["S"] == (rf"P \odot \left({bar['P']} - \left(P \odot {bar['P']}\right)"
                             r"\,\mathbf{1}\,\mathbf{1}^T\right)")


@pytest.mark.parametrize("form", ["matrix", "batch"])
@pytest.mark.parametrize(("name", "arch"), [
    ("nielsen", "seq(4x3)-rnn(2)-1"), ("ng", "seq(4x3)-rnn(2)-1"), ("d2l", "seq(3x2)-lstm(2)-2"),
    ("cs231n", "seq(3x2)-birnn(2)-1"),
])
def test_every_matrix_formula_of_a_loop_is_the_gradient_at_its_step(name: str, arch: str, form: str) -> None:
    """h_t, x_t and dC/dv_{t+1} are vectors of one step; a sum over the steps stands in front of their products."""
    check_each(name, arch, form)


@pytest.mark.parametrize(("name", "arch"), [("nielsen", "seq(3x4)-attention(2)-1"),
                                            ("d2l", "seq(2x4)-transformer(2,mask=causal,wider=1)-1")])
def test_every_matrix_formula_of_an_attention_is_the_gradient_at_its_head(name: str, arch: str) -> None:
    """q_h is a matrix, e_h = q_h k_h^T; what several heads add up stands under a sum over them."""
    check_each(name, arch, "matrix")


def check_each(name: str, arch: str, form: str) -> None:
    model = modelled(arch, name)
    side = Side(model.many if form == "batch" else model.one, notation(name), form, parameters(model.one))
    paper = Paper(side.matrix)
    found = 0
    for case in (case for chain in side.explanation.chains for case in cases(chain)):
        equation = shown(case.chain)
        terms = side.matrix.terms(equation)
        if terms is None:
            continue
        every = [*case.chain.tensor.axes, *(k for t in equation.terms for k in t.summed)]
        paper.lengths = {a.symbol: int(a.size.xreplace({size_symbol("m"): M})) for a in every}
        steps = steps_of(case, paper)
        for paper.step in steps:
            right = np.add.reduce(np.broadcast_arrays(*(paper.term(t) for t in terms)))
            left = paper.read(read(case.chain.tensor.name, *equation.at))
            assert right.shape == left.shape and np.abs(right - left).max() < GREATEST_ERROR
            found += 1
    assert found > len(parameters(model.one))


def steps_of(case: Case, paper: Paper) -> list[dict[Any, Any]]:
    """Every step, and every head, for which the case holds."""
    free, at = {k.symbol: k for k in case.chain.result.free}, case.chain.result.at
    counted = [free[e] for axis, e in zip(case.chain.tensor.axes, at, strict=True)
               if e in free and paper.apart(case.chain.tensor, axis)]
    every = product(*([(k.symbol, sp.Integer(n)) for n in range(int(k.start), int(k.last) + 1)] for k in counted))
    return [put for put in map(dict, every) if all(condition.xreplace(put) == sp.true for condition in case.where)]



def parameters(derivation: Derivation) -> tuple[str, ...]:
    return tuple(t.name for t in derivation.of_role("parameter"))


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("name", NAMES)
def test_every_index_formula_is_the_gradient(name: str, arch: str) -> None:
    """Over a minibatch, where errors may be scaled."""
    model, chosen = modelled(arch, name).many, notation(name)
    side = in_scale(explain(model, None, chosen.policy), chosen.error_scale)
    paper = Paper(MatrixForm(side, chosen))
    values = {t.name: paper.scaled(t) for t in side.derivation.tensors}
    for chain in side.chains:
        for line in chain.lines[1:]:
            right = evaluate_line(side.derivation, values, line.equation)
            assert np.abs(right - values[chain.tensor.name]).max() < GREATEST_ERROR


@pytest.mark.parametrize("arch", [*ARCHITECTURES, "n0-...-nL"])
@pytest.mark.parametrize("name", NAMES)
def test_no_name_means_two_things(name: str, arch: str) -> None:
    """Different entries of different tensors are printed differently, so the names can be read back."""
    model = modelled(arch, name, regularize="l2").one
    names = MatrixForm(explain(model, None, notation(name).policy), notation(name)).indexed.names
    texts: dict[str, str] = {}
    for tensor in names.derivation.tensors:
        inner = names.derivation.tensor(tensor.of) if tensor.of else tensor
        if names.label(inner).letter in "xywbzaC":
            text = names.read(tensor.at())
            assert text not in texts, (text, tensor.name, texts.get(text))
            texts[text] = tensor.name
    assert len(texts) > 8


GAN, VAE, PENALTY = (f"generated/{name}/model.eq" for name in (
    "generative-adversarial-network", "variational-autoencoder", "gradient-penalty"))
CROSS = layers()["crossattention"].examples[0]


SECOND = ("hvp", "gauss-newton")


def formulas(arch: str, name: str, form: str) -> str:
    model = modelled(arch, name, **{"cost": "D"} if arch == GAN else {})
    printed = page("fragment").write(second_document(model.one, model.many, notation(name), form, "index", ())) \
        if form in SECOND else document(model, name, form)
    return str(printed).replace("&", "").replace(r"\boxed", "")


@pytest.mark.parametrize(("name", "arch", "form", "latex"), [
    ("ng", "4-3-2", "batch", r"Z^{[1]} = W^{[1]}\,A^{[0]} + b^{[1]}"),
    ("ng", "4-3-2", "batch", r"dZ^{[2]} = {(A^{[2]} - Y) * \sigma'(Z^{[2]})}"),
    ("ng", "4-3-2", "batch", r"dW^{[2]} = {\frac{1}{m}\,dZ^{[2]}\,A^{[1]T}}"),
    ("ng", "4-3-2", "batch", r"db^{[2]} = {\frac{1}{m}\,\sum_i dz^{[2](i)}}"),
    ("ng", "4-3-2", "batch", r"dZ^{[1]} = {(W^{[2]T}\,dZ^{[2]}) * \sigma'(Z^{[1]})}"),
    ("ng", "n0-...-nL", "batch", r"dW^{[l]} = {\frac{1}{m}\,dZ^{[l]}\,A^{[l-1]T}}"),
    ("ng", "4-3-2", "index", r"dW^{[1]}_{jk} = \frac{\partial \mathcal{L}}{\partial W^{[1]}_{jk}}"),
    ("goodfellow", "n0-...-nL", "matrix", r"a^{(l)} = W^{(l)}\,h^{(l-1)} + b^{(l)}"),
    ("goodfellow", "n0-...-nL", "matrix", r"\nabla_{W^{(l)}} J = {\nabla_{a^{(l)}} J\,h^{(l-1)\top}}"),
    ("goodfellow", "n0-...-nL", "matrix", r"\nabla_{b^{(l)}} J = {\nabla_{a^{(l)}} J}"),
    ("bishop", "3-2", "index", r"a^{(1)}_j = \sum_k w^{(1)}_{jk}\,x_k + w^{(1)}_{j0}"),
    ("bishop", "3-2-2", "index", r"{\Big(\sum_q w^{(2)}_{qj}\,\delta^{(2)}_q\Big)\,\sigma'(a^{(1)}_j)}"),
    ("bishop", "3-2-2", "index", r"{z^{(1)}_k\,\delta^{(2)}_j}"),
    ("d2l", "4-3-2", "batch", r"Z^{(1)} = X\,W^{(1)} + b^{(1)}"),
    ("d2l", "4-3-2", "batch", r"O = H^{(1)}\,W^{(2)} + b^{(2)}"),
    ("d2l", "4-3-2", "batch",
     r"\frac{\partial J}{\partial W^{(2)}} = {(H^{(1)})^{\top}\,\frac{\partial J}{\partial O}}"),
    ("d2l", "4-3-2", "batch", r"{\left(\frac{\partial J}{\partial O}\,(W^{(2)})^{\top}\right) \odot \sigma'(Z^{(1)})}"),
    ("cs231n", "3-2:relu-2", "batch", r"Z_2 = H_1\,W_2 + b_2"),
    ("cs231n", "3-2:relu-2", "batch", r"dW_1 = {X^T\,dZ_1}"),
    ("cs231n", "3-2:relu-2", "batch", r"dZ_1 = {(dZ_2\,W_2^T) \circ \operatorname{ReLU}'(Z_1)}"),
    ("cs231n", "3-2:relu-2", "batch", r"db_1 = {\sum_i dz_{1,i}}"),
    ("ufldl", "n0-...-nL", "matrix", r"z^{(l+1)} = W^{(l)}\,a^{(l)} + b^{(l)}"),
    ("ufldl", "n0-...-nL", "matrix",
     r"\delta^{(l)} = {\big((W^{(l)})^T\,\delta^{(l+1)}\big) \bullet \sigma'(z^{(l)})}"),
    ("ufldl", "n0-...-nL", "matrix", r"\nabla_{W^{(l)}} J = {\delta^{(l+1)}\,(a^{(l)})^T}"),
    ("ufldl", "3-2-2", "index", r"W^{(1)}_{jk}\,a^{(1)}_k"),
    ("pytorch", "3-2:relu-2", "batch", r"Z_1 = X\,W_1^T + b_1"),
    ("pytorch", "3-2:relu-2", "batch",
     r"\frac{\partial \ell}{\partial W_1} = {\left(\frac{\partial \ell}{\partial Z_1}\right)^T\,X}"),
    ("nielsen", "4-3-2", "batch", r"\frac{\partial C}{\partial w^2} = {\Delta^2\,(A^1)^T}"),
    ("nielsen", "seq(4x3)-rnn(2)-1", "matrix", r"v^1_t = u^1\,x_t + w^1\,h^1_{t-1} + b^1"),
    ("nielsen", "seq(4x3)-rnn(2)-1", "batch", r"\sum_t \frac{\partial C}{\partial V^1_t}\,(H^1_{t-1})^T"),
    ("ng", "seq(4x3)-rnn(2)-1", "batch", r"dV^{[1]}_t = {(W^{[1]T}\,dV^{[1]}_{t+1}) * \tanh'(V^{[1]}_t)}"),
    ("nielsen", "seq(3x2)-lstm(2)-1", "matrix", r"c^1_t = f^1_t \odot c^1_{t-1} + i^1_t \odot g^1_t"),
    ("nielsen", "seq(3x2)-lstm(2)-1", "index", r"For every $t$:"),
    ("nielsen", "seq(3x2)-lstm(2)-1", "index", r"$f^1_{tj}$  forget gate  "),
    ("nielsen", "1x4x4-conv(2,3):relu-flatten-2", "index", "bias, layers $1$ and $3$"),
    ("nielsen", "seq(4x3)-attention-2", "index", r"\sum_n p^1_{htn}"),
    ("cs231n", GAN, "batch", r"ds_3 = {(ds_5^T\,u) \circ \tanh'(s_3)}"),
    ("cs231n", GAN, "batch", r"db_j = \sum_n ds_{3,n,j} + \sum_n ds_{2,n,j}"),
    ("ng", VAE, "batch", r"R = \tfrac12\,\big((r - X)^{* 2}\big)^T\,\mathbf{1}"),
    ("ng", VAE, "batch", r"$d\mu$  the error: $m\,\partial J / \partial \mu$, and so for"),
    ("ng", VAE, "batch", r"H = E * \exp(\tfrac12\,\rho) + \mu"),
    ("d2l", "docs/models/siamese.eq", "chain", r"{\begin{aligned}  \frac{2}{r}\,("),
    ("nielsen", "seq(3x2)-rnn(2)-1", "hvp", r"\mathcal{R}\{u^1_{jk}\} = p^1_{u,jk}"),
    ("goodfellow", "2-2-1", "gauss-newton", r"$\nabla^2 J = \mathbf{J}^T"),
    ("nielsen", VAE, "index", r"$u_{jk}$  parameter: weighs $x_k$ in $\mu_j$"),
    ("nielsen", VAE, "index", r"$\mu_j$  weighted sum of $x_k$"),
    ("nielsen", VAE, "index", r"$h_j$  made of $e_j$, $\mu_j$ and $\rho_j$"),
    ("nielsen", VAE, "index", r"$x_k$  given with each example: goes into $\mu_j$, $\rho_j$ and $R$"),
    ("d2l", PENALTY, "matrix", r"\tanh''(z) = -2h \odot (1 - h^{\odot 2})"),
    ("cs231n", "3-3-1", "numbers", r"\end{pmatrix}^T"),
    ("nielsen", "seq(3x2)-gru(2)-1", "index", r"{\frac{\partial C}{\partial h^1_{tj}}\,\tanh'(z^1_{g,tj})\,o^1_{tj}}"),
    ("nielsen", "seq(3x2)-liquid(2)-1", "matrix", r"{\frac{1}{d^1_{t+1}} \odot \frac{\partial C}{\partial h^1_{t+1}}"),
    ("3b1b", "3-4-2", "index", r"\sum_q w^{(2)}_{qj}\,\sigma'(z^{(2)}_q)\,\frac{\partial C_0}{\partial a^{(2)}_q}"),
    ("nielsen", GAN, "matrix", r"\sigma'(s_5) = q\,(1 - q)"),
    ("nielsen", "1x3x3-maxpool(2,stride=1)-flatten-1", "numbers",
     r"\max(x_{1,1,1},\, x_{1,1,2},\, x_{1,2,1},\, x_{1,2,2})"),
    ("goodfellow", CROSS, "index", r"W^{(1)}_{k,nig}\,u_{rg}"),
    ("goodfellow", CROSS, "index", r"s^{(1)}_{ntr} = \exp(e^{(1)}_{ntr})"),
    ("goodfellow", CROSS, "index", r"$u_{rg}$  given with each example  $r = 1, \dots, 3$, $g = 1, 2$"),
    ("nielsen", CROSS, "matrix", r"$\mathbf{1}$ is a vector of ones"),
    ("nielsen", CROSS, "batch", r"$q^1_{htis}$  queries"),
    ("nielsen", "2-2-1", "hvp", r"{\sigma'(z^1_j)\,\mathcal{R}\{z^1_j\}}"),
    ("nielsen", "2-2:gelu-1", "index", r"\operatorname{erf}\left(\frac{z}{\sqrt{2}}\right)"),
    ("nielsen", "1x8x8-conv(2,3)-maxpool(2)-flatten-1", "index", "counted in layer $2$  $u = 1, 2$"),
    ("nielsen", "2-1", "numbers", r") \cdot 0.3729 \cdot (1 - "),
    ("nielsen", "seq(3x2)-liquid(2)-1", "numbers",
     r"+ 0.1\,\begin{pmatrix} 6.336 \cdot 10^{-4} \\ -6.186 \cdot 10^{-5} \end{pmatrix} \right."),
])
def test_the_formulas_of_the_sources(name: str, arch: str, form: str, latex: str) -> None:
    assert latex in formulas(arch, name, form).replace("  =", " =")


@pytest.mark.parametrize("name", ["nielsen", "ng", "d2l"])
def test_constants_share_one_fraction(name: str) -> None:
    model = modelled("3-2", name, regularize="l2:lambda/(2*m)")
    assert rf"\frac{{\lambda}}{{{notation(name).examples}}}\," in str(document(model, name, "batch"))


@pytest.mark.parametrize("name", NAMES)
def test_a_notation_sets_its_ten_choices_so_that_they_agree(name: str) -> None:
    one = notation(name)
    assert LAYOUTS[one.product] == (one.weight_order, one.samples)
    assert one.source.startswith("http")


def test_choices_that_disagree_are_refused() -> None:
    with pytest.raises(DeriveError, match="from-to"):
        Notation("mine", "Mine", product="XW+b")


def test_conditions_and_cases_follow_the_numbers_of_layers() -> None:
    text = formulas("n0-...-nL", "ufldl", "index")
    assert "l = n_l$" in text and "l < n_l$" in text and "L" not in text.split("step by step")[1].replace("Layer", "")


# -- a notation of one's own -----------------------------------------------------------------


def test_a_notation_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('based_on = "ng"\ntitle = "My & notes"\nactivation = "h"\nproduct = "XW+b"\nlayer = "({})"\n'
                    'tags = {weight = "W4"}\n')
    mine = notation_of(str(path))
    text = str(document(modelled("4-3-2", "ng"), mine, "batch", "article"))
    assert r"dW^{(2)} &= \boxed{\frac{1}{m}\,H^{(1)T}\,dZ^{(2)}}" in text and r"My \& notes" in text
    assert r"Z^{(1)} &= H^{(0)}\,W^{(1)}" in text


@pytest.mark.parametrize(("text", "message"), [
    ('layr = "x"', "layer"),
    ('layer = "x"', "pattern"),
    ('layer = "\\\\input{}"', "pattern"),
    ('example = "{}{}"', "pattern"),
    ('delta = "\\\\input{x}"', "letter"),
    ('cost = "\\\\mathcal{\\\\input{x}}"', "letter"),
    ('weight = "weight"', "letter"),
    ('bias = "b_"', "letter"),
    ('samples = "row"', "rows"),
    ('samples = "rows"', "columns"),
    ('counts_from = true', "0 or 1"),
    ('broadcast = 1', "true or false"),
    ('based_on = "nielson"', "nielsen"),
    ('based_on = [1]', "no notation"),
    ('tags = {output = "}"}', "short words"),
    ('order = ["input"]', "each once"),
    ('cost_factor = "a"', "number"),
    ('hadamard = "\\\\odt"', "odot"),
    ('title = 3', "text"),
    ('activation = "z"', "both z"),
    ('x', "TOML"),
])
def test_a_notation_that_cannot_be_read_is_refused(text: str, message: str) -> None:
    with pytest.raises(DeriveError, match=message) as error:
        read_notation(text, "mine.toml")
    assert error.value.where.startswith("mine.toml")


# -- translations ----------------------------------------------------------------------------


def translated(arch: str, source: str, target: str, form: str) -> list[list[tuple[str, str, str]]]:
    model = modelled(arch, source)
    whole = translation(model.one, model.many, notation(source), notation(target), form)
    return [[(row.formula, row.meaning, row.sizes) for row in s.blocks[-1].rows]  # type: ignore[union-attr]
            for s in whole.sections]


@pytest.mark.parametrize(("arch", "source", "target", "form", "row"), [
    ("4-3-2", "nielsen", "ng", "batch", (r"\Delta^l", r"$\frac{1}{m}\,dZ^{[l]}$", "error")),
    ("4-3-2", "nielsen", "d2l", "matrix", (r"w^l", r"$(W^{(l)})^{\top}$", "weights")),
    ("4-3-2", "nielsen", "d2l", "index", (r"w^l_{jk}", r"$W^{(l)}_{kj}$", "weights")),
    ("4-3-2", "ng", "ufldl", "matrix", (r"z^{[l]}", r"$z^{(l+1)}$", "weighted input")),
    ("4-3-2", "3b1b", "bishop", "index", (r"a^{(l)}_j", r"$z^{(l)}_j$", "activation")),
])
def test_the_map_of_symbols(arch: str, source: str, target: str, form: str, row: tuple[str, str, str]) -> None:
    assert row in translated(arch, source, target, form)[0]


def test_both_columns_have_every_gradient() -> None:
    for source in NAMES:
        symbols, steps, gradients = translated("3-2-2", source, "cs231n", "matrix")
        assert len(steps) == 5 and [row[1][:5] for row in gradients if row[1][:3] == "$dW"] == ["$dW_2", "$dW_1"]
        assert all(row[0] and row[1] for row in [*symbols, *gradients])


def test_a_form_that_has_no_translation() -> None:
    model = modelled("3-2", "ng")
    with pytest.raises(DeriveError, match="no form"):
        translation(model.one, model.many, notation("ng"), notation("d2l"), "chain")
