"""The textbook text syntax: what it means, what it refuses and where, and that it reads back what it prints."""

from __future__ import annotations

import re

import pytest
import sympy as sp
from canonical import same
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.errors import DeriveError
from derive.ir import Derivation
from derive.text import read_block, read_equations, read_formula, write_equations

LAYER = "data x[k:3], y[j:2]\nparameter w[j:2,k:3], b[j:2]\n"
END = "\nC = sum((a[j] - y[j])^2, j)"
GENERAL = """
layer l = 1..L
data x[k: n[0]], y[j: n[L]]
parameter w[l, j: n[l], k: n[l-1]], b[l, j: n[l]]
a[0,k] = x[k]
for l:
    z[l,j] = sum(w[l,j,k]*a[l-1,k], k) + b[l,j]
    a[l,j] = sigmoid(z[l,j])
C = 1/2*sum((a[L,j] - y[j])^2, j)
"""
LAST_APART = """
layer l = 1..L
data x[k: n[0]], y[j: n[L]]
parameter w[l, j: n[l], k: n[l-1]]
a[0,k] = x[k]
for l = 1..L-1:
    a[l,j] = sigmoid(sum(w[l,j,k]*a[l-1,k], k))
a[L,j] = sum(w[L,j,k]*a[L-1,k], k)
C = 1/size(j)*sum((a[L,j] - y[j])^2, j) + sum(w[l,j,k]^2, l, j, k)
"""

INDENTED = """
  # as it stands in a page
  data x[t: 1..4]

  time t = 1..4
  h[0] = 0
  for t:
      h[t] = h[t-1] + x[t]
  C = h[4]
"""
EQUAL = {
    "all of it indented": (INDENTED, INDENTED.replace("\n  ", "\n")),
    "matrix form": (LAYER + "a = w @ x + b" + END, LAYER + "a[j] = sum(w[j,k]*x[k], k) + b[j]" + END),
    "names of indices": (LAYER + "a[q] = sum(w[q,p]*x[p], p)" + END, LAYER + "a[j] = sum(w[j,k]*x[k], k)" + END),
    "order of terms": (LAYER + "a[j] = b[j] + sum(x[k]*w[j,k], k)" + END,
                       LAYER + "a[j] = sum(w[j,k]*x[k], k) + b[j]" + END),
    "transpose": ("data x[k:3]\nparameter w[k:3,j:2]\na = w.T @ x\nC = sum(a^2)",
                  "data x[k:3]\nparameter w[k:3,j:2]\na[j] = sum(w[k,j]*x[k], k)\nC = sum(a[j]^2, j)"),
    "sum over j where j is on the left": (LAYER + "a[j] = exp(b[j])/sum(exp(b[j]), j)" + END,
                                          LAYER + "s1 = sum(exp(b[i]), i)\na[j] = exp(b[j])/s1" + END),
    "a sum in a sum with the same index": ("data x[k:3]\nC = sum(x[k]*sum(x[k]^2, k), k)",
                                           "data x[k:3]\nC = sum(x[k]*x[i]^2, k, i)"),
    "a product of sums": ("data x[k:3], v[k:3]\nC = sum(x[k], k)*sum(v[k], k)",
                          "data x[k:3], v[k:3]\ns1 = sum(v[k], k)\nC = sum(x[k]*s1, k)"),
    "a sum in a function": ("data x[k:3]\nC = log(sum(x[k], k))", "data x[k:3]\ns1 = sum(x[k], k)\nC = log(s1)"),
    "made-up names avoid those of the text": (
        "data x[k:3]\nt = log(sum(x[k], k))\ns1 = t^2\nC = s1 + sum(x[k], k)",
        "data x[k:3]\ns2 = sum(x[k], k)\nt = log(s2)\ns1 = t^2\nC = s1 + sum(x[k], k)"),
    "one line or several": ("data x[k:3]\nC = sum(x[k],\n        k)", "data x[k:3]\nC = sum(x[k], k)"),
    "comments, blank lines, \\r\\n": ("# a model\r\ndata x[k:3]  # given\r\n\r\nC = sum(x[k], k)\r\n",
                                      "data x[k:3]\nC = sum(x[k], k)"),
    "powers": ("data x\nC = x**2", "data x\nC = x^2"),
}


@pytest.mark.parametrize("name", EQUAL)
def test_two_ways_to_write_the_same(name: str) -> None:
    one, other = EQUAL[name]
    assert same(read_equations(one), read_equations(other))


