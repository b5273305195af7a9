"""The printer: rows of (equation, LaTeX), the order of factors, and every form on a real page."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from derive.calculus.explain import explain
from derive.document.page import page
from derive.errors import DeriveError
from derive.forward import forward
from derive.ir import Derivation
from derive.latex.document import document
from derive.latex.expression import Printer
from derive.latex.lines import pieces
from derive.latex.measure import width
from derive.latex.names import Names
from derive.latex.translate import translation
from derive.notation import notation, notations
from derive.pipeline import equations
from derive.samples import over_samples
from derive.spec import Network, load
from derive.text import read_equations

ARCHITECTURES = ("784-16-16-10", "3-4:relu-2", "2-3:tanh-2:softmax", "n0-...-nL", "1-1-1-1", "2-2-2-2-2-2:leaky_relu-1")
EQUATIONS = ("data x[k], y[j]\nparameter w[j,k], b[j]\nz[j] = sum(w[j,k]*x[k], k) + b[j]\na[j] = sigmoid(z[j])\n"
             "C = sum((a[j] - y[j])^2, j)\n")


def model(arch: str, name: str = "nielsen", **options: str) -> Derivation:
    if "cost" not in options:
        options["factor"] = notation(name).cost_factor
    return forward(Network(arch, **options))


def printed(source: str, name: str = "nielsen") -> list[str]:
    """Every equation of a source, printed."""
    derivation = read_equations(source)
    printer = Printer(Names(derivation, notation(name)))
    return [f"{printer.text(e.lhs)} = {''.join(pieces(printer, e.terms))}" for e in derivation.equations()]


@pytest.mark.parametrize(("equation", "latex"), [
    ("C = (u - v)^2", r"C = (u - v)^2"),
    ("C = 2*u - 2*v", r"C = 2(u - v)"),
    ("C = u/2 - v/2", r"C = \tfrac12\,(u - v)"),
    ("C = -u - v", r"C = -(u + v)"),
    ("C = v - u*v", r"C = (1 - u)\,v"),
    ("C = 4.5*u - 2.4", r"C = 4.5\,u - 2.4"),
    ("C = (u + v)*(v + 1)", r"C = (u + v)\,(v + 1)"),
    ("C = exp(-u)", r"C = e^{-u}"),
    ("C = 1/(1 + exp(-u))", r"C = \frac{1}{1 + e^{-u}}"),
    ("C = log(u)*v", r"C = v\,\ln u"),
    ("C = log(1 - u)", r"C = \ln(1 - u)"),
    ("C = sqrt(u)", r"C = \sqrt{u}"),
    ("C = u/v", r"C = \frac{u}{v}"),
    ("C = step(u)", r"C = [\,u > 0\,]"),
    ("C = step(u - v)", r"C = [\,u > v\,]"),
    ("C = abs(u)", r"C = \left|u\right|"),
    ("C = choose(u, 1, v)", r"C = \begin{cases} 1 & \text{if } u > 0 \\ v & \text{otherwise} \end{cases}"),
    ("C = sigmoid'(u)", r"C = \sigma'(u)"),
    ("C = sigmoid(u)^2", r"C = (\sigma(u))^2"),
    ("C = max(u, v)", r"C = \max(u,\, v)"),
])
def test_scalars(equation: str, latex: str) -> None:
    assert printed(f"parameter u, v\n{equation}\n") == [latex]


@pytest.mark.parametrize(("equation", "latex"), [
    ("C = sum(u[i]^2, i)", r"C = \sum_i u_i^2"),
    ("C = sum(u[i] + v[i], i)", r"C = \sum_i (u_i + v_i)"),
    ("C = -sum(v[i]*log(u[i]), i)", r"C = -\sum_i v_i\,\ln u_i"),
    ("C = u[0]*v[2]", r"C = u_1\,v_3"),
    ("C = sum(u[i]*q[2*i+1], i)", r"C = \sum_i u_i\,q_{2i}"),
])
def test_sums_and_entries_count_from_one(equation: str, latex: str) -> None:
    assert printed(f"index i = 3\nparameter u[i], v[i], q[p: 9]\n{equation}\n") == [latex]


@pytest.mark.parametrize(("name", "latex"), [
    ("lam", r"\lambda"), ("theta", r"\theta"), ("k0", r"k_0"), ("speed", r"\mathit{speed}"),
    ("n_in", r"n_{\mathit{in}}"), ("alpha_2", r"\alpha_2"),
])
def test_names(name: str, latex: str) -> None:
    assert printed(f"parameter {name}\nC = {name}^2\n") == [f"C = {latex}^2"] or "_" in latex


@pytest.mark.parametrize(("name", "of", "latex"), [
    ("nielsen", "z2", r"(a^2_j - y_j)\,\sigma'(z^2_j)"),
    ("nielsen", "z1", r"\Big(\sum_q w^2_{qj}\,\delta^2_q\Big)\,\sigma'(z^1_j)"),
    ("nielsen", "w2", r"a^1_k\,\delta^2_j"),
    ("nielsen", "w1", r"x_k\,\delta^1_j"),
    ("nielsen", "b1", r"\delta^1_j"),
    ("3b1b", "a2", r"2(a^{(2)}_j - y_j)"),
    ("3b1b", "a1", r"\sum_q w^{(2)}_{qj}\,\sigma'(z^{(2)}_q)\,\frac{\partial C_0}{\partial a^{(2)}_q}"),
    ("3b1b", "w2", r"a^{(1)}_k\,\sigma'(z^{(2)}_j)\,\frac{\partial C_0}{\partial a^{(2)}_j}"),
    ("3b1b", "w1", r"a^{(0)}_k\,\sigma'(z^{(1)}_j)\,\frac{\partial C_0}{\partial a^{(1)}_j}"),
])
def test_gradients_as_the_sources_write_them(name: str, of: str, latex: str) -> None:
    chosen = notation(name)
    explanation = explain(model("4-3-2", name), policy=chosen.policy)
    printer = Printer(Names(explanation.derivation, chosen))
    line = explanation.chain(of).line("local derivatives")
    assert line is not None and "".join(pieces(printer, line.equation.terms)) == latex


@pytest.mark.parametrize("latex", [
    r"\boxed{a^{(L-1)}\,\sigma'(z^{(L)})\,2(a^{(L)} - y)}",
    r"\boxed{a^{(L-2)}\,\sigma'(z^{(L-1)})\,w^{(L)}\,\sigma'(z^{(L)})\,2(a^{(L)} - y)}",
    r"C_0 &= (a^{(L)} - y)^2",
])
def test_the_chain_of_the_video(latex: str) -> None:
    assert latex in document(model("1-1-1-1", "3b1b"), "3b1b", form="chain")


@pytest.mark.parametrize(("latex", "tag"), [
    (r"\delta^L &= \boxed{(a^L - y) \odot \sigma'(z^L)}", "BP1"),
    (r"\delta^l &= \boxed{\big((w^{l+1})^T\,\delta^{l+1}\big) \odot \sigma'(z^l)}", "BP2"),
    (r"\frac{\partial C}{\partial b^l} &= \boxed{\delta^l}", "BP3"),
    (r"\frac{\partial C}{\partial w^l} &= \boxed{\delta^l\,(a^{l-1})^T}", "BP4"),
])
def test_the_four_equations_for_any_layer(latex: str, tag: str) -> None:
    line = next(x for x in document(model("n0-...-nL"), form="matrix").splitlines() if rf"\tag{{{tag}}}" in x)
    assert latex in line


@pytest.mark.parametrize("latex", [
    r"Z^1 &= w^1\,X + b^1\,\mathbf{1}^T", r"\Delta^2\,(A^1)^T", r"\Delta^2\,\mathbf{1}",
    r"\frac{1}{m}\,\big((A^2 - Y) \odot \sigma'(Z^2)\big)", r"(2 \times m)\,(m \times 3)",
])
def test_the_minibatch(latex: str) -> None:
    assert latex in document(model("4-3-2"), form="batch")


@pytest.mark.parametrize(("arch", "style", "latex"), [
    ("4x2x1-conv(6,2x1,groups=2)-flatten-1", "nielsen",
     r"{\partial w^1_{3n+e-3,c,u,v}} &= \sum_i \sum_j \frac{\partial C}{\partial f^1_{neij}}\,"),  # nothing over n
    ("4x1x2-groupnorm(2)-flatten-1", "nielsen",
     r"\boxed{\sum_p \sum_q k^1_{cpq}\,\frac{\partial C}{\partial a^1_{cpq}}}"),
    ("seq(3x2)-attention-1", "nielsen", r"c^1_{hti} &= \sum_r p^1_{htr}\,v^1_{hri}"),
    ("seq(3x2)-gru(2)-1", "nielsen", r"\boxed{\sum_t x_{tk}\,\frac{\partial C}{\partial z^1_{g,tj}}}"),
    ("seq(3x2)-rnn(2)-1", "goodfellow", r"h^{(1)}_j &= s^{(1)}_{3,j}"),
    ("seq(3x2)-rnn(2)-1", "nielsen",
     r"\frac{\partial C}{\partial v^1_{t+1,r}}\,\frac{\partial v^1_{t+1,r}}{\partial h^1_{tj}}\,"),
    ("words(3 of 5)-embedding(2)-1", "d2l", r"h^{(1)}_{tj} &= W^{(1)}_{x_t,j}"),
    ("seq(3x2)-lstm(2)-1", "nielsen",  # a result of two lines in one box
     r"\boxed{\begin{aligned} & \sum_r w^1_{o,rj}\,\frac{\partial C}{\partial z^1_{o,t+1,r}}"),
    ("seq(2x2)-transformer(1,wider=1)-1", "nielsen",  # no letter with a number for the second step
     r"p^1_{htr}\,\Big(\frac{\partial C}{\partial p^1_{htr}} - \sum_n p^1_{htn}"),
])
def test_lines_of_layers_are_as_a_lecturer_writes_them(arch: str, style: str, latex: str) -> None:
    assert latex in document(model(arch, style), style, form="index")


@pytest.mark.parametrize(("arch", "tags"), [
    ("2-2-1", ["BP1", "BP4", "BP3", "BP2", "BP4", "BP3"]),
    ("seq(2x2)-lstm(1)-1", ["BP1", "BP4", "BP3"]),  # a gate is no layer of neurons
    ("3x2-conv1d(1,2):tanh-flatten-2", ["BP1", "BP4", "BP3"]),  # nor is a kernel that moves
])
def test_the_four_equations_stand_at_layers_of_neurons(arch: str, tags: list[str]) -> None:
    assert re.findall(r"\\tag\{(BP\d)\}", document(model(arch))) == tags


def test_a_gate_of_all_examples_is_a_capital() -> None:
    assert r"F^1_t &= \sigma(Z^1_{f,t})" in document(model("seq(2x1)-lstm(1)-1"), form="batch")


def test_softmax_with_cross_entropy_is_a_minus_y() -> None:
    text = document(model("3-2:softmax", cost="cross-entropy"), form="index")
    assert r"\boxed{a^1_j - y_j}" in text and r"because $\sum_j y_j = 1$" in text


def test_a_name_of_the_model_is_not_taken_for_delta() -> None:
    text = document(model("3-2", cost="huber"), form="index")
    assert r"\delta^1" not in text and r"\frac{\partial C}{\partial z^1_j}" in text


def test_the_single_weight_of_the_video() -> None:
    """i = 1.5, y = 0.8: the video printed 4.5w - 1.5, its own formula gives 4.5w - 2.4."""
    text = document(read_equations("parameter w\na = 1.5*w\nC = (a - 0.8)^2\n"), "3b1b", form="chain")
    assert r"= 4.5\,w - 2.4" in text


def test_equations_of_a_user_carry_no_tags_and_no_places() -> None:
    text = document(read_equations("parameter a, b\nc = a + b\nd = b + 1\ne = c*d\ncost e\n", "model.eq"))
    assert r"\frac{\partial e}{\partial b} &= \frac{\partial e}" in text
    assert "model.eq" not in text and r"\tag" not in text and r"\partial C" not in text


@pytest.mark.parametrize(("latex", "of"), [
    (r"\sum_{\substack{i \\ 2i-1 \le p \le 2i+1}} w_{p-2i+2}\,\delta_i", "x"),
    (r"\sum_i x_{2i+k-2}\,\delta_i", "w"),
])
def test_a_strided_convolution_counts_from_one(latex: str, of: str) -> None:
    source = ("index p = 9, i = 4, k = 3\ndata y[i: 4]\nparameter x[p], w[k]\nz[i] = sum(x[2*i+k]*w[k], k)\n"
              "C = sum((z[i] - y[i])^2, i)\n")
    assert rf"\boxed{{{latex}}}" in document(read_equations(source), wrt=[of])


def test_a_condition_is_never_dropped() -> None:
    source = "index i = 4\ndata v[i]\nparameter x[i]\nz = x[0]^2\nC = sum(v[i]*x[i], i) + z\n"
    assert r"[\,i = 1\,]" in document(read_equations(source))


def test_the_bracket_is_explained_where_it_is_used() -> None:
    said = "is 1 where it holds"
    assert said in document(model("3-2:relu")) and said not in document(model("3-2:tanh"))


def test_wrt_names_what_is_printed() -> None:
    text = document(model("4-3-2"), wrt=["x"])
    assert r"\partial x_k" in text and r"\partial w" not in text


@pytest.mark.parametrize(("arch", "options", "message"), [
    ("4-3-2", {"form": "poem"}, "no form"),
    ("4-3-2", {"page": "scroll"}, "no format"),
    ("4-3-2", {"notation": "nielson"}, "nielsen"),
    ("4-3-2", {"wrt": ["w9"]}, "w9"),
    ("3-2:softmax", {"form": "chain"}, "mixes"),
    ("n0-...-nL", {"form": "chain"}, "fixed number"),
])
def test_refusals(arch: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(DeriveError, match=message):
        document(model(arch), **options)  # type: ignore[arg-type]


def test_user_text_is_escaped() -> None:
    derivation = replace(read_equations(EQUATIONS), assumptions=("a \\input{x} $ % # & _ ^ ~ { \n\x07é\u202e",))
    text = document(derivation)
    assert r"\input" not in text and r"\textbackslash{}input\{x\} \$ \% \# \& \_" in text
    assert r"\textasciicircum{} \textasciitilde{} \{ ????" in text


def test_expression_alone() -> None:
    derivation = read_equations(EQUATIONS)
    assert Printer(Names(derivation, notation("3b1b"))).text(derivation.tensor("w").at()) == "w_{jk}"


def test_no_factor_order_of_sympy() -> None:
    """Renaming tensors so that the alphabet turns round changes letters and nothing else."""
    renamed = EQUATIONS
    for old, new in (("w", "h"), ("x", "v"), ("b", "u")):
        renamed = re.sub(rf"\b{old}\b", new, renamed)
    back = " ".join(printed(renamed))
    for old, new in (("w", "h"), ("x", "v"), ("b", "u")):
        back = re.sub(rf"\b{new}_", f"{old}_", back)
    assert back == " ".join(printed(EQUATIONS))


def test_width_is_near_what_tex_measured() -> None:
    """Widths in letters, from pdflatex at 11 points."""
    for latex, measured in ((r"\frac{\partial C_0}{\partial a^{(l)}_j}", 4.4), (r"s^2\,[z^1_j > 0]", 9.2),
                            (r"a^{(l-1)}_k\,\sigma'(z^{(l)}_j)\,\frac{\partial C_0}{\partial a^{(l)}_j}", 15.9)):
        assert width(latex) == pytest.approx(measured, rel=0.25)


COSTS = ("cross-entropy", "binary_cross_entropy", "huber", "mean_absolute_error", "hinge")
MANY = ("nielsen", "3b1b")
"""The notations whose documents are made of every architecture and cost; the others take turns at the costs."""


def every_document() -> list[str]:
    """Each form in each notation for several architectures: whole articles; and each notation beside Nielsen's."""
    found = []
    for number, name in enumerate(sorted(notations())):
        for arch in ARCHITECTURES if name in MANY else ARCHITECTURES[1:4]:
            for form in ("chain", "index", "matrix", "batch"):
                if form != "chain" or not ("softmax" in arch or "..." in arch):
                    found.append(document(model(arch, name), name, form, "article"))
        for cost in COSTS if name in MANY else COSTS[number % len(COSTS):][:1]:
            weighted = model("3-2:gelu-2", name, cost=cost, regularize="l2")
            found.append(document(weighted, name, "index", "article"))
            found.append(document(model("3-2:elu-2", name, cost=cost), name, "batch", "article"))
        one = model("784-16-10")
        both = translation(one, over_samples(one), notation("nielsen"), notation(name), "batch")
        found.append(page("article").write(both))
    return [str(text) for text in found]


