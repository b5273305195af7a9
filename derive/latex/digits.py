r"""Numbers on paper: formulas with every letter replaced by its number, or its matrix of numbers.

    (a^2 - y) \odot \sigma'(z^2)     \begin{pmatrix} 0.7514 \\ 0.7729 \end{pmatrix} - ...

A formula is printed with a mark \N{7} for its seventh number first, so that the printer sees letters;
then the marks become numbers, with brackets and signs as numbers need them.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import sympy as sp

from derive.calculus.explain import Explanation
from derive.forms.trees import Elementwise, Hadamard, Node, Transpose, leaves
from derive.ir import Derivation, Tensor, indices_of, reads_of, reread, tensor_of
from derive.latex.matrix import MatrixForm
from derive.latex.text import Level, Piece
from derive.latex.whole import WholeNames, WholePrinter
from derive.notation import Notation

_MARK = re.compile(r"\\N\{(\d+)\}")
_TIMES = re.compile(r"(?<=[\d)}\]])(?<!\\end\{pmatrix\})\\,(?=[\d([]|\\[a-zA-Z])(?!\\begin|\\mathbf)")
_MATRIX = re.compile(r"\\begin\{pmatrix\}.*?\\end\{pmatrix\}")
_FENCED = re.compile(r"(?:\\left)?\(\s*(\\begin\{pmatrix\}(?:(?!\\begin).)*?\\end\{pmatrix\})\s*(?:\\right)?\)")
LARGE, SMALL = 1e5, 1e-3
SIDE_BY_SIDE = r",\; "
"""Between the matrices of an array with more than two indices."""
LONGEST = 8
"""Rows or columns of a matrix that are all written; of more, the first and the last."""


def elided(texts: list[str], dots: str) -> list[str]:
    """The first four, dots, the last two, of what is too long to be read."""
    return texts if len(texts) <= LONGEST else [*texts[:4], dots, *texts[-2:]]


class Digits:
    """Arrays as LaTeX, rounded to so many significant digits."""

    def __init__(self, digits: int) -> None:
        self.digits = digits
        self.arrays: list[tuple[Any, str]] = []

    def mark(self, array: Any, each: str = "%s") -> str:
        """A mark for an array, with what is written around each entry."""
        self.arrays.append((array, each))
        return rf"\N{{{len(self.arrays) - 1}}}"

    def number(self, value: float) -> tuple[str, bool]:
        """A number, and whether it was rounded."""
        text = f"{value:.{self.digits}g}"
        rounded = not np.isclose(float(text), value, rtol=1e-13, atol=0)
        if value and not SMALL <= abs(float(text)) < LARGE:
            digits, power = f"{value:.{self.digits - 1}e}".split("e")
            digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
            return rf"{digits} \cdot 10^{{{int(power)}}}", rounded
        plain = np.format_float_positional(float(text), trim="-")
        return ("0" if plain == "-0" else plain), rounded

    def array(self, array: Any, each: str = "%s") -> tuple[str, bool]:
        """A number, a column, a matrix, or several matrices side by side; one entry is a number."""
        values: Any = np.asarray(array, dtype=float)
        if math.prod(values.shape[:-2]) > 1:
            found = [self.array(one, each) for one in values.reshape(-1, *values.shape[-2:])]
            return rf"\left[{SIDE_BY_SIDE.join(text for text, _ in found)}\right]", any(r for _, r in found)
        values = values.reshape(values.shape[-2:])
        found = [self.number(float(v)) for v in values.reshape(-1)]
        rounded = any(r for _, r in found)
        texts = [each % (f"({text})" if text.startswith("-") and each != "%s" else text) for text, _ in found]
        if values.size == 1:
            return texts[0], rounded
        width = values.shape[1] if values.ndim == 2 else 1
        rows = [elided(texts[n:n + width], r"\cdots") for n in range(0, len(texts), width)]
        lines = elided([" & ".join(row) for row in rows], " & ".join([r"\vdots"] * len(rows[0])))
        return r"\begin{pmatrix} " + r" \\ ".join(lines) + r" \end{pmatrix}", rounded

    def shown(self, text: str) -> tuple[str, bool]:
        """A formula with its marks as numbers, and whether any was rounded."""
        rounded = False
        result, end = "", 0
        for found in _MARK.finditer(text):
            number, own = self.array(*self.arrays[int(found[1])])
            rounded |= own
            result += text[end:found.start()]
            result += self._fitted(number, result, text[found.end():])
            end = found.end()
        result = _TIMES.sub(r" \\cdot ", result + text[end:])
        return tall(_FENCED.sub(r"\1", result)), rounded

    @staticmethod
    def _fitted(number: str, before: str, after: str) -> str:
        """In brackets where a sign, a power or a product would be misread."""
        single = not number.startswith(r"\begin")
        first = before.removesuffix(r"\,").rstrip()[-1:] in ("", "(", "{", "&", "[")
        powered = after.lstrip().startswith("^")
        needed = single and (number.startswith("-") and (not first or powered) or r"\cdot" in number and powered)
        return f"({number})" if needed else number

    def times(self, text: str) -> str:
        """A number or matrix as the second factor of a product."""
        if text.startswith(r"\begin"):
            return text
        return rf"\cdot ({text})" if text.startswith("-") else rf"\cdot {text}"


def tall(text: str) -> str:
    """Round brackets about a matrix as tall as it is."""
    hidden = _MATRIX.sub(lambda found: "\\" + "m" * (len(found[0]) - 1), text)
    marks, opened = dict[int, str](), list[int]()
    for place, character in enumerate(hidden):
        if character == "(":
            opened.append(place)
        elif character == ")" and opened:
            start = opened.pop()
            if r"\mm" in hidden[start:place] and not hidden[:start].endswith((r"\left", r"\big", r"\Big")):
                marks |= {start: r"\left(", place: r"\right)"}
    return "".join(marks.get(place, character) for place, character in enumerate(text))


class NumberNames(WholeNames):
    """Every read is a mark for its value."""

    values: dict[str, Any]

    def __init__(self, derivation: Derivation, notation: Notation, digits: Digits) -> None:
        super().__init__(derivation, notation)
        self.digits = digits
        self.values = {}

    def read(self, access: sp.Expr) -> str:
        tensor = self.tensor(access)
        if tensor is None or tensor.name not in self.values:
            return super().read(access)
        return self.digits.mark(self.value(tensor, access))

    def value(self, tensor: Tensor, access: sp.Expr) -> Any:
        """One entry, or the array whole."""
        array, at = np.asarray(self.values[tensor.name], dtype=float), indices_of(access)
        if not at or not all(e.xreplace({r: sp.Integer(0) for r in reads_of(e)}).is_Integer for e in at):
            return array + self.shift_of(access)
        places = [e - a.start for e, a in zip((self.settled(e) for e in at), tensor.axes, strict=True)]
        return array[tuple(int(place) for place in places)] + self.shift_of(access)

    def settled(self, expr: sp.Expr) -> sp.Expr:
        """A subscript with the numbers of the words x[t] put in, as they are inside."""
        return reread(expr, lambda r: sp.Integer(int(self.value(self.derivation.tensor(tensor_of(r)), r)))
                      - self.shift_of(r)) if reads_of(expr) else expr

    def scripted(self, access: sp.Expr) -> bool:
        return False


class NumberForm(MatrixForm):
    """Equations of vectors and matrices with the numbers put in."""

    def __init__(self, explanation: Explanation, notation: Notation, digits: Digits) -> None:
        super().__init__(explanation, notation)
        self.digits = digits
        self.whole = NumberPrinter(_Lying(self, digits))

    def value(self, tensor: Tensor) -> tuple[str, bool]:
        """A tensor's value as it lies on paper."""
        return self.digits.shown(self.whole.names.read(tensor.at()))

    def times(self, node: Hadamard) -> str:
        """Between single numbers an ordinary sign."""
        sizes = {e: axis.size for expr in leaves(node) for access in reads_of(expr)
                 for axis, e in zip(self.explanation.derivation.tensor(tensor_of(access)).axes, indices_of(access),
                                    strict=True)}
        return r"\cdot" if all(sizes.get(e) == 1 for e in node.axes) else super().times(node)

    def _letters(self, node: Node) -> Piece:
        """A transposed array is shown transposed."""
        if isinstance(node, Transpose) and isinstance(node.of, Elementwise) and node.of.expr in reads_of(node.of.expr):
            names = self.whole.names
            tensor = names.tensor(node.of.expr)
            if tensor is not None and isinstance(names, _Lying):
                array = names.value(tensor, node.of.expr)
                return Piece(self.digits.mark(array.reshape(1, -1) if array.ndim == 1 else array.T), Level.ATOM)
        return super()._letters(node)


