r"""The matrix form and the minibatch form: whole layers at once, with the shapes checked.

    \delta^l = \big((w^{l+1})^T \delta^{l+1}\big) \odot \sigma'(z^l)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import sympy as sp

from derive.calculus.explain import Chain, Explanation, explain
from derive.document.content import Display, Prose, Row, Section
from derive.forms.cases import Case
from derive.forms.matrix import (
    Axes,
    Elementwise,
    Hadamard,
    Node,
    Ones,
    Product,
    Scaled,
    Total,
    Transpose,
    matrix_terms,
    row_terms,
)
from derive.forms.scale import in_scale
from derive.ir import Derivation, Equation, indices_of, read
from derive.latex.conditions import sum_signs
from derive.latex.expression import Printer
from derive.latex.index import gradients
from derive.latex.lines import (
    RELATED,
    boxed_line,
    equation_row,
    flat_statements,
    pieces,
    reason_text,
    said_once,
    step_text,
)
from derive.latex.names import Names
from derive.latex.product import Factor, factor, ordered, spaced
from derive.latex.sections import preface
from derive.latex.text import Level, Piece
from derive.latex.whole import ExampleNames, WholeNames, WholePrinter
from derive.notation import Notation
from derive.samples import sample_index


def matrix_sections(forward: Derivation, notation: Notation, wrt: tuple[str, ...]) -> list[Section]:
    """Vectors and matrices for one example; every example of a minibatch where `forward` has them."""
    explanation = in_scale(explain(forward, wrt, notation.policy), notation.error_scale)
    form = MatrixForm(explanation, notation)
    front = preface(form.indexed, explanation.forward, form)
    rows = said_once(row for e in flat_statements(forward.statements) for row in form.forward_rows(e))
    front[-1] = Section(front[-1].title, (Display(tuple(rows)), *front[-1].blocks[1:]))
    front[0] = Section(front[0].title, (Prose(form.reading), *front[0].blocks))
    return [*front, *form.gradients()]


Leaf = Callable[[Node], Piece]
BESIDE = re.compile(r"(d?\\?[A-Za-z]+)\^\{([^{}]*)\}")
"""A letter whose superscript ends it."""
OUTERMOST = 500
"""The depth of a product among entry-by-entry factors: it stands at the side of the cost."""


class MatrixForm:
    """The equations of one explanation as equations of vectors and matrices."""

    def __init__(self, explanation: Explanation, notation: Notation) -> None:
        self.explanation, self.notation = explanation, notation
        self.indexed = Printer(Names(explanation.derivation, notation))
        self.whole = WholePrinter(WholeNames(explanation.derivation, notation))
        self.example = WholePrinter(ExampleNames(explanation.derivation, notation))
        self.by_step = WholeNames(explanation.derivation, notation).by_step

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
        """The axes of a read as its array lies: examples as columns or rows, layers and steps of loops not at all."""
        tensor = self.indexed.names.tensor(access)
        if tensor is None:
            return ()
        step = "time" if self.by_step else None
        return tuple(e for axis, e in self.indexed.names.arranged(tensor, access) if e.is_Symbol and axis.kind != step)

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
        if term.over:
            limits = {k.symbol: (k.start, k.last) for k in term.over}
            sign = sum_signs(self.whole.names, list(limits), limits, [], self.whole.limits)
            piece = Piece(f"{sign} {piece.inside(Level.SUMMAND)}", Level.BIGSUM)
        if scalar in (1, -1):
            return scalar == -1, piece
        negative, front = self.whole.signed(scalar)
        behind = piece.text if piece.level is Level.PRODUCT or piece.text.startswith(r"\sum") else \
            piece.inside(Level.POWER)
        return negative, Piece(spaced([front.inside(Level.PRODUCT), behind]), Level.PRODUCT)

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
        if isinstance(node, Total) and leaf == self._letters:
            return Piece("".join(self.texts(node.terms)), Level.SUM)
        if isinstance(node, Product) and leaf == self._letters and (short := self._short(node)) is not None:
            return short
        if isinstance(node, Product):
            left, right = (self._node(side, leaf) for side in (node.left, node.right))
            return Piece(rf"{left.inside(Level.PRODUCT)}\,{right.inside(Level.PRODUCT)}", Level.PRODUCT)
        if isinstance(node, Hadamard):
            texts = [self._node(f, leaf).inside(Level.POWER) for f in self._in_order(node.factors)]
            return Piece(rf" {self.notation.hadamard} ".join(texts), Level.BIGSUM)
        return leaf(node)

    def _short(self, node: Product) -> Piece | None:
        """b for b 1^T, and a sum over the examples for a product with 1, where the notation has it so."""
        if not self.notation.broadcast:
            return None
        spread = [side for side in (node.left, node.right) if not (isinstance(side, Transpose) and _ones(side.of))]
        if len(spread) == 1:
            return self._node(spread[0], self._letters)
        summed = [side for side in (node.left, node.right) if not _ones(side)]
        if len(summed) != 1 or not isinstance(summed[0], Elementwise):
            return None
        sample = sample_index(self.explanation.forward)
        if sample is None or sample.symbol not in summed[0].axes:
            return None
        each = self.example.factor_piece(summed[0].expr)
        return Piece(rf"\sum_{self.example.names.index(sample.symbol)} {each.inside(Level.SUMMAND)}", Level.BIGSUM)

    def _letters(self, node: Node) -> Piece:
        if isinstance(node, Elementwise):
            return self.whole.factor_piece(node.expr)
        if isinstance(node, Transpose):
            return self.transposed(self._node(node.of, self._letters))
        return Piece(r"\mathbf{1}", Level.ATOM)

    def transposed(self, piece: Piece) -> Piece:
        """(a^{l})^T, or a^{lT} where the notation writes it beside the layer."""
        beside = BESIDE.fullmatch(piece.text) if self.notation.transpose_beside else None
        text = rf"{beside[1]}^{{{beside[2]}{self.notation.transpose}}}" if beside else \
            piece.powered(self.notation.transpose)
        return Piece(text, Level.ATOM, scripted=True)

    def _in_order(self, factors: Sequence[Node]) -> list[Node]:
        """By role, as in a product with indices; a beside 1 - a."""
        slopes = [1 - f.expr for f in factors if isinstance(f, Elementwise) and isinstance(f.expr, sp.Add)]
        found: dict[Factor, Node] = {}
        for number, node in enumerate(factors):
            made = self._as_factor(node)
            if isinstance(node, Elementwise) and node.expr in slopes:
                made = replace(made, role="slope", depth=self.whole.names.deepest(node.expr), position=-1)
            found[replace(made, position=made.position * 100 + number)] = node
        return sorted((found[f] for f in ordered(self.whole.names, list(found))), key=lambda n: isinstance(n, Total))

    def _as_factor(self, node: Node) -> Factor:
        piece = self._node(node, self._letters)
        if isinstance(node, Elementwise):
            return factor(self.whole.names, node.expr, piece)
        depth = OUTERMOST if self.notation.chain == "outer-first" else -OUTERMOST
        return Factor(piece, "adjoint", depth, 0, frozenset())

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


def _ones(node: Node) -> bool:
    return isinstance(node, Ones)
