r"""A formula in NumPy about letters that LaTeX lines define: the same tree as the author of the lines would write.

    dW1 = X.T @ (dY @ W2.T * (H > 0))      d W_1 = X^T ((d Y W_2^T) \odot [H > 0])

In: the text. Out: its tree; every part stands where it was written. Names are read as the lines write them:
y_hat as \hat y, W_hh as W_{hh}, dL_dz as dL/dz.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from derive.errors import DeriveError
from derive.written.latex import read as latex
from derive.written.latex.symbols import ACCENTS, GREEK
from derive.written.python import tree as python
from derive.written.python.read import read
from derive.written.tree import (
    Add,
    Call,
    Group,
    Mark,
    Name,
    Negative,
    Node,
    Number,
    Product,
    Relations,
    Scripted,
    Span,
    Text,
    mapped,
)

GRADIENT = re.compile(r"(?:grad_|d(?!elta)(?=[A-Za-z]))(\w+)|(\w+)_grad")
IDENTIFIER = re.compile(r"([A-Za-z]+)_?(\d*)(?:_(\w+))?")
OTHERWISE = {"lam": "lambda", "lambd": "lambda", "lmbda": "lambda", "eps": "epsilon"}
"""What programs call letters whose name Python keeps for itself, or which are long."""
RATIO = re.compile(r"d([A-Za-z]\w*?)_d([A-Za-z]\w*)")


def formula(claim: str) -> Relations:
    """One assignment, or one side of it, as a tree."""
    program = read(claim)
    lines = [line for node in program.body if (line := python.relation(node, program.source)) is not None]
    if len(program.body) != 1 or len(lines) != 1:
        raise DeriveError("this is more than one formula", do="Check one at a time, or give forward = '...'.")
    return mapped(lines[0], _written)


def _written(node: Node) -> Node:
    if isinstance(node, Product):
        factors = tuple(_bracketed(one) for one in node.factors)
        return replace(node, factors=factors, signs=tuple("odot" if sign == "*" else sign for sign in node.signs))
    if isinstance(node, Name) and node.letter != "T":
        return _placed(_letter(node.letter), node.span)
    if isinstance(node, Text) and "=" in node.text:  # axis=0
        return mapped(latex(node.text), lambda one: replace(one, span=Span(
            node.span.start + one.span.start, node.span.start + one.span.stop)))
    if isinstance(node, Call) and node.name == "where" and len(node.arguments) == 3:
        return _chosen(node)
    if isinstance(node, Call) and node.name in ("square", "power"):
        base, *exponent = node.arguments
        power = exponent[0] if exponent else Number(node.span, "2")
        return Scripted(node.span, base, (), (Mark(power.span, "", power),))
    return node


def _bracketed(node: Node) -> Node:
    """A condition among factors is a number."""
    return Group(node.span, "(", node) if isinstance(node, Relations) else node


def _chosen(node: Call) -> Node:
    """np.where(H > 0, a, b): a where it is so, b where not."""
    condition, one, other = node.arguments
    holds = _bracketed(condition)
    fails = Add(node.span, (Number(node.span, "1"), Negative(node.span, holds)))
    first = Product(node.span, (holds, one), ("odot",))
    if isinstance(other, Number) and not float(other.text):
        return first
    return Add(node.span, (first, Product(node.span, (Group(node.span, "(", fails), other), ("odot",))))


@lru_cache(maxsize=1024)
def _letter(name: str) -> Node:
    """A name as a letter with what hangs on it."""
    if (ratio := RATIO.fullmatch(name)) is not None:
        top, bottom = map(_latex, ratio.groups())
        return latex(rf"\frac{{\partial {top}}}{{\partial {bottom}}}").parts[0]
    return latex(_latex(name)).parts[0]


def _latex(name: str) -> str:
    if (gradient := GRADIENT.fullmatch(name)) is not None:
        return f"d {_latex(gradient[1] or gradient[2])}"
    if (found := IDENTIFIER.fullmatch(name)) is None:
        return rf"\mathrm{{{name}}}"
    letter, number, label = OTHERWISE.get(found[1], found[1]), found[2], found[3] or ""
    text = letter if len(letter) == 1 else f"\\{letter}" if letter in GREEK else rf"\mathrm{{{letter}}}"
    if label in ACCENTS:
        text, label = rf"\{label}{{{text}}}", ""
    return text + (f"_{{{number}{label}}}" if number or label else "")


def _placed(node: Node, span: Span) -> Node:
    return mapped(node, lambda one: replace(one, span=span))
