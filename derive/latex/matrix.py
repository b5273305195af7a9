r"""The matrix form and the minibatch form: whole layers at once, with the shapes checked.

    \delta^l = \big((w^{l+1})^T \delta^{l+1}\big) \odot \sigma'(z^l)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sympy as sp

from derive.calculus.explain import Chain, explain
from derive.document.content import Display, Prose, Row, Section
from derive.forms.cases import Case
from derive.forms.matrix import matrix_terms, row_terms
from derive.forms.scale import in_scale
from derive.forms.trees import Axes, Elementwise, Node, Scaled, Transpose
from derive.ir import Derivation, Equation, indices_of, read
from derive.latex.index import gradients
from derive.latex.lines import (
    RELATED,
    boxed_line,
    equation_row,
    pieces,
    reason_text,
    said_once,
    step_text,
)
from derive.latex.sections import preface
from derive.latex.text import Level, Piece
from derive.latex.trees import TreePrinter
from derive.notation import Notation
from derive.samples import sample_index


def matrix_sections(forward: Derivation, notation: Notation, wrt: tuple[str, ...]) -> list[Section]:
    """Vectors and matrices for one example; every example of a minibatch where `forward` has them."""
    explanation = in_scale(explain(forward, wrt, notation.policy), notation.error_scale)
    form = MatrixForm(explanation, notation)
    if not form.has_whole:
        return [*preface(form.indexed, explanation.forward), *form.gradients()]
    front = preface(form.indexed, explanation.forward, form)
    rows = said_once(row for e in forward.equations() for row in form.forward_rows(e))
    front[-1] = Section(front[-1].title, (Display(tuple(rows)), *front[-1].blocks[1:]))
    front[0] = Section(front[0].title, (Prose(form.reading), *front[0].blocks))
    return [*front, *form.gradients()]


class MatrixForm(TreePrinter):
    """The equations of one explanation as equations of vectors and matrices."""

    @property
    def has_whole(self) -> bool:
        """Whether any equation is one of whole arrays."""
        results = (chain.lines[boxed_line(chain)].equation for chain in self.explanation.chains)
        return any(self.terms(e) is not None for e in (*self.explanation.forward.equations(), *results))

    @property
    def reading(self) -> str:
        """What a letter without indices means."""
        side = {"columns": "column", "rows": "row"}[self.notation.samples]
        said = (f"Without indices a letter means the whole vector or matrix; a vector is a {side}. "
                f"The sign ${self.notation.hadamard}$ multiplies entry by entry, and functions act on each entry.")
        sample = sample_index(self.explanation.forward)
        if sample is None:
            return said
        count = self.whole.names.index(sample.size)
        ones = f"a vector that is added to such a matrix is added to each {side}." if self.notation.broadcast else \
            rf"$\mathbf{{1}}$ is a vector of ones, ${count}$ of them where nothing else fits."
        return f"{said} A capital letter holds all ${count}$ examples, one in each {side}; {ones}" + self._errors(count)

    def _errors(self, count: str) -> str:
        """What the named errors are multiplied by."""
        named = self.whole.names.delta_symbols()
        if self.notation.error_scale == "1" or named is None:
            return ""
        meant = self.whole.names.derivative(named[1])
        return rf" The error ${named[0]} = {count}\,{meant}$ counts each example in full; the mean is taken afterwards."

    # -- rows ------------------------------------------------------------------------------

    def forward_rows(self, equation: Equation) -> Iterator[Row]:
        terms = self.terms(equation)
        said = step_text(self.whole.names, equation)
        if terms is None:
            yield equation_row(self.indexed, equation, said)
        elif "".join(right := self.texts(terms)) != (left := self.whole.text(equation.lhs)):
            yield Row(left, right, said, relation=RELATED[equation.op])

    def gradients(self) -> Iterator[Section]:
        return gradients(self.explanation, self.indexed, self.chain_rows)

    def chain_rows(self, case: Case, tag: str) -> Iterator[Row]:
        """The entry, then all entries at once, then their shapes."""
        chain = case.chain
        shown = boxed_line(chain)
        equation = chain.lines[shown].equation
        terms = self.terms(equation)
        entry = read(chain.tensor.name, *equation.at)
        yield Row(self.indexed.text(entry), pieces(self.indexed, equation.terms), "each entry", boxed=terms is None,
                  tag=tag if terms is None else "")
        if terms is None:
            return
        yield Row(self.whole.text(entry), self.texts(terms), "all at once", tag, boxed=True)
        yield from self._last_row(chain, shown)
        yield from self.shape_rows(terms, equation)

    def _last_row(self, chain: Chain, shown: int) -> Iterator[Row]:
        for line in chain.lines[shown + 1:]:
            terms = self.terms(line.equation)
            if terms is not None:
                yield Row("", self.texts(terms), reason_text(self.whole, line.reason))

    # -- trees -----------------------------------------------------------------------------

    def terms(self, equation: Equation) -> list[Scaled] | None:
        axes = self.axes(equation)
        laid = {"columns": matrix_terms, "rows": row_terms}[self.notation.samples]
        return laid(equation.terms, axes, self.lie) if axes and self._reads_whole(equation) else None

    def _reads_whole(self, equation: Equation) -> bool:
        """Whether every index runs over all of an axis: a part of an array has no letter of its own."""
        sizes = {k.symbol: k.size for k in (*equation.free, *(k for term in equation.terms for k in term.summed))}
        target = self.indexed.names.tensor(equation.lhs)
        if any(axis.kind == "axis" and not e.is_Symbol and e.free_symbols
               for axis, e in zip(target.axes if target is not None else (), equation.at, strict=False)):
            return False
        for access in (equation.lhs, *equation.reads()):
            tensor, at = self.indexed.names.tensor(access), indices_of(access)
            axes = tensor.axes_at(at) if tensor is not None else ()
            lying = [(axis, e) for axis, e in zip(axes, at, strict=False) if e in self.lie(access)]
            if any(sp.expand(sizes.get(e, axis.size) - axis.size).is_zero is False for axis, e in lying):
                return False
        return True

    def axes(self, equation: Equation) -> Axes:
        return self.lie(equation.lhs)

    def lie(self, access: sp.Expr) -> Axes:
        """The axes of a read as its array lies: examples as columns or rows, not layers, steps or heads."""
        tensor = self.indexed.names.tensor(access)
        if tensor is None:
            return ()
        pairs = self.indexed.names.arranged(tensor, access)
        return tuple(e for axis, e in pairs if e.is_Symbol and not self.arrays.apart(tensor, axis))

    # -- shapes ----------------------------------------------------------------------------

    def shape(self, axes: Axes, equation: Equation) -> str:
        sizes = self._sizes(equation)
        texts, ones = [self.whole.names.index(sizes[a]) for a in axes], ["1"] * (2 - len(axes))
        return r" \times ".join([*texts, *ones] if self.notation.samples == "columns" else [*ones, *texts])

    def shape_rows(self, terms: Sequence[Scaled], equation: Equation) -> Iterator[Row]:
        """m x n = (m x k)(k x n), unless it says nothing."""
        if all(isinstance(t.node, Elementwise) for t in terms):
            return
        texts = [self._node(t.node, lambda node: Piece(self._shape(node, equation), Level.SUM)).text for t in terms]
        right = tuple((" + " if n else "") + text for n, text in enumerate(texts))
        yield Row(self.shape(self.axes(equation), equation), right, "shape check")

    def _shape(self, node: Node, equation: Equation) -> str:
        text = self.shape(node.axes, equation)
        row = isinstance(node, Transpose) and len(node.axes) == 1
        return r" \times ".join(reversed(text.split(r" \times "))) if row else text

    def _sizes(self, equation: Equation) -> dict[sp.Symbol, sp.Expr]:
        tensor = self.explanation.derivation.tensor(equation.target)
        own = {e: axis.size for axis, e in zip(tensor.axes_at(equation.at), equation.at, strict=True)}
        return own | {k.symbol: k.size for t in equation.terms for k in t.summed}