def test_every_document_compiles_and_fits_the_page(tmp_path: Path) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed: the documents were not compiled")
    articles = every_document()
    bodies = [re.split(r"\\maketitle|\\end\{document\}", a)[1] for a in articles]
    preamble = articles[0].split(r"\title")[0]
    marked = "".join(f"\n\\typeout{{document {n}}}{body}\\clearpage" for n, body in enumerate(bodies))
    (tmp_path / "all.tex").write_text(f"{preamble}\\begin{{document}}{marked}\n\\end{{document}}\n")
    run = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"], cwd=tmp_path,
                         capture_output=True, text=True, errors="replace")
    assert run.returncode == 0, run.stdout[-2000:]
    wide = [float(w) for w in re.findall(r"Overfull \\hbox \(([\d.]+)pt", run.stdout)]
    assert max(wide, default=0) < 5


@pytest.mark.parametrize("form", ["index", "matrix"])
def test_what_is_added_to_a_value_is_printed_so(form: str) -> None:
    text = "data x[k: 3]\nparameter w[k: 3]\nz[k] = x[k]\nz[k] += w[k]\nC = sum(z[k]^2, k)\n"
    nielsen = notation("nielsen")
    page = str(document(equations(load(text), nielsen), nielsen, form=form, wrt=(), page="fragment"))
    assert page.count(r"\mathrel{+}=") == 2, "once where it is printed, once where the sign is explained"