class NumberPrinter(WholePrinter):
    """Expressions of arrays of numbers; an array of one entry is a number."""

    def _is_array(self, access: sp.Expr) -> bool:
        tensor = self.names.tensor(access)
        return super()._is_array(access) and tensor is not None and any(axis.size != 1 for axis in tensor.axes)

    def _power(self, expr: sp.Expr) -> Piece:
        """1 over an array is 1 over each of its entries."""
        if expr.exp == -1 and expr.base in reads_of(expr.base) and self._is_array(expr.base):
            names, tensor = self.names, self.names.tensor(expr.base)
            if tensor is not None and isinstance(names, _Lying):
                return Piece(names.digits.mark(names.value(tensor, expr.base), "1/%s"), Level.ATOM)
        return super()._power(expr)


class _Lying(NumberNames):
    """Arrays turned as the notation lays them."""

    def __init__(self, form: MatrixForm, digits: Digits) -> None:
        super().__init__(form.explanation.derivation, form.notation, digits)
        self.form = form

    def value(self, tensor: Tensor, access: sp.Expr) -> Any:
        array = super().value(tensor, access)
        lying = self.form.lie(access)
        own = tuple(indices_of(access))
        if array.ndim == 1 and self.notation.product.startswith("X"):
            return array.reshape(1, -1)
        return array.transpose([own.index(e) for e in lying]) if array.ndim == len(lying) > 1 else array