@pytest.mark.parametrize(("one", "other"), [
    ("C = sum(x[k], k)", "C = sum(x[k]^2, k)"),
    ("C = sum(x[k]*w[k], k)", "C = sum(x[k], k) + sum(w[k], k)"),
    ("a[k] = x[k]\nC = sum(a[k], k)", "C = sum(x[k], k)"),
])
def test_different_models_differ(one: str, other: str) -> None:
    given_ = "data x[k:3]\nparameter w[k:3]\n"
    assert not same(read_equations(given_ + one), read_equations(given_ + other))


ROUND = {
    "general depth": GENERAL,
    "last layer apart": LAST_APART,
    "symbolic sizes": "data x[k]\nparameter w[j,k]\nz[j] = sum(w[j,k]*x[k], k)\nC = sum(z[j]^2, j)/size(j)",
    "convolution": "data x[k:7]\nparameter w[k:3]\nindex i = 3\nz[i] = sum(x[2*i+k]*w[k], k)\nC = sum(z[i]^2, i)",
    "two ranges of one name": "data x[i:7], v[i:5]\nparameter w[k:3]\nindex i = 3\nz[i] = sum(x[2*i+k]*w[k], k)\n"
                              "u[p] = v[p]^2\nC = sum(z[i], i) + sum(u[p], p)",
    "time": "time t = 1..T\ndata x[t: 1..T, k: 3]\nparameter u[j: 4, k: 3], v[j: 4, k: 4]\nh[0,j] = 0*u[j,1]\n"
            "for t:\n    z[t,j] = sum(u[j,k]*x[t,k], k) + sum(v[j,k]*h[t-1,k], k)\n    h[t,j] = tanh(z[t,j])\n"
            "C = sum(h[T,j]^2, j)",
    "backwards": "time t = 1..5\ndata x[t: 1..6]\nh[6] = x[6]\nfor t descending:\n    h[t] = h[t+1] + x[t]\nC = h[1]^2",
    "samples": "sample s = m\ndata x[s, k:3], y[s]\nparameter w[k:3]\na[s] = sum(w[k]*x[s,k], k)\n"
               "C = 1/m*sum((a[s] - y[s])^2, s)",
    "constants": "data x[k:3]\nconstant lam = 0.25, rate\nparameter w[k:3]\nC = lam*rate*sum(w[k]*x[k], k)",
    "functions": "data x[k:3]\nC = sum(max(0, x[k]) + choose(x[k], 1/2*x[k]^2, -x[k]) + abs(x[k])*sigmoid'(x[k])"
                 " + sqrt(x[k]) + x[k]^(3/2) - 1/(2*x[k]^2) + exp(-x[k]/3) - (-x[k])^3, k)",
    "facts": "data y[j:3], z[j:3]\ne[j] = exp(z[j])\nC = sum(e[j]*y[j], j)\n"
             "fact sum(y[j], j) = 1\nfact e[j] = exp(z[j])",
    "declared cost": "data x[k:3]\ncost D\nD = sum(x[k], k)\nE = D^2",
    "pushed": "data x[k:3]\nparameter w[k:3]\nz[k] = 0*x[k]\nz[k] += w[k]*x[k]\nC = sum(z[k], k)",
    "pi": "data x\nC = sin(pi*x)^2",
    "a function's value": "data x\nC = x*relu'(3)*relu'(3) + sigmoid(3)^2",
}


@pytest.mark.parametrize("name", ROUND)
def test_printed_text_reads_back(name: str) -> None:
    derivation = read_equations(ROUND[name])
    printed = write_equations(derivation)
    again = read_equations(printed)
    assert same(again, derivation), printed
    assert again.facts == derivation.facts
    assert write_equations(again) == printed


def test_printed_text() -> None:
    assert write_equations(read_equations(LAST_APART)) == """\
layer l = 1..L
data x[k: n[0]]
data y[j: n[L]]
parameter w[l: 1..L, j: n[l], k: n[l - 1]]
cost C
a[0, k] = x[k]
for l = 1..L - 1:
    s1[l, j] = sum(w[l, j, k]*a[l - 1, k], k)
    a[l, j] = sigmoid(s1[l, j])
a[L, j] = sum(w[L, j, k]*a[L - 1, k], k)
C = sum((a[L, j] - y[j])^2/n[L], j) + sum(w[l, j, k]^2, l, j, k)
"""


