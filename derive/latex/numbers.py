r"""The numbers form: a worked example, every quantity with its formula, numbers put in, and the result.

    z^1 = w^1 x + b^1
        = \begin{pmatrix} 0.15 & 0.2 \\ 0.25 & 0.3 \end{pmatrix} \begin{pmatrix} 0.05 \\ 0.1 \end{pmatrix} + ...
        \approx \begin{pmatrix} 0.3775 \\ 0.3925 \end{pmatrix}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from derive.calculus.explain import Chain, Explanation, explain
from derive.calculus.kinds import kind_of
from derive.calculus.rewrite import known
from derive.document.content import Block, Display, Prose, Row, Section
from derive.forms.chain import from_end, single_neurons
from derive.forms.unrolled import unrolled, unrolled_values
from derive.forms.written_out import entries
from derive.ir import Derivation, Equation, Tensor, reads_of, tensor_of
from derive.latex.align import fits
from derive.latex.digits import Digits, NumberForm, NumberNames
from derive.latex.expression import Printer
from derive.latex.letters import stepless
from derive.latex.lines import boxed_line, pieces, reason_text, said_once, step_text
from derive.latex.matrix import MatrixForm
from derive.latex.sections import preface
from derive.latex.steps import matrix
from derive.notation import Notation
from derive.worked import Example, Numbers, example

STEP = r"\eta"
PUT_IN = "numbers put in"
MOST_TOLD = 3
"""As many entries of an array without a matrix form are worked through; of more, the first two."""


def numbers_sections(forward: Derivation, notation: Notation, numbers: Numbers) -> list[Section]:
    """What is given, the pass forward, the pass back, one step, and the new cost."""
    simple, given = _without_indices(unrolled(forward), notation), unrolled_values(forward, numbers.values)
    parameters = [t.name for t in simple.learnt]
    explanation = explain(simple, [*parameters, *_hidden(simple)], "delta")
    return Worked(explanation, notation, example(explanation, given, numbers.seed), numbers).sections()


def _without_indices(forward: Derivation, notation: Notation) -> Derivation:
    """A network of single neurons needs no indices."""
    axes = [axis for tensor in forward.tensors for axis in tensor.axes]
    if not axes or any(axis.size != 1 or axis.kind != "axis" for axis in axes):
        return forward
    single = single_neurons(forward)
    return from_end(single, notation.input == notation.activation) if notation.layers_from_end else single


def _hidden(forward: Derivation) -> list[str]:
    """The activations that a later layer reads, and states of steps: their dC/da is a number worth seeing."""
    outputs = {tensor_of(output) for _, output in known(forward).outputs.values()}
    parameters = {t.name for t in forward.of_role("parameter")}
    read_on: set[str] = set()
    for equation in forward.equations():
        for term in equation.terms:
            names = {tensor_of(r) for r in reads_of(term.body)}
            read_on |= names if names & parameters else set()
    fixed = {e.target for e in forward.equations() if not any(reads_of(term.body) for term in e.terms)}  # h_0 = 0
    return [t.name for t in forward.of_role("value") if t.name in read_on - fixed and
            (t.name in outputs or stepless(t.written.letter) != t.written.letter)]


class Worked:
    """One example on paper."""

    def __init__(self, explanation: Explanation, notation: Notation, found: Example, numbers: Numbers) -> None:
        self.explanation, self.found, self.numbers = explanation, found, numbers
        self.forward = explanation.forward
        self.letters = MatrixForm(explanation, notation)
        self.digits = Digits(numbers.digits)
        self.numeric = NumberForm(explanation, notation, self.digits)
        self.entry = Printer(NumberNames(explanation.derivation, notation, self.digits))

    def sections(self) -> list[Section]:
        front = preface(self.letters.indexed, self.forward)[0]
        self._use(self.found.before)
        return [Section(front.title, (Prose(self._reading()), *front.blocks)), self._given(), self._forwards(),
                self._backwards(), *self._step()]

    def _use(self, values: dict[str, object]) -> None:
        for names in (self.numeric.whole.names, self.entry.names):
            assert isinstance(names, NumberNames)
            names.values = values

    def _reading(self) -> str:
        said = (f"Numbers are rounded to {self.numbers.digits} significant digits for the eye; "
                "the computation itself goes on with all their digits.")
        if any(len(t.axes) > 2 for t in self.forward.tensors):
            said += " The last two indices of an array with more than two are row and column of a matrix."
        return f"{self.letters.reading} {said}" if any(t.axes for t in self.forward.tensors) else said

    # -- what is given ---------------------------------------------------------------------

    def _given(self) -> Section:
        display, drawn = self.given(), len(self.found.drawn)
        letters = ", ".join(f"${self.letters.whole.text(self.forward.tensor(n).at())}$" for n in self.found.drawn)
        said = "" if not drawn else f"Drawn at random (seed {self.numbers.seed}), with one decimal: " + (
            "all of them." if drawn == len(display.rows) else letters + ".")
        return Section("The numbers that are given", (*([Prose(said)] if said else []), display))

    def given(self) -> Display:
        """Every input and parameter."""
        self._use(self.found.before)
        return Display(tuple(self._value(t) for t in self.forward.of_role("data", "parameter", "constant")))

    def results(self, names: Iterable[str]) -> Display:
        """The values of these tensors before the step."""
        self._use(self.found.before)
        return Display(tuple(self._value(self.explanation.derivation.tensor(name)) for name in names))

    def _value(self, tensor: Tensor, reason: str = "", left: str | None = None) -> Row:
        text, rounded = self.numeric.value(tensor)
        shown = self.letters.whole.text(tensor.at()) if left is None else left
        return Row(shown, (text,), reason, relation=r"\approx" if rounded else "=")

    # -- the two passes --------------------------------------------------------------------

    def _forwards(self) -> Section:
        steps = list(self.forward.equations())
        said = said_once(Row("", (), step_text(self.letters.indexed.names, e)) for e in steps)
        displays = [Display(tuple(self.rows(e, [e], row.reason))) for e, row in zip(steps, said, strict=True)]
        return Section("The pass forward", tuple(displays))

    def _backwards(self) -> Section:
        return Section("The pass back", tuple(Display(tuple(self._chain(c))) for c in self.explanation.chains))

    def _chain(self, chain: Chain) -> Iterator[Row]:
        """The textbook line, then the line in terms of outputs, with numbers."""
        shown = boxed_line(chain)
        lines = chain.lines[shown:]
        first = chain.lines[0]
        kind = kind_of(self.explanation, chain, chain.result.terms)
        reason = reason_text(self.letters.indexed, first.reason) if first.rule == "chain rule" else ""
        yield from self.rows(chain.result, [line.equation for line in lines], reason,
                             self.letters.notation.tag(kind))

    def rows(self, equation: Equation, formulas: Sequence[Equation], reason: str, tag: str = "") -> Iterator[Row]:
        """formula = formula = numbers put in = numbers multiplied out = result."""
        tensor = self.explanation.derivation.tensor(equation.target)
        left = self.letters.whole.text(tensor.at())
        if self.letters.terms(equation) is None and tensor.axes:
            yield from self._entries(equation, reason)
            return
        for formula in formulas:
            text = self._formula(formula)
            yield Row(left, text, reason, tag)
            left = reason = tag = ""
        steps = [row for row in self._put_in(equation) if row.right != text and fits(row)]
        yield from steps
        yield self._value(tensor, left=None if any(row.left for row in steps) else "")

    def _formula(self, equation: Equation) -> tuple[str, ...]:
        terms = self.letters.terms(equation)
        return pieces(self.letters.indexed, equation.terms) if terms is None else self.letters.texts(terms)

    def _put_in(self, equation: Equation) -> Iterator[Row]:
        """The formula with matrices of numbers; where it multiplies matrices, each entry written out."""
        terms = self.numeric.terms(equation)
        result = self.numeric.value(self.explanation.derivation.tensor(equation.target))
        if terms is not None:
            row = self._row(self.numeric.texts(terms), PUT_IN)
            if row.right != result[:1]:
                yield row
        if terms is None or any(term.summed for term in equation.terms):
            written = [pieces(self.entry, one.terms) for one in entries(equation)]
            axes = self.letters.axes(equation)
            said = "" if terms is None else "row times column"
            shape = [int(axis.size) for axis in self.explanation.derivation.tensor(equation.target).axes]
            single = shape in ([], [1])
            row = self._row(written[0], said) if single else self._vector(["".join(one) for one in written], said)
            if len(axes) <= 1 and row.right != result[:1]:
                yield from [row] if single or fits(row) else self._one_by_one(equation, written, said)

    def _one_by_one(self, equation: Equation, written: Sequence[tuple[str, ...]], reason: str) -> Iterator[Row]:
        """The entries of a column that is too wide for the page."""
        for one, texts in zip(entries(equation), written, strict=True):
            yield replace(self._row(texts, reason), left=self.letters.indexed.text(one.lhs))
            reason = ""

    def _vector(self, texts: Sequence[str], reason: str) -> Row:
        """Entries as a column, or as a row where the notation has it so; too wide a row is a column turned over."""
        column = self._row((matrix([[text] for text in texts]),), reason)
        if not self.letters.notation.product.startswith("X"):
            return column
        row = self._row((matrix([texts]),), reason)
        return row if fits(row) else replace(column, right=(f"{column.right[0]}^{self.letters.notation.transpose}",))

    def _entries(self, equation: Equation, reason: str) -> Iterator[Row]:
        """An equation without a matrix form: entry by entry; of many the first two, then all values."""
        every = list(entries(equation))
        told = every if len(every) <= MOST_TOLD else every[:2]
        said = PUT_IN
        for one in told:
            yield Row(self.letters.indexed.text(one.lhs), pieces(self.letters.indexed, one.terms), reason)
            text, rounded = self.digits.shown(self.entry.text(one.lhs))
            row = self._row(pieces(self.entry, one.terms), said)
            if row.right != (text,):
                yield row
            yield Row("", (text,), relation=r"\approx" if rounded else "=")
            reason = said = ""
        if len(told) < len(every):
            yield self._value(self.explanation.derivation.tensor(equation.target), "and so on for every entry")

    def _row(self, texts: Sequence[str], reason: str) -> Row:
        shown = [self.digits.shown(text) for text in texts]
        rounded = any(about for _, about in shown)
        return Row("", tuple(text for text, _ in shown), reason, relation=r"\approx" if rounded else "=")

    # -- the step --------------------------------------------------------------------------

    def _step(self) -> Iterator[Section]:
        eta = self.digits.number(self.found.rate)[0]
        said = (rf"Every weight and bias moves a little way against its derivative: $w \leftarrow w - {STEP}\, "
                rf"\partial C/\partial w$, where the learning rate ${STEP}$ says how far; here ${STEP} = {eta}$.")
        said = said.replace(r"\partial C", rf"\partial {self.letters.indexed.text(self._cost().at())}")
        moved = [c for c in self.explanation.chains if self.forward.tensor(c.tensor.of or "").role == "parameter"]
        yield Section("One step", (Prose(said), *(Display(tuple(self._moved(chain, eta))) for chain in moved)))
        yield Section("The new cost", tuple(self._afterwards()))

    def _cost(self) -> Tensor:
        return self.forward.tensor(self.forward.cost)

    def _moved(self, chain: Chain, eta: str) -> Iterator[Row]:
        tensor = self.forward.tensor(chain.tensor.of or "")
        letter, bar = (self.letters.whole.text(t.at()) for t in (tensor, chain.tensor))
        if self.letters.whole.names.is_delta(chain.tensor):
            bar = self.letters.whole.names.fraction(chain.tensor, getattr(chain.tensor.at(), "indices", ()))
        (old, _), (slope, rounded) = self.numeric.value(tensor), self.numeric.value(chain.tensor)
        yield Row(rf"{letter} - {STEP}\,{bar}", (old, f" - {eta} {self.digits.times(slope)}"),
                  relation=r"\approx" if rounded else "=")
        self._use(self.found.after)
        yield self._value(tensor, f"the new ${letter}$", left="")
        self._use(self.found.before)

    def _afterwards(self) -> Iterator[Block]:
        before, rounded = self.numeric.value(self._cost())
        self._use(self.found.after)
        computed = dict.fromkeys(e.target for e in self.forward.equations())
        yield Prose("With the new weights and biases the same pass forward gives")
        yield Display(tuple(self._value(self.forward.tensor(name)) for name in computed))
        after, _ = self.numeric.value(self._cost())
        old, new = (float(values[self.forward.cost]) for values in (self.found.before, self.found.after))
        letter = self.letters.indexed.text(self._cost().at())
        word = "The step made it smaller" if new < old else "The step was too long: the cost did not fall"
        relation = r"\approx" if rounded else "="
        yield Prose(rf"Before the step it was ${letter} {relation} {before}$, now it is "
                    rf"${letter} \approx {after}$. {word}.")
        self._use(self.found.before)
