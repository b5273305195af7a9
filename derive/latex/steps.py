r"""An argument step by step: what a bridge between two levels is made of, and how it is printed.

    Said("...")             a sentence
    Shown(step, step, ...)  equations under each other, each with its reason, with indices or as matrices
    Stated(left, right)     the same in letters of whole matrices, J_t = D_t W
    Laid(left, factors)     matrices with every entry written: \delta a^T = (\delta_1; \delta_2)(a_1, a_2)

Every step of the network holds an Equation, so that both of its sides can be evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import sympy as sp

from derive.calculus.explain import Explanation
from derive.calculus.rewrite import Reason
from derive.document.content import Block, Display, Prose, Row
from derive.ir import Equation, indices_of
from derive.latex.expression import Printer
from derive.latex.lines import pieces, reason_text
from derive.latex.matrix import MatrixForm
from derive.latex.names import Names
from derive.latex.whole import WholeNames
from derive.notation import Notation

_PLACE = re.compile(r"\{(\d)\}")
Entries = tuple[tuple[sp.Expr | None, ...], ...]
"""A matrix of expressions; None where entries are left out."""
FLIPPED = "^T"
"""At the end of a letter: the transposed matrix of that letter."""
GAPS = ((r"\frac", "[6pt]"), ("^", "[2pt]"))
SHOWN = 5
"""A matrix of more rows or columns than this is shown with dots."""


@dataclass(frozen=True)
class Said:
    """A paragraph with {0}, {1} where formulas go; `whole` prints them without indices."""

    text: str
    about: tuple[sp.Expr, ...] = ()
    whole: bool = False


@dataclass(frozen=True)
class Step:
    """left = right. The left side is the equation's own unless stated; the first of a chain shows it."""

    equation: Equation
    reason: Reason = Reason("")
    form: Literal["index", "matrix", "shape"] = "index"
    left: sp.Expr | None = None
    boxed: bool = False
    joined: bool = False
    """Whether the left side is that of the line above, so that it is not written again."""
    total: bool = False
    """Whether the derivative on the left is along all paths, not of one equation alone."""

    @property
    def formulas(self) -> tuple[sp.Expr, ...]:
        """What stands on the left, on the right and in the reason."""
        left = self.equation.lhs if self.left is None else self.left
        return (left, *(term.body for term in self.equation.terms), *self.reason.about)


@dataclass(frozen=True)
class Shown:
    """Steps under each other, of one derivation."""

    steps: tuple[Step, ...]
    within: Explanation


@dataclass(frozen=True)
class Laid:
    """left = factor factor ... with all entries; `transposed` puts a T to the left side."""

    left: sp.Expr
    factors: tuple[Entries, ...]
    within: Explanation
    reason: Reason = Reason("")
    transposed: bool = False


@dataclass(frozen=True)
class Stated:
    """left = right in letters that stand for whole matrices, and are no arrays of the network: J_t = D_t W."""

    left: str
    right: str
    reason: str = ""
    relation: str = "="


Part = Said | Shown | Laid | Stated


def blocks(parts: Iterable[Part], within: Explanation, notation: Notation) -> Iterator[Block]:
    """The parts as blocks of a document; sentences speak of `within`."""
    forms = Forms(notation)
    for part in parts:
        match part:
            case Said(text, about, whole):
                form = forms.of(within)
                formulas = [(form.whole if whole else form.indexed).text(one) for one in about]
                yield Prose(_PLACE.sub("%s", text.replace("%", "%%")) % tuple(
                    f"${formulas[int(found[1])]}$" for found in _PLACE.finditer(text)))
            case Shown(steps, inner):
                yield Display(tuple(row for step in steps for row in _rows(forms.of(inner), step)))
            case Stated(left, right, reason, relation):
                yield Display((Row(left, (right,), reason, relation=relation),))
            case Laid():
                yield Display((_laid(forms.of(part.within), part),))


class StepNames(Names):
    """Names with a transposed matrix: the tensor w2_T, labelled w^T, is printed as ((w^2)^T)_{jq}."""

    def read(self, access: sp.Expr) -> str:
        tensor = self.tensor(access)
        if tensor is None or tensor.label is None or not tensor.label.letter.endswith(FLIPPED):
            return super().read(access)
        whole = WholeNames(self.derivation, self.notation)
        of = whole.read(self.derivation.tensor(tensor.name.removesuffix("_T")).at())
        below = [self.subscript(e, axis) for axis, e in zip(tensor.axes, indices_of(access), strict=True)]
        return rf"\big(({of})^{self.notation.transpose}\big)_{{{self.joined(below)}}}"


class Forms:
    """One printer for each derivation."""

    def __init__(self, notation: Notation) -> None:
        self.notation = notation
        self.known: list[tuple[Explanation, MatrixForm]] = []

    def of(self, explanation: Explanation) -> MatrixForm:
        for known, form in self.known:
            if known is explanation:
                return form
        form = MatrixForm(explanation, self.notation)
        form.indexed = Printer(StepNames(explanation.derivation, self.notation))
        self.known.append((explanation, form))
        return form


def _rows(form: MatrixForm, step: Step) -> Iterator[Row]:
    reason = reason_text(form.indexed, step.reason)
    left = step.equation.lhs if step.left is None else step.left
    terms = form.terms(step.equation) if step.form != "index" else None
    if step.form == "shape" and terms is not None:
        yield from form.shape_rows(terms, step.equation)
    elif terms is not None:
        yield Row("" if step.joined else form.whole.text(left), form.texts(terms), reason, boxed=step.boxed)
    elif step.form != "shape":
        yield Row("" if step.joined else form.indexed.text(left), pieces(form.indexed, step.equation.terms), reason,
                  boxed=step.boxed)


def _laid(form: MatrixForm, part: Laid) -> Row:
    left = form.whole.text(part.left)
    if part.transposed:
        left = ("(" + left + ")" if "^" in left else left) + f"^{form.notation.transpose}"
    texts = [matrix([[r"\cdots" if e is None else form.indexed.text(e) for e in row] for row in factor])
             for factor in _as_it_lies(form, part)]
    return Row(left, (" ".join(texts),), reason_text(form.indexed, part.reason))


def _as_it_lies(form: MatrixForm, part: Laid) -> tuple[Entries, ...]:
    """The factors; exchanged and transposed where the notation lays vectors as rows, or weights from-to."""
    tensor = form.indexed.names.tensor(part.left)
    axes = 0 if tensor is None else len(tensor.axes)
    turned = {1: form.notation.product.startswith("X"), 2: form.notation.weight_order == "from-to"}.get(axes, False)
    if not turned:
        return part.factors
    return tuple(tuple(zip(*factor, strict=True)) for factor in reversed(part.factors))


def matrix(rows: Sequence[Sequence[str]]) -> str:
    """The entries in round brackets, rows apart as far as their height needs."""
    texts = [" & ".join(row) for row in rows]
    gap = next((space for sign, space in GAPS if any(sign in text for text in texts)), "")
    return r"\begin{pmatrix} " + rf" \\{gap} ".join(texts) + r" \end{pmatrix}"


def kept(size: int) -> list[int | None]:
    """The places that are shown: all, or the first two and the last with dots between."""
    return list(range(size)) if size <= SHOWN else [0, 1, None, size - 1]