BAD = {
    "nothing": ("", "equations: there is no cost"),
    "below an empty line": ("\n\nx", "equations:3:2: the end of the line does not fit here"),
    "within what is indented": ("  data x[k: 3]\n  C = sum(x[k],)", "equations:2:16: ')' does not fit here"),
    "indented without a loop": ("  data x[k: 3]\n    C = sum(x[k], k)", "equations:2:1: an indented line that no loop"),
    "a name": ("x", "1:2: the end of the line does not fit here; expected '=' or '['"),
    "a bracket": ("data x[k:3]\nC = sum(x[k], k", "2:16: the end of the line does not fit here"),
    "half an index": ("data x[k:3]\nC = x[k+]", "2:9: ']' does not fit here; expected '(' or a name or a number"),
    "quotes": ("data x[k:3]\nC = sum(x[k],k) + \"a\"", "2:19: the character '\"' does not fit here"),
    "python": ("data x[k:3]\nC = __import__('os')", "2:5: the character '_' does not fit here"),
    "template": ("data x[k:3]\nC = {{7*7}}", "2:5: the character '{' does not fit here"),
    "control character": ("data x[k:3]\nC = \x1b[31m", r"2:5: the character '\x1b' does not fit here"),
    "unknown name": (LAYER + "a[j] = q[j]" + END, "3:8: 'q' is not declared or computed above"),
    "unknown function": ("data x\nC = sigmoidd(x)", "2:5: there is no function 'sigmoidd'\n  Did you mean 'sigmoid'"),
    "arity": ("data x\nC = choose(1, x)", "2:5: 'choose' takes 3 arguments, not 2"),
    "free index": (LAYER + "a[j] = w[j,k]*x[k]" + END, "3:12: index 'k' is not on the left and not summed over"),
    "index on the left alone": (LAYER + "a[i] = 1" + END, "3:3: the range of index 'i' is not known"),
    "index of two ranges": (
        LAYER + "parameter v[i: 5], r[i: 4]\na[i] = 1" + END, "4:3: the range of index 'i' is not known"),
    "number of indices": (LAYER + "a[j] = w[j]" + END, "3:8: 'w' has 2 indices, but 1 are written"),
    "transposed by mistake": (LAYER + "a[j] = sum(w[k,j]*x[k], k)" + END,
                              "3:1: shapes differ: index 'k' runs over 2 values, but that axis of 'x' has 3"),
    "matrix shapes": (LAYER + "a = x @ w" + END, "3:5: shapes do not fit: (3) @ (2, 3)"),
    "matrix sum": (LAYER + "a = x + b" + END, "3:5: shapes differ: (3) beside (2)"),
    "two forms": (LAYER + "a[j] = w @ x" + END, "3:1: index form on the left, matrix form on the right"),
    "out of bounds": ("data x[k:3]\nC = x[3]", "2:1: 'x' is read at 3, but its index runs from 0 to 2"),
    "affine out of bounds": ("data x[k:5]\nparameter w[k:3]\nindex i = 4\nz[i] = sum(x[i+k]*w[k], k)\nC = sum(z[i], i)",
                             "4:1: 'x' is read at i + k, which runs from 0 to 5, but its index runs from 0 to 4"),
    "product of indices": ("data x[k:3]\nindex i = 2\nz[i] = x[i*i]\nC = z[0]",
                           "3:10: an index is built from indices and whole numbers"),
    "twice": (LAYER + "a[j] = b[j]\na[j] = b[j]^2" + END, "4:1: 'a' is assigned twice"),
    "overlapping entries": ("data x[k:3]\na[k] = x[k]\na[1] = x[1]\nC = sum(a[k], k)", "3:1: 'a' is assigned twice"),
    "given": ("data x[k:3]\nx[k] = 3", "2:1: 'x' is given; an equation cannot assign to it"),
    "itself": ("data x\nC = C + x", "2:5: 'C' is not declared or computed above"),
    "layer above read": ("layer l = 1..4\ndata x[k:3]\na[0,k] = x[k]\nfor l:\n    a[l,k] = a[l-1,k]^2\n"
                         "    b[l,k] = a[l+1,k]\nC = sum(a[4,k], k)",
                         "6:5: 'b' reads a[l + 1, k], which is computed only later"),
    "last layer read in the loop": ("layer l = 1..4\ndata x[k:3]\na[0,k] = x[k]\nfor l:\n    a[l,k] = a[l-1,k]^2\n"
                                    "    b[l,k] = a[4,k]\nC = sum(a[4,k], k)",
                                    "6:5: 'b' reads a[4, k], which is computed only later"),
    "same layer before it is written": ("layer l = 1..4\ndata x[k:3]\nz[0,k] = x[k]\nfor l:\n    a[l,k] = z[l-1,k]\n"
                                        "    b[l,k] = a[l,k] + z[l,k]\n    z[l,k] = a[l,k]\nC = z[4,1]",
                                        "6:5: 'b' reads z[l, k], which is computed only later"),
    "after += of a value": ("data x[k:3]\nz[k] = x[k]\nu[k] = z[k]\nz[k] += x[k]\nC = sum(u[k], k)",
                            "3:1: 'u' reads z[k], which is computed only later"),
    "no loop index": ("data x[k:3]\nfor k:\n    C = 1", "2:5: 'k' is not a layer or time index"),
    "nested loop": ("data x[k:3]\nlayer l = 1..3\nfor l:\n    for l:\n        z[l] = x[1]\nC = z[3]",
                    "4:9: a loop over l stands inside another one"),
    "indentation": ("data x[k:3]\n  C = sum(x[k], k)", "2:1: an indented line that no loop is above"),
    "empty loop": ("layer l = 1..3\nfor l:\nC = 1", "3:1: 'C' does not fit here; expected an indented line"),
    "reserved": ("data sum[k:3]", "1:6: 'sum' is reserved"),
    "python word": ("parameter lambda", "1:11: 'lambda' is reserved"),
    "function name": ("parameter sigmoid", "1:11: 'sigmoid' is reserved"),
    "long name": (f"parameter {'w' * 41}", "1:11: a name of 41 characters; 40 are the limit"),
    "size 0": ("data x[k:0]", "1:10: a size of 0"),
    "huge size": ("data x[k:99999999999]", "1:10: a size of 99999999999"),
    "size of what": ("data x[k: n[l]]\nC = sum(x[k], k)", "1:11: the size depends on 'l', which is no index here"),
    "declared twice": ("data x[k:3], x[k:2]", "1:14: 'x' is declared twice"),
    "index twice": ("data x[k, k]", "1:11: index 'k' stands twice in 'x'"),
    "value of a parameter": ("parameter w = 3", "1:15: only a constant has a value, a number"),
    "diagonal": ("data x[k:3]\nz[k,k] = x[k]\nC = z[1,1]", "2:1: an index stands twice on the left of z"),
    "division by zero": ("data x\nC = x/0", "2:5: division by zero"),
    "large power": ("data x\nC = x^9999", "2:5: an exponent beyond 200"),
    "long number": ("data x\nC = x + " + "9" * 41, "2:9: a number of more than 40 digits"),
    "deep": ("data x\nC = " + "(" * 100 + "x" + ")" * 100, "2:65: nested deeper than 60 levels"),
    "many signs": ("data x\nC = " + "-" * 100 + "x", "2:65: nested deeper than 60 levels"),
    "long line": ("data x\nC = " + "x+" * 6000 + "x", "equations:2: the line has 12,005 characters"),
    "long text": ("data x\n" + "# nothing\n" * 11_000, "equations: the text has 110,007 characters"),
    "cost not computed": ("data x[k:3]\ncost D\nC = sum(x[k], k)", "the cost 'D' is not computed as a single number"),
    "cost with indices": ("data x[k:3]\ncost C\nC[k] = x[k]", "the cost 'C' is not computed as a single number"),
    "no cost": ("data x[k:3]\na[k] = x[k]^2", "there is no cost: no equation gives a single number"),
    "fact": ("data x[k:3]\nC = sum(x[k], k)\nfact x[k] = sum(x[j], j)",
             "3:6: a fact has one read or one sum on the left"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_and_where(name: str) -> None:
    text, message = BAD[name]
    with pytest.raises(DeriveError) as caught:
        read_equations(text)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(("text", "value"), [
    ("z/(1+exp(-z))", sp.Symbol("z") / (1 + sp.exp(-sp.Symbol("z")))),
    ("2", sp.Integer(2)), ("1/2", sp.Rational(1, 2)), ("0.125", sp.Rational(1, 8)), ("-z^2", -sp.Symbol("z")**2),
    ("2^3^2", sp.Integer(512)), ("1e-3", sp.Rational(1, 1000)),
])
def test_formulas(text: str, value: sp.Expr) -> None:
    assert read_formula(text) == value


@pytest.mark.parametrize(("text", "message"), [
    ("z+", "formula:1:3: the end of the line does not fit here; expected '(' or a name or a number"),
    ("q", "formula:1:1: 'q' is not declared"), ("z\nz", "formula: a formula is one line"), ("z[1]", "formula:1:1"),
    ("", "formula:1"), ("z)", "formula:1:2: ')' does not fit here"), ("sum(z)", "formula:1:1"),
])
def test_bad_formulas(text: str, message: str) -> None:
    with pytest.raises(DeriveError) as caught:
        read_formula(text)
    assert message in str(caught.value)


def test_a_block_needs_no_cost() -> None:
    block = read_block("data z[j]\na[j] = z[j]^2")
    assert block.cost == "" and [t.name for t in block.tensors] == ["z", "a"]


# -- random models ------------------------------------------------------------------------

SIZES = {"i": 2, "j": 3, "k": 4}


def _leaves(indices: tuple[str, ...]) -> st.SearchStrategy[str]:
    one = [f"u[{i}]" for i in indices if i == "i"] + [f"v[{i}]" for i in indices if i == "j"]
    one += [f"x[{i}]" for i in indices if i == "k"] + ["c", "3", "1/2"]
    one += [f"w[{i},{k}]" for i in indices if i == "j" for k in indices if k == "k"]
    return st.sampled_from(one)


def _formulas(indices: tuple[str, ...], depth: int) -> st.SearchStrategy[str]:
    if depth == 0:
        return _leaves(indices)
    inner = st.deferred(lambda: _formulas(indices, depth - 1))
    choices = [
        _leaves(indices),
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner),
        st.builds("{}({})".format, st.sampled_from(["exp", "tanh", "sigmoid", "-", "abs", "relu'"]), inner),
        st.builds("({})^{}".format, inner, st.sampled_from(["2", "3", "(1/2)", "(-1)"])),
    ]
    for extra in SIZES:  # a sum may reuse the name of an index from outside: then it hides it
        summed = st.deferred(lambda extra=extra: _formulas(tuple(dict.fromkeys((*indices, extra))), depth - 1))
        choices.append(summed.map(lambda text, extra=extra: f"sum({text} + {_one(extra)}, {extra})"))
    return st.one_of(choices)


def _one(index: str) -> str:
    return {"i": "u[i]", "j": "v[j]", "k": "x[k]"}[index]


@settings(max_examples=60, deadline=None)
@given(_formulas(("j",), 2), _formulas(("j", "k"), 2))
def test_random_models_read_back(first: str, second: str) -> None:
    text = f"data x[k: 4], u[i: 2]\nparameter w[j: 3, k: 4], v[j: 3]\nconstant c = 0.3\n" \
           f"p[j] = v[j] + {first}\nq[j,k] = w[j,k]*p[j] + {second}\nC = sum(q[j,k]^2, j, k)"
    try:
        derivation = read_equations(text)
    except DeriveError as error:
        assert any(said in str(error) for said in ("division by zero", "no real number", "cost"))
        return
    assert isinstance(derivation, Derivation)
    printed = write_equations(derivation)
    assert same(read_equations(printed), derivation), printed


@pytest.mark.parametrize(("text", "what", "advice"), [
    ("constant lambda\nC = lambda", "'lambda' is reserved", "such as lam."),
    ("data z[j: 3]\na[j] = softmax(z[j])\nC = sum(a[j], j)", "acts on a whole vector", "e[j]/sum(e[j], j)"),
])
def test_advice_that_helps(text: str, what: str, advice: str) -> None:
    with pytest.raises(DeriveError, match=re.escape(what)) as caught:
        read_equations(text)
    assert advice in caught.value.do


def test_a_size_is_said_once() -> None:
    """`y[k]` after `x[k: 4]` has size 4; after two sizes of k it has a letter of its own."""
    once = read_equations("data x[k: 4], y[k]\nC = sum((x[k] - y[k])^2, k)")
    assert once.tensor("y").axes == once.tensor("x").axes
    twice = read_equations("data x[k: 4], v[k: 3], y[k]\nC = sum(x[k], k) + sum(v[k], k) + sum(y[k], k)")
    assert str(twice.tensor("y").axes[0].size) == "n_k"
