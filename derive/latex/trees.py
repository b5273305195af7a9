r"""Trees of vectors and matrices as LaTeX.

    Hadamard(Product(Transpose(w), d), f'(z))    ->    \big(w^T \delta\big) \odot f'(z)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import sympy as sp

from derive.calculus.explain import Explanation
from derive.forms.trees import Elementwise, Hadamard, Node, Ones, Product, Scaled, Total, Transpose
from derive.latex.conditions import sum_signs
from derive.latex.expression import Printer
from derive.latex.names import Names
from derive.latex.product import Factor, factor, ordered, spaced
from derive.latex.text import Level, Piece
from derive.latex.whole import ExampleNames, WholeNames, WholePrinter
from derive.notation import Notation
from derive.samples import sample_index

Leaf = Callable[[Node], Piece]
BESIDE = re.compile(r"(d?\\?[A-Za-z]+)\^\{([^{}]*)\}")
"""A letter whose superscript ends it."""
OUTERMOST = 500
"""The depth of a product among entry-by-entry factors: it stands at the side of the cost."""


class TreePrinter:
    """The trees of one explanation in one notation; `indexed` prints what has none."""

    def __init__(self, explanation: Explanation, notation: Notation) -> None:
        self.explanation, self.notation = explanation, notation
        self.indexed = Printer(Names(explanation.derivation, notation))
        self.arrays = WholeNames(explanation.derivation, notation)
        self.whole = WholePrinter(self.arrays)
        self.example = WholePrinter(ExampleNames(explanation.derivation, notation))

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
            texts = [self._entrywise(f, leaf) for f in self._in_order(node.factors)]
            return Piece(f" {self.times(node)} ".join(texts), Level.BIGSUM)
        return leaf(node)

    def _entrywise(self, node: Node, leaf: Leaf) -> str:
        """A factor of an entry-by-entry product: in brackets, unless it is one letter or 1 over something."""
        piece = self._node(node, leaf)
        return piece.text if isinstance(node, Elementwise) and node.expr.is_Pow else piece.inside(Level.POWER)

    def times(self, node: Hadamard) -> str:
        """The sign between its factors."""
        return self.notation.hadamard

    def _short(self, node: Product) -> Piece | None:
        """b for b 1^T, and a sum over the examples for a product with 1, where the notation has it so."""
        if not self.notation.broadcast:
            return None
        spread = [side for side in (node.left, node.right) if not (isinstance(side, Transpose) and _ones(side.of))]
        if len(spread) == 1:  # a row is added to each row, but not a column to each column
            along = node.right if self.notation.samples == "rows" else node.left
            return self._node(along, self._letters) if spread[0] is along else None
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


def _ones(node: Node) -> bool:
    return isinstance(node, Ones)
