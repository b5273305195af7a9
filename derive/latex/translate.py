r"""One derivation in two notations, side by side: the map of symbols, the equations, the gradients.

    w^l                                        (W^{(l)})^T
    \delta^1 = ((w^2)^T \delta^2) o f'(z^1)    dz^{(1)} = (dz^{(2)} (W^{(2)})^T) o f'(z^{(1)})

The equations underneath are the same; each row of the map holds two names of one array.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from derive.calculus.explain import Explanation, explain
from derive.document.content import Document, Prose, Section, Symbol, Symbols
from derive.errors import DeriveError, nearest
from derive.forms.cases import Case, cases, renumbered
from derive.forms.scale import has_error, in_scale
from derive.ir import Derivation, Tensor, index_symbol
from derive.latex.expression import Printer
from derive.latex.index import title_of
from derive.latex.letters import escape
from derive.latex.lines import chain_rows, condition_text, equation_row
from derive.latex.matrix import MatrixForm
from derive.latex.names import Names
from derive.latex.text import Level, Piece
from derive.notation import Notation
from derive.samples import sample_index

FORMS = ("index", "matrix", "batch")
MEANINGS = {"x": "input", "y": "target", "w": "weights", "b": "biases", "z": "weighted input", "a": "activation",
            "C": "cost"}
ADJOINTS = {"z": "error", "a": "gradient of the activation", "w": "gradient of the weights",
            "b": "gradient of the biases"}
NONE = "not named"


class Side:
    """The derivation in one of the two notations."""

    def __init__(self, model: Derivation, notation: Notation, form: str, wrt: tuple[str, ...]) -> None:
        raw = explain(model, wrt, notation.policy)
        self.form, self.notation = form, notation
        self.explanation: Explanation = in_scale(raw, notation.error_scale)
        self.matrix = MatrixForm(self.explanation, notation)
        self.entries = self.matrix.indexed
        self.printer: Printer = self.entries if form == "index" else self.matrix.whole

    @property
    def names(self) -> Names:
        return self.printer.names

    # -- symbols ---------------------------------------------------------------------------

    def symbol(self, tensor: Tensor, like: Side) -> str:
        """A tensor of layer l, turned and scaled so that it equals what it is on the side `like`."""
        names = self.names
        inner = names.derivation.tensor(tensor.of) if tensor.of else tensor
        written = names.written(inner, inner.at())
        if written.layer and names.label(inner).layer is not None:
            number = names.index(index_symbol("l") + names.shift(inner))
            written = replace(written, layer=number, letter=names.plain_letter(inner))
        text = names.gradient_text(inner, written) if tensor.of else names.text(written)
        piece = Piece(text, Level.ATOM, "^" in text or text.startswith(r"\frac"))
        turned = self.form != "index" and self._lies(inner) != like._lies(inner)
        text = self.matrix.transposed(piece).text if turned else text
        count = self._count(tensor)
        return rf"\frac{{1}}{{{count}}}\,{text}" if count and not like._count(tensor) else text

    def _lies(self, tensor: Tensor) -> tuple[str, ...]:
        """The axes in the order in which they lie; a vector lies as its notation's vectors do."""
        order = tuple(axis.name for axis, _ in self.names.arranged(tensor, tensor.at()))
        return (*order, self.notation.samples) if len(order) == 1 else order

    def _count(self, tensor: Tensor) -> str:
        """The number of examples, where an adjoint is scaled by it."""
        sample = sample_index(self.explanation.forward)
        scaled = tensor.of and self.notation.error_scale == "m" and has_error(self.names.derivation, tensor.name)
        return self.names.index(sample.size) if sample is not None and scaled else ""

    # -- formulas --------------------------------------------------------------------------

    def steps(self) -> Iterator[str]:
        """The equations of the forward pass."""
        for equation in self.explanation.forward.equations():
            rows = list(self.matrix.forward_rows(equation)) if self.form != "index" else \
                [equation_row(self.entries, equation)]
            yield from (f"{row.left} {row.relation} {right}" for row in rows
                        if (right := "".join(row.right)) != row.left)

    def gradients(self) -> dict[tuple[str, int], tuple[str, str]]:
        """(of what, case) -> formula, and the layer or the condition."""
        found = {}
        for chain in self.explanation.chains:
            shift = self.names.shift(self.names.derivation.tensor(chain.tensor.of or ""))
            for number, plain in enumerate(cases(chain)):
                case = renumbered(plain, shift)
                said = condition_text(self.entries, case) or title_of(self.entries, chain)
                found[chain.tensor.of or "", number] = self._formula(case), said
        return found

    def _formula(self, case: Case) -> str:
        rows = list(chain_rows(self.entries, case) if self.form == "index" else self.matrix.chain_rows(case, ""))
        boxed = next(n for n, row in enumerate(rows) if row.boxed)
        left = next(row.left for row in reversed(rows[:boxed + 1]) if row.left)
        return f"{left} = {''.join(rows[boxed].right)}"


