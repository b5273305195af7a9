r"""The letters of a network, and which of them are two names of one thing.

    a^{0} = x      z^{(2)} = o      h_{ij} = H_{ij}      w^{(1)}_{jk} = W^{(1)}_{jk}

In: equations and a notation. Out: printers of whole arrays and of entries, and lines that say which names are alike:
on the left the other name, on the right the one that the equations use.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import sympy as sp

from derive.calculus.explain import Explanation
from derive.functions.record import Application, ScalarFunction
from derive.ir import Derivation, Equation, Label, Tensor, index_symbol, reads_of, size_symbol, tensor_of
from derive.latex.expression import Printer
from derive.latex.letters import braced, letter
from derive.latex.lines import pieces
from derive.latex.matrix import MatrixForm
from derive.latex.names import Names, Written
from derive.latex.whole import WholeNames, capitalized
from derive.notation import Notation
from derive.samples import sample_index

OUTPUT = r"\hat{y}"
"""What many call the output of a network, whatever its letter is."""


def records(derivation: Derivation) -> list[ScalarFunction]:
    """The functions of one number that the equations use, in the order in which they do."""
    found: list[ScalarFunction] = []
    for equation in derivation.equations():
        for term in equation.terms:
            nodes = sorted(term.body.atoms(Application), key=str)
            found += [node.record for node in nodes if node.record not in found]
    return found


def numbers(derivation: Derivation) -> set[sp.Integer]:
    """The whole numbers that the equations calculate with, those in indices apart."""
    bodies = [term.body.xreplace({read: ARGUMENT for read in reads_of(term.body)})
              for equation in derivation.equations() for term in equation.terms]
    return {abs(n) for body in bodies for n in body.atoms(sp.Integer)} | {
        sp.Integer(n.q) for body in bodies for n in body.atoms(sp.Rational)}


ARGUMENT = sp.Symbol("u", real=True)
ONES = r"\mathbf{1}"
ONE = ("K", "P", "Q", "M", "D")
"""Letters for a size that is 1."""
OWN = ("x", "y", "z", "a")
"""What is written as a capital where it holds all examples; everything else is written entry by entry."""


class EntryNames(WholeNames):
    """The entries of whole arrays, by the letter of the array: Z_{js}."""

    def written(self, tensor: Tensor, access: sp.Expr) -> Written:
        if not self.whole(tensor):
            return self._plain.written(tensor, access)
        return replace(super().written(tensor, access), below=Names.written(self, tensor, access).below)

    def capital(self, tensor: Tensor) -> str:
        """An entry by the capital letter of its array, unless that letter is another thing's."""
        written = replace(super().written(tensor, tensor.at()), below=Names.written(self, tensor, tensor.at()).below)
        return self.text(written) if written.letter not in self.letters else self._plain.text(
            self._plain.written(tensor, tensor.at()))

    def whole(self, tensor: Tensor) -> bool:
        """Whether an array stands without its indices: not e, s and C_0 of a minibatch whose examples are indices."""
        name = (tensor.label or Label("")).letter
        apart = bool(self.notation.example) and len(name) == 1
        return name in OWN or apart or not any(axis.kind == "sample" for axis in tensor.axes)

    @cached_property
    def _plain(self) -> Names:
        return Names(self.derivation, self.notation)


