"""Whatever is claimed, in whatever context: a verdict or a refusal, soon and with little memory; nothing else."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from derive.check.decide import Decider
from derive.check.verdict import RIGHT, UNDECIDED, UNREADABLE, WRONG
from derive.claims.context import Context
from derive.errors import DeriveError

LINEAR = ("z = w x + b", "a = f(z)", r"C = \frac{1}{2} (a - y)^2")
LAYERS = (r"z^l = w^l a^{l-1} + b^l", r"a^l = \sigma(z^l)", r"C = \frac12 \|a^L - y\|^2",
          r"\delta^l = \frac{\partial C}{\partial z^l}")
SQUARE = (r"Y = A X", r"C = \|Y\|^2")
MEMORY, SECONDS = 500 * 1024 ** 2, 20
"""The seconds leave room for a busy machine; the bounds count steps, and two seconds are usual."""

# (given, where, claim): each of them asks for more than anybody should compute
WORST = {
    "a long sum": (LINEAR, (), r"\frac{\partial z}{\partial w} = \sum_{i=1}^{10^9} x"),
    "a longer sum": (LINEAR, (), r"\frac{\partial z}{\partial w} = \sum_{i=1}^{1000000000} i x"),
    "a long product": (LINEAR, (), r"\frac{\partial z}{\partial w} = \prod_{i=1}^{1000000000} x"),
    "sums in sums": (LINEAR, (), "z = " + "".join(rf"\sum_{{{i}=1}}^{{3}} " for i in "cdefghijklmnopqrstuv") + "x"),
    "wide sums in sums": (LINEAR, (), "z = " + "".join(rf"\sum_{{{i}=1}}^{{99}} " for i in "cdefg") + "x"),
    "a tower": (LINEAR, (), "z = 10^{10^{10}} x"),
    "a tower of letters": (LINEAR, (), "z = x^{10^{10^{10}}}"),
    "a high power": (LINEAR, (), r"\frac{\partial z}{\partial w} = x^{1000000}"),
    "a power of a matrix": (SQUARE, (r"A \in \mathbb{R}^{n \times n}",), "Y = A^{99999999999} X"),
    "a given power of a matrix": ((r"Y = A^{1000000} X", r"C = \|Y\|^2"), (r"A \in \mathbb{R}^{n \times n}",),
                                  "Y = A X"),
    "a long number": (LINEAR, (), "z = 0." + "1" * 100_000),
    "a number of many digits": (LINEAR, (), "z = 1e999999999 x"),
    "a wide matrix": (SQUARE, (r"A \in \mathbb{R}^{10^9 \times 3}",), r"C = \|A X\|"),
    "a wide matrix in digits": (SQUARE, (r"A \in \mathbb{R}^{1000000000 \times 784}",), r"C = \|A X\|"),
    "many axes": (SQUARE, (r"T \in \mathbb{R}^{" + r" \times ".join("2" * 25) + "}", "T: matrix"), "T = T"),
    "a long vector of ones": (LINEAR, (), r"z = \mathbf{1}_{1000000000}"),
    "many layers": (LAYERS, (r"l = 1, \dots, 10^9",), r"\frac{\partial C}{\partial b^l} = \delta^l"),
    "many layers in digits": (LAYERS, (r"l = 1, \dots, 1000000000",), r"\frac{\partial C}{\partial b^l} = \delta^l"),
    "layers upon layers": (LAYERS, (r"l = 1, \dots, 390",), r"\frac{\partial C}{\partial w^l} = \delta^l a^{l-1}"),
    "a far layer": (LAYERS, (), r"\delta^{1000000000} = b^{999999999}"),
    "a far entry": (("z = w_{1000000000} x_1",), (), r"\frac{\partial z}{\partial x_1} = w_{1000000000}"),
    "an equation of itself": (("z = w z + x", "C = z^2"), (), r"\frac{\partial C}{\partial w} = 2 z^2"),
    "two equations of each other": (("a = f(b)", "b = g(a)"), (), r"\frac{\partial a}{\partial b} = f'(b)"),
    "a gradient of itself": ((r"d = \frac{\partial C}{\partial w}", "C = w d"), (), "d = 2 w"),
    "a function of itself": (("f(x) = f(f(x))", "y = f(x)"), (), r"\frac{\partial y}{\partial x} = f'(x)"),
    "functions of each other": (("f(x) = g(x)", "g(x) = f(x)", "y = f(w)"), (), r"\frac{\partial y}{\partial w} = 1"),
    "functions that double": (("f(x) = x x + x + x", "y = " + "f(" * 35 + "x" + ")" * 35), (),
                              r"\frac{\partial y}{\partial x} = 1"),
    "a function again and again": (LINEAR, (), "a = " + "f(" * 39 + "z" + ")" * 39),
    "many primes": (LINEAR, (r"f: sigmoid",), "a = f" + "'" * 300 + "(z)"),
    "many equations in a row": (("a_0 = w", *(f"a_{{{i + 1}}} = a_{{{i}}} a_{{{i}}}" for i in range(250))), (),
                                r"\frac{\partial a_{250}}{\partial w} = 1"),
    "many terms": (LINEAR, (), "z = " + " + ".join(["x"] * 3000)),
    "many factors": (LINEAR, (), "z = " + " ".join(["x"] * 3000)),
    "many sides": (LINEAR, (), " = ".join(["z"] * 2000)),
    "braces": (LINEAR, (), "z = " + "{" * 5000 + "x" + "}" * 5000),
    "brackets": (LINEAR, (), "z = " + "(" * 5000 + "x" + ")" * 5000),
    "open brackets": (LINEAR, (), "z = " + "(" * 5000),
    "bars": (LINEAR, (), "z = " + r"\|" * 3000),
    "a megabyte": (LINEAR, (), "z = " + "x + " * 250_000 + "x"),
    "a word of a megabyte": (LINEAR, (), "z = " + "x" * 999_000),
    "many cases": (LINEAR, (), r"z = \begin{cases}" + r"x & x > 0 \\" * 3000 + r"x \end{cases}"),
    "a big matrix": (LINEAR, (), r"z = \begin{bmatrix}" + ("x & " * 99 + r"x \\") * 99 + r"x \end{bmatrix}"),
    "a mistake in a long claim": (LINEAR, (), r"\frac{\partial C}{\partial w} = "
                                  + " + ".join([r"x_1 \frac{a}{b}"] * 200)),
}
CHILD = """
import json, sys
from derive.check.decide import Decider
from derive.claims.context import Context
from derive.errors import DeriveError
for given, where, claim in json.load(sys.stdin):
    try:
        print(Decider(Context(given=tuple(given), where=tuple(where))).check(claim).verdict, flush=True)
    except DeriveError as error:
        print("refused", flush=True)