def translation(one: Derivation, many: Derivation, source: Notation, target: Notation, form: str = "matrix",
                wrt: tuple[str, ...] = ()) -> Document:
    """The document that holds both."""
    if form not in FORMS:
        raise DeriveError(f"there is no form '{form}' to translate", do=nearest(form, list(FORMS)))
    model = many if form == "batch" else one
    wanted = wrt or tuple(t.name for t in model.learnt)
    sides = Side(model, source, form, wanted), Side(model, target, form, wanted)
    heads = (escape(source.author), escape(target.author))
    return Document(
        "One derivation in two notations", f"{escape(source.author)} and {escape(target.author)}",
        (Section("The map of symbols", (Prose(_reading(form)), Symbols(tuple(_symbols(*sides)), (*heads, "")))),
         Section("The cost, step by step", (Symbols(tuple(_steps(*sides)), (*heads, "")),)),
         Section("The gradients", (Symbols(tuple(_gradients(*sides)), (*heads, "")),))))


def _reading(form: str) -> str:
    said = "Both columns are the same equations; in each row stand two names of one thing."
    return said if form == "index" else \
        f"{said} Where an array lies the other way round, or is scaled, the right column says so."


def _symbols(left: Side, right: Side) -> Iterator[Symbol]:
    seen: set[object] = set()
    for tensor in left.names.derivation.tensors:
        inner = left.names.derivation.tensor(tensor.of) if tensor.of else tensor
        label = left.names.label(inner)
        table: Mapping[str, str] = ADJOINTS if tensor.of else MEANINGS
        key = (label.letter, len(inner.axes), tensor.role == "adjoint")
        if key in seen or tensor.of and not (label.letter in ADJOINTS and _named(tensor, left, right)):
            continue
        seen.add(key)
        meaning = table.get(label.letter, tensor.role)
        yield Symbol(left.symbol(tensor, left), f"${right.symbol(tensor, left)}$", meaning)
    for name, meaning in (("hadamard", "product entry by entry"),) if left.form != "index" else ():
        signs = [getattr(side.notation, name) for side in (left, right)]
        yield Symbol(signs[0], f"${signs[1]}$", meaning)
    sample = sample_index(left.explanation.forward)
    if sample is not None:
        yield Symbol(left.names.index(sample.size), f"${right.names.index(sample.size)}$", "number of examples")


def _named(tensor: Tensor, *sides: Side) -> bool:
    return any(chain.tensor.name == tensor.name for side in sides for chain in side.explanation.chains)


def _steps(left: Side, right: Side) -> Iterator[Symbol]:
    for one, other in zip(left.steps(), right.steps(), strict=True):
        yield Symbol(one, f"${other}$")


def _gradients(left: Side, right: Side) -> Iterator[Symbol]:
    """Paired by what they are gradients of; one that the other side does not name stands alone."""
    ours, theirs = left.gradients(), right.gradients()
    for key in [*ours, *(key for key in theirs if key not in ours)]:
        one, said = ours.get(key, (rf"\text{{{NONE}}}", theirs.get(key, ("", ""))[1]))
        other = f"${theirs[key][0]}$" if key in theirs else NONE
        yield Symbol(one, other, said)