class Letters:
    """How a derivation writes its arrays, whole and entry by entry."""

    def __init__(self, derivation: Derivation, notation: Notation) -> None:
        self.derivation, self.notation = derivation, notation
        self.form = MatrixForm(Explanation(derivation, derivation, (), notation.policy), notation)
        self.printed = self.form.indexed
        names = EntryNames(derivation, notation)
        self.entries = Printer(names) if self.own else self.printed
        self.whole = {tensor.name: self.own and names.whole(tensor) for tensor in derivation.tensors}
        """Of each tensor, whether it stands without its indices."""

    @property
    def arrays(self) -> Names:
        """How arrays are called."""
        return self.form.whole.names if self.own else self.printed.names

    @cached_property
    def own(self) -> bool:
        """Whether the equations are a network's, rather than typed."""
        return any(t.label is not None for t in self.derivation.of_role("parameter"))

    @cached_property
    def general(self) -> bool:
        """Whether one line speaks of all layers."""
        return any(axis.kind == "layer" for t in self.derivation.tensors for axis in t.axes)

    @cached_property
    def sampled(self) -> bool:
        """Whether there are several examples."""
        return any(axis.kind == "sample" for t in self.derivation.tensors for axis in t.axes)

    @cached_property
    def depth(self) -> sp.Expr:
        """The number of the last layer, counted from the first that has weights."""
        numbers = [t.label.layer for t in self.derivation.tensors if t.label is not None and t.label.layer is not None]
        return max((n for n in numbers if n.is_Integer), key=int, default=size_symbol("L"))

    def number(self, layer: sp.Expr) -> str:
        """The number of a layer in the notation."""
        return self.printed.names.number(layer)

    def renumbering(self, tensor: Tensor) -> dict[sp.Basic, sp.Basic]:
        """l - shift in place of l, so that a tensor of all layers is written with a bare l."""
        layer = next((axis.symbol for axis in tensor.axes if axis.kind == "layer"), None)
        shift = self.printed.names.shift(tensor)
        return {layer: layer - shift} if layer is not None and shift else {}

    def at(self, tensor: Tensor) -> sp.Expr:
        """The read of a tensor, at layer l as the notation counts it."""
        return tensor.at().xreplace(self.renumbering(tensor))

    def shown(self, names: Names, tensor: Tensor) -> Written:
        """A tensor as it is in any layer; with its own letter where the last layer has one."""
        written, label = names.written(tensor, self.at(tensor)), tensor.label or Label("")
        numbered = label.layer is not None and not names.is_last(label)
        return replace(written, layer=str(index_symbol("l"))) if numbered else written

    def told(self, equation: Equation) -> Equation:
        """An equation as it is told."""
        return equation

    def sides(self, equation: Equation) -> tuple[str, str]:
        """An equation of whole arrays; of entries where nobody writes it otherwise."""
        tensor = self.derivation.tensor(equation.target)
        vectors = self.whole[tensor.name] and any(axis.kind == "axis" for axis in tensor.axes)
        terms = self.form.terms(equation) if vectors else None
        if terms is None or not all(self.whole.get(tensor_of(r), True) for r in equation.reads()):
            return self.entries.text(equation.lhs), "".join(pieces(self.entries, equation.terms))
        right = "".join(self.form.texts(terms))
        if ONES in right and not self._ones_count_examples(equation):
            return self.entries.text(equation.lhs), "".join(pieces(self.entries, equation.terms))
        return self.form.whole.text(equation.lhs), right.replace(ONES, f"{ONES}_{braced(self._count)}")

    def _ones_count_examples(self, equation: Equation) -> bool:
        """Whether ones only copy a vector over the examples: b, and not the sum below a softmax over its outputs."""
        def axes(name: str) -> list[str]:
            return [axis.kind for axis in self.derivation.tensor(name).axes if axis.kind in ("axis", "sample")]

        return not any(axes(name) == ["sample"] for name in equation.names) or "axis" not in axes(equation.target)

    @cached_property
    def _count(self) -> str:
        """How many examples there are."""
        sample = sample_index(self.derivation)
        return "" if sample is None else self.printed.names.index(sample.size)

    def derived(self, tensor: Tensor) -> bool:
        """Whether anyone speaks of its gradient: not of that of a constant, a target, or a part of the cost."""
        if tensor.role in ("parameter", "value") and not self.own:
            return True
        letter = (tensor.label or Label("")).letter
        return letter in {"parameter": ("w", "b"), "value": ("z", "a"), "data": ("x",)}.get(tensor.role, ())

    def gradient(self, names: Names, tensor: Tensor, written: Written) -> str:
        """The name of its gradient, if it has one."""
        bar = Tensor(f"d_{tensor.name}", tensor.axes, "adjoint", of=tensor.name)
        return names.gradient_text(tensor, written) if self.derived(tensor) and names.is_delta(bar) else ""

    def of_one(self) -> Iterator[str]:
        r"""That a vector of one entry has one: K = 1, y \in \mathbb{R}^K. Else how many it has is open."""
        size = next(name for name in ONE if name not in self.printed.names.letters)
        yield f"{size} = 1"
        for tensor in self.derivation.of_role("data", "parameter", "value"):
            if [axis.size for axis in tensor.axes if axis.kind == "axis"] == [1] == [axis.size for axis in tensor.axes]:
                written = self.printed.names.written(tensor, tensor.at())
                yield rf"{self.printed.names.text(replace(written, below=()))} \in \mathbb{{R}}^{size}"

    # -- two names of one thing --------------------------------------------------------------

    def same(self) -> Iterator[str]:
        """Each name that the equations do not use."""
        for tensor in self.derivation.tensors:
            if tensor.role != "adjoint":
                yield from self.alike(tensor)
        for tensor, name, layer in self.renamed() if self.own else ():
            yield from self._called(tensor, name, layer)
        if self.own:
            yield from self._cost()

    def alike(self, tensor: Tensor, gradient: bool = False) -> Iterator[str]:
        """The entry of an array where its letter is another one than that of the array."""
        pair = [self._text(printer.names, tensor, gradient) for printer in (self.printed, self.entries)]
        if pair[0] != pair[1]:
            yield f"{pair[0]} = {pair[1]}"
        elif not self.own and not self.notation.example and any(axis.kind == "sample" for axis in tensor.axes):
            capital = EntryNames(self.derivation, self.notation).capital(tensor)
            if capital != pair[0]:
                yield f"{capital} = {pair[0]}"

    def _text(self, names: Names, tensor: Tensor, gradient: bool) -> str:
        written = self.shown(names, tensor)
        return names.gradient_text(tensor, written) if gradient else names.text(written)

    def renamed(self) -> Iterator[tuple[Tensor, str, str]]:
        """The arrays with a second name, and the letter and the layer of that name."""
        yield from self._input()
        yield from self._output()

    def _input(self) -> Iterator[tuple[Tensor, str, str]]:
        """x is layer 0 of the activations, whichever of the two names the equations use."""
        data = self.derivation.by_name.get("x")
        if data is None:
            return
        zero = self.number(sp.Integer(0))
        named = bool(self.form.whole.names.written(data, data.at()).layer)
        if named or not self.general:
            yield (data, "x", "") if named else (data, self.notation.activation, zero)

    def _output(self) -> Iterator[tuple[Tensor, str, str]]:
        """The last layer by a letter of its own, and by its number."""
        last = self.number(self.depth)
        for own, other in (("z", self.notation.output_weighted), ("a", self.notation.output_activation or OUTPUT)):
            tensor = next((t for t in self.derivation.tensors if self._is_last(t, own)), None)
            if tensor is not None and other:
                plain = self.notation.weighted if own == "z" else self.notation.activation
                yield tensor, plain, last
                yield tensor, other, ""

    def _called(self, tensor: Tensor, name: str, layer: str) -> Iterator[str]:
        """An array, and its entries where they have a letter of their own, by another name."""
        put = {axis.symbol: self.depth for axis in tensor.axes if axis.kind == "layer"}
        access = tensor.at().xreplace(put)
        whole, entries = self.form.whole.names, self.entries.names
        used = whole.written(tensor, access)
        other = replace(used, letter=capitalized(name) if self.sampled else name, layer=layer)
        if whole.text(other) != whole.text(used):
            yield f"{whole.text(other)} = {whole.text(used)}"
            single = replace(self.printed.names.written(tensor, access), letter=name, layer=layer)
            if self.sampled:
                yield f"{whole.text(single)} = {entries.text(entries.written(tensor, access))}"

    def _is_last(self, tensor: Tensor, own: str) -> bool:
        label = tensor.label or Label("")
        return label.letter == own and tensor.role != "adjoint" and (self.general or label.layer == self.depth)

    def _cost(self) -> Iterator[str]:
        """The cost of one example by the letter of the whole cost too."""
        used = letter(self.printed.names.cost)
        if not self.sampled and used != letter(self.notation.cost) and self.derivation.cost == "C":
            yield f"{letter(self.notation.cost)} = {used}"
