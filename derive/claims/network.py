r"""An architecture as the context of a claim: its equations, letter by letter as a notation writes them.

    3-4-2, ng      z^{[1]} = W^{[1]}\,a^{[0]} + b^{[1]},  a^{[1]} = \sigma(z^{[1]}),  ...,  dz^{[1]} = \frac{...}{...}

In: the equations of one example and of a minibatch, and a notation. Out: for each of these readings the lines that
state it, in LaTeX: what the printer prints is what a claim in that notation is read against.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Protocol

import sympy as sp

from derive.claims.network_also import of_layer
from derive.claims.network_apart import Apart, apart, layers_of
from derive.claims.network_layers import any_layer
from derive.claims.network_names import ARGUMENT, Letters, records
from derive.claims.network_where import declarations
from derive.errors import DeriveError
from derive.forms.chain import single_neurons
from derive.forms.without import of_one_entry, without
from derive.ir import Derivation, Equation
from derive.notation import Notation

ONE, MANY, SINGLE = "one example", "minibatch", "one neuron in each layer"
BARE = "with letters without a number as those of layer %s"
NUMBERS, ALONE = "a layer of one neuron as a number", "a layer of one neuron"
KNOWN = frozenset({"sigmoid", "tanh", "relu", "softplus", "gelu", "elu", "silu", "leaky_relu"})
"""The functions that need no definition; how a letter such as \\sigma stands for one is declared."""


class Examples(Protocol):
    """A model for one example and for a minibatch."""

    @property
    def one(self) -> Derivation: ...

    @property
    def many(self) -> Derivation: ...


@dataclass(frozen=True)
class Lines:
    """Equations, what the letters in them are, and the signs that multiply entry by entry.

    A claim is meant in a `spare` reading if it is right in it, or can be compared in no other. It is meant with the
    `bare` letters of a layer if it can be read in no other reading, and is right in this one.
    """

    given: tuple[str, ...]
    where: tuple[str, ...] = ()
    elementwise: tuple[str, ...] = ()
    spare: bool = False
    bare: bool = False
    told: str = ""
    lost: frozenset[int] = frozenset()
    """`told`: with which smaller images; `lost`: sizes of the network that these do not have."""
    later: Callable[[], Lines] | None = None
    """What makes the lines, where few ask for them."""

    @property
    def made(self) -> Lines:
        return self.later() if self.later else self


def readings(model: Examples, notation: Notation) -> dict[str, Lines]:
    """What the letters mean in a claim about one example, and in one about a minibatch; one where that is the same.

    Where each layer is a single neuron, they are numbers; else, or if somebody writes sums, vectors and matrices. What
    is said of an output w^2_{1j} or w^2_j holds for one neuron alone.
    """
    _check_targets(model.one)
    axes = [axis for t in model.one.tensors for axis in t.axes if axis.kind == "axis"]
    single = bool(axes) and all(axis.size == 1 for axis in axes) and not apart(model.one)
    found = {SINGLE: lines(single_neurons(model.one), notation)} if single else {}
    one = _letters(model.one, notation)
    found[ONE] = _lines(one)
    if model.many != model.one:
        found[MANY] = lines(model.many, notation)
    if not single and any(map(of_one_entry, axes)):
        found[ALONE] = replace(found[ONE], where=(*one.of_one(), *found[ONE].where), spare=True)
        found[NUMBERS] = replace(lines(without(model.one, of_one_entry), notation), spare=True)
    return found | dict(_bare(found, {ONE: one, MANY: _letters(model.many, notation)}))


def _bare(found: dict[str, Lines], every: dict[str, Letters]) -> Iterator[tuple[str, Lines]]:
    """The same lines, and what letters without the number of a layer are in one of the layers; made when asked for."""
    for title, letters in every.items():
        if title in found and letters.own and not letters.general:
            base = cache(partial(_each_alone, letters))
            for layer in layers_of(letters.derivation):
                told = BARE % layer + (f" ({title})" if title != ONE else "")
                yield told, Lines((), bare=True, later=partial(_lettered, base, layer))


def _each_alone(letters: Letters) -> tuple[Apart, Lines]:
    """Every array is a name of its own."""
    each = letters if isinstance(letters, Apart) else Apart(letters.derivation, letters.notation)
    return each, _lines(each)


def _lettered(base: Callable[[], tuple[Apart, Lines]], layer: sp.Expr) -> Lines:
    letters, common = base()
    return replace(common, where=(*common.where, *of_layer(letters, layer)), bare=True)


def _letters(derivation: Derivation, notation: Notation) -> Letters:
    return (Apart if apart(derivation) else Letters)(derivation, notation)


def _check_targets(derivation: Derivation) -> None:
    """Refuse [y = j]: no claim has a letter for a number that chooses an entry."""
    numbers = {t.name for t in derivation.of_role("data") if t.among is not None}
    if any(e.names and numbers.issuperset(e.names) for e in derivation.equations()):
        raise DeriveError("claims are about targets y_j, a row of 0 and 1, not about the number of a class",
                          do="Check them with --cost cross-entropy; the gradients are the same.")


def lines(derivation: Derivation, notation: Notation) -> Lines:
    """The context that these equations are."""
    return _lines(_letters(derivation, notation))


def _lines(letters: Letters) -> Lines:
    general = () if isinstance(letters, Apart) else any_layer(letters)
    given = [*_forward(letters), *general, *letters.same(), *_gradients(letters)]
    return Lines(tuple(dict.fromkeys(given)), tuple(dict.fromkeys(declarations(letters))), (letters.notation.hadamard,))


# -- equations -----------------------------------------------------------------------------


def _forward(letters: Letters) -> Iterator[str]:
    """Every equation of the forward pass: of whole arrays where there is such a form, else of their entries."""
    for record in records(letters.derivation):
        if record.name not in KNOWN:
            yield f"{letters.entries.text(record(ARGUMENT))} = {letters.entries.text(record.value(ARGUMENT))}"
    for tensor in letters.derivation.of_role("constant"):
        if tensor.value is not None:
            yield f"{letters.entries.text(tensor.at())} = {letters.entries.text(tensor.value)}"
    for equation in letters.derivation.equations():
        left, right = letters.sides(_of_layer(letters, letters.told(equation)))
        if left != right:
            yield f"{left} {equation.op} {right}"


def _of_layer(letters: Letters, equation: Equation) -> Equation:
    """The same equation told of layer l where the notation calls layer l - shift so."""
    put = letters.renumbering(letters.derivation.tensor(equation.target))
    if not put or not set(put) & set(equation.at):
        return equation
    return replace(equation, terms=tuple(term.renamed(put) for term in equation.terms),
                   at=tuple(e.xreplace(put) for e in equation.at))


# -- gradients -----------------------------------------------------------------------------


def _gradients(letters: Letters) -> Iterator[str]:
    r"""What the gradients stand for that have a name of their own: \delta^l = dC/dz^l, dW = dJ/dW."""
    names = letters.arrays
    for tensor in letters.derivation.tensors:
        written = letters.shown(names, tensor)
        if name := letters.gradient(names, tensor, written):
            count = names.error_count() if any(axis.kind == "sample" for axis in tensor.axes) else ""
            meant = names.derivative(names.text(written))
            yield f"{name} = " + (rf"{count}\,{meant}" if count else meant)
            yield from letters.alike(tensor, gradient=True)
