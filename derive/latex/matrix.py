r"""The matrix form and the minibatch form: whole layers at once, with the shapes checked.

    \delta^l = \big((w^{l+1})^T \delta^{l+1}\big) \odot \sigma'(z^l)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import sympy as sp

from derive.content import Display, Prose, Row, Section
from derive.explain import Chain, Explanation, explain
from derive.forms.cases import Case
from derive.forms.matrix import Axes, Elementwise, Hadamard, Node, Product, Scaled, Transpose, matrix_terms
from derive.ir import Derivation, Equation, Label, Tensor, indices_of, read
from derive.latex.expression import Printer
from derive.latex.index import gradients
from derive.latex.lines import boxed_line, flat_statements, origin_text, pieces, reason_text
from derive.latex.names import Names
from derive.latex.product import Factor, factor, ordered, spaced
from derive.latex.sections import preface
from derive.latex.text import Level, Piece
from derive.notation import Notation
from derive.samples import sample_index


def matrix_sections(forward: Derivation, notation: Notation, wrt: tuple[str, ...]) -> list[Section]:
    """Vectors and matrices for one example; every example of a minibatch where `forward` has them."""
    explanation = explain(forward, wrt, notation.policy)
    form = MatrixForm(explanation, notation)
    front = preface(form.indexed, explanation.forward)
    rows = [row for e in flat_statements(forward.statements) for row in form.forward_rows(e)]
    front[-1] = Section(front[-1].title, (Display(tuple(rows)), *front[-1].blocks[1:]))
    front[0] = Section(front[0].title, (Prose(form.reading), *front[0].blocks))
    return [*front, *form.gradients()]


Leaf = Callable[[Node], Piece]
OUTERMOST = 500
"""The depth of a product among entry-by-entry factors: it stands at the side of the cost."""


class WholeNames(Names):
    """Reads without their indices: a whole vector or matrix. Arrays over examples are capitals."""

    def _written(self, tensor: Tensor, access: sp.Expr) -> tuple[str, sp.Expr | None, list[str]]:
        name, layer, below = super()._written(tensor, access)
        return name, layer, below if tensor.axes and all(e.is_Integer for e in indices_of(access)) else []

    def _letter(self, label: Label, tensor: Tensor) -> str:
        name = super()._letter(label, tensor)
        return name.upper() if any(axis.kind == "sample" for axis in tensor.axes) and len(name) == 1 else name

    def delta_letter(self, tensor: Tensor) -> str:
        name = super().delta_letter(tensor)
        return name[:1].upper() + name[1:] if any(axis.kind == "sample" for axis in tensor.axes) else name


class WholePrinter(Printer):
    """Expressions of whole arrays: a power is one entry by entry."""

    def beside(self, *factors: str) -> str:
        return rf" {self.names.notation.hadamard} ".join(factors)

    def _power(self, expr: sp.Expr) -> Piece:
        if expr.exp.is_Integer and expr.exp > 0:
            return Piece(self.piece(expr.base).powered(rf"{self.names.notation.hadamard} {expr.exp}"), Level.ATOM, True)
        return super()._power(expr)


class MatrixForm:
    """The equations of one explanation as equations of vectors and matrices."""

    def __init__(self, explanation: Explanation, notation: Notation) -> None:
        self.explanation, self.notation = explanation, notation
        self.indexed = Printer(Names(explanation.derivation, notation))
        self.whole = WholePrinter(WholeNames(explanation.derivation, notation))

    @property
    def reading(self) -> str:
        """What a letter without indices means."""
        said = ("Without indices a letter means the whole vector or matrix; a vector is a column. "
                f"The sign ${self.notation.hadamard}$ multiplies entry by entry, and functions act on each entry.")
        if sample_index(self.explanation.forward) is None:
            return said
        side = {"columns": "column", "rows": "row"}[self.notation.samples]
        return said + (rf" A capital letter holds all $m$ examples, one in each {side}; "
                       r"$\mathbf{1}$ is the vector of $m$ ones.")

    # -- rows ------------------------------------------------------------------------------

    def forward_rows(self, equation: Equation) -> Iterator[Row]:
        terms = self.terms(equation)
        said = origin_text(equation.origin)
        if terms is None:
            yield Row(self.indexed.text(equation.lhs), pieces(self.indexed, equation.terms), said)
        elif "".join(right := self.texts(terms)) != (left := self.whole.text(equation.lhs)):
            yield Row(left, right, said)

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
        return matrix_terms(equation.terms, axes, self.lie) if axes else None

    def axes(self, equation: Equation) -> Axes:
        return self.lie(equation.lhs)

    def lie(self, access: sp.Expr) -> Axes:
        """The axes of a read as its array lies: examples as columns or rows, layers not at all."""
        tensor = self.indexed.names.tensor(access)
        if tensor is None:
            return ()
        pairs = [(axis, e) for axis, e in zip(tensor.axes, indices_of(access), strict=True) if axis.kind != "layer"]
        if self.notation.samples == "columns":
            pairs.sort(key=lambda pair: pair[0].kind == "sample")
        return tuple(e for _, e in pairs if e.is_Symbol)

    # -- text ------------------------------------------------------------------------------

    def texts(self, terms: Sequence[Scaled]) -> tuple[str, ...]:
        found = [self._term(t) for t in terms]
        found.sort(key=lambda pair: pair[0])
        marks = {(True, True): "-", (True, False): "", (False, True): " - ", (False, False): " + "}
        return tuple(marks[n == 0, negative] + (piece.inside(Level.BIGSUM) if len(found) > 1 else piece.text)
                     for n, (negative, piece) in enumerate(found))

    def _term(self, term: Scaled) -> tuple[bool, Piece]:
        number = sp.Mul(*term.scalars)
        node, content = self._without_content(term.node)
        scalar = number * content
        piece = self._node(node, self._letters)
        if scalar in (1, -1):
            return scalar == -1, piece
        negative, front = self.whole.signed(scalar)
        return negative, Piece(spaced([front.inside(Level.PRODUCT), piece.inside(Level.POWER)]), Level.PRODUCT)

    def _without_content(self, node: Node) -> tuple[Node, sp.Expr]:
        """2a - 2y as 2(a - y), with the 2 outside of all products."""
        if isinstance(node, Elementwise) and isinstance(node.expr, sp.Add):
            content, rest = node.expr.primitive()
            if all(t.as_coeff_Mul()[0] < 0 for t in sp.Add.make_args(rest)):
                content, rest = -content, -rest
            return Elementwise(node.axes, rest), content
        if isinstance(node, Hadamard):
            pairs = [self._without_content(f) for f in node.factors]
            return Hadamard(node.axes, tuple(f for f, _ in pairs)), sp.Mul(*(c for _, c in pairs))
        return node, sp.Integer(1)

    def _node(self, node: Node, leaf: Leaf) -> Piece:
        """A tree with each array printed by `leaf`: its letter, or its shape."""
        if isinstance(node, Product):
            left, right = (self._node(side, leaf) for side in (node.left, node.right))
            return Piece(rf"{left.inside(Level.PRODUCT)}\,{right.inside(Level.PRODUCT)}", Level.PRODUCT)
        if isinstance(node, Hadamard):
            texts = [self._node(f, leaf).inside(Level.POWER) for f in self._in_order(node.factors)]
            return Piece(rf" {self.notation.hadamard} ".join(texts), Level.BIGSUM)
        return leaf(node)

    def _letters(self, node: Node) -> Piece:
        if isinstance(node, Elementwise):
            return self.whole.factor_piece(node.expr)
        if isinstance(node, Transpose):
            return Piece(self._node(node.of, self._letters).powered(self.notation.transpose), Level.ATOM, scripted=True)
        return Piece(r"\mathbf{1}", Level.ATOM)

    def _in_order(self, factors: Sequence[Node]) -> list[Node]:
        """By role, as in a product with indices; a beside 1 - a."""
        slopes = [1 - f.expr for f in factors if isinstance(f, Elementwise) and isinstance(f.expr, sp.Add)]
        found: dict[Factor, Node] = {}
        for number, node in enumerate(factors):
            made = self._as_factor(node)
            if isinstance(node, Elementwise) and node.expr in slopes:
                made = replace(made, role="slope", depth=self.whole.names.deepest(node.expr), position=-1)
            found[replace(made, position=made.position * 100 + number)] = node
        return [found[f] for f in ordered(self.whole.names, list(found))]

    def _as_factor(self, node: Node) -> Factor:
        piece = self._node(node, self._letters)
        if isinstance(node, Elementwise):
            return factor(self.whole.names, node.expr, piece)
        depth = OUTERMOST if self.notation.chain == "outer-first" else -OUTERMOST
        return Factor(piece, "adjoint", depth, 0, frozenset())

    # -- shapes ----------------------------------------------------------------------------

    def shape(self, axes: Axes, equation: Equation) -> str:
        sizes = self._sizes(equation)
        texts = [self.whole.names.index(sizes[a]) for a in axes] + ["1"] * (2 - len(axes))
        return r" \times ".join(texts)

    def shape_rows(self, terms: Sequence[Scaled], equation: Equation) -> Iterator[Row]:
        """m x n = (m x k)(k x n), unless it says nothing."""
        if all(isinstance(t.node, Elementwise) for t in terms):
            return
        leaf: Leaf = lambda node: Piece(self._shape(node, equation), Level.SUM)  # noqa: E731
        texts = [self._node(t.node, leaf).text for t in terms]
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