"""


def limited() -> None:
    """No more memory than a small machine has; NumPy and SymPy reserve some of it before they begin."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


def test_no_claim_takes_the_machine_with_it() -> None:
    done = subprocess.run([sys.executable, "-c", CHILD], input=json.dumps(list(WORST.values())), text=True,
                          capture_output=True, timeout=SECONDS * len(WORST) / 4, preexec_fn=limited,
                          env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    said = done.stdout.split()
    assert len(said) == len(WORST), (list(WORST)[len(said)], done.stderr[-600:])
    right = [name for name, word in zip(WORST, said, strict=True) if word == RIGHT]
    assert right == ["a far entry", "many sides"], "nothing else of this can be proved"


@pytest.mark.parametrize(("given_lines", "where", "claim", "reason"), [
    (LINEAR, (), r"z = \sum_{i=1}^{1000000000} i x", "1,000,000,000 values"),
    (("a = f(b)", "b = g(a)"), (), r"\frac{\partial a}{\partial b} = f'(b)", "defined by itself"),
    (LAYERS, (r"l = 1, \dots, 1000000000",), r"\frac{\partial C}{\partial b^l} = \delta^l", "write a letter"),
    (LINEAR, (), "a = f" + "'" * 30 + "(z)", "derived 30 times"),
    (LINEAR, (), "z = 1e999999999 x", "too many digits"),
    (LINEAR, (), "z = " + "(" * 5000, "more than 40 deep"),
])
def test_a_bound_says_which_one_it_is(given_lines: tuple[str, ...], where: tuple[str, ...], claim: str,
                                      reason: str) -> None:
    verdict = Decider(Context(given=given_lines, where=where)).check(claim)
    assert verdict.verdict in (UNDECIDED, UNREADABLE)
    assert reason.lower() in verdict.explanation.lower()


def test_a_large_declared_size_counts_as_a_letter() -> None:
    context = Context(given=("z = W x + b", r"C = \ell(z)"), where=(r"W \in \mathbb{R}^{10 \times 784}",))
    assert Decider(context).check(r"\frac{\partial C}{\partial W} = \frac{\partial C}{\partial z} x^T").verdict == RIGHT


PIECES = (
    "z", "w", "x", "b", "a", "y", "C", "f", "f'", r"\sigma", r"\delta", "W", "^l", "^{l-1}", "^{l+1}", "_j",
    "_{jk}", "^T", "^2", "(", ")", "{", "}", "[", "]", "|", r"\|", "+", "-", " ", "/", "!", ",", "1", "2", "0",
    "3.5", "=", "<", r"\odot", r"\cdot", r"\times", r"\otimes", r"\frac{", "}{", r"\partial", "d", r"\nabla",
    r"\sum_k", r"\sum_{k=1}^n", r"\prod_j", r"\max", r"\exp", r"\log", r"\sqrt", r"\operatorname{diag}",
    r"\operatorname{tr}", r"\mathbf{1}", r"\mathbb{1}\{", r"\begin{cases}", r"\end{cases}", "&", r"\\", r"\hat",
    r"\frac{\partial C}{\partial w}", r"\frac{\partial C}{\partial z}", r"\frac{\partial z}{\partial w}",
    r"\text{if}", r"\dots", "'", "I", "softmax")
soup = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
CLAIMS = (r"\frac{\partial C}{\partial w} = (a - y) f'(z) x",
          r"\frac{\partial C}{\partial b} = \frac{\partial C}{\partial z}",
          r"\frac{\partial^2 C}{\partial w \partial b} = x", r"a - y = \frac{dC}{da}", r"z = \sum_k w_k x_k + b",
          r"\delta^l = ((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l)",
          r"\frac{\partial C}{\partial w^l} = \delta^l (a^{l-1})^T")
GIVEN = (LINEAR, LAYERS, (r"z_j = \sum_k w_{jk} x_k + b_j", "a = f(z)", r"C = \sum_j (a_j - y_j)^2"), SQUARE)
DECLARED = (r"W \in \mathbb{R}^{n \times m}", r"x \in \mathbb{R}^d", r"l = 1, \dots, L", r"\sigma: sigmoid",
            "y: one-hot", "i: example", "x: row", r"\sum_j y_j = 1", "j \\ne k", "f: relu", "z: softmax")


@st.composite
def mutants(draw: st.DrawFn, texts: tuple[str, ...] = CLAIMS) -> str:
    """A formula with a few pieces cut out, put in or said twice."""
    text = draw(st.sampled_from(texts))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        stop = draw(st.integers(start, min(len(text), start + 6)))
        text = text[:start] + draw(st.sampled_from([*PIECES, "", text[start:stop] * 2])) + text[stop:]
    return text


def decided(lines: tuple[str, ...], where: tuple[str, ...], claim: str) -> str:
    """The verdict; whatever is wrong with the context is refused."""
    try:
        verdict = Decider(Context(given=lines, where=where)).check(claim)
    except DeriveError as refused:
        assert refused.what
        return "refused"
    assert verdict.verdict in (RIGHT, WRONG, UNDECIDED, UNREADABLE)
    assert verdict.verdict == RIGHT or verdict.explanation
    if verdict.corrected:
        assert Decider(Context(given=lines, where=where)).check(verdict.corrected).verdict in (RIGHT, UNDECIDED)
    return verdict.verdict


MANY = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(st.sampled_from(GIVEN), mutants())
@MANY
def test_a_claim_with_slips_is_decided_or_refused(lines: tuple[str, ...], claim: str) -> None:
    decided(lines, (), claim)


@given(st.sampled_from(GIVEN), soup, soup)
@MANY
def test_any_pieces_are_decided_or_refused(lines: tuple[str, ...], left: str, right: str) -> None:
    decided(lines, (), f"{left} = {right}")


@given(st.lists(mutants(tuple(line for lines in GIVEN for line in lines)), min_size=1, max_size=4),
       st.lists(mutants(DECLARED), max_size=2), st.sampled_from(CLAIMS))
@MANY
def test_any_context_decides_or_is_refused(lines: list[str], where: list[str], claim: str) -> None:
    decided(tuple(lines), tuple(where), claim)


@given(st.lists(soup, max_size=3), st.lists(soup, max_size=2), mutants())
@MANY
def test_a_context_of_any_pieces_decides_or_is_refused(lines: list[str], where: list[str], claim: str) -> None:
    decided(tuple(lines), tuple(where), claim)
