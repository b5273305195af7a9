r"""An architecture as the context of a claim: its equations, letter by letter as a notation writes them.

    3-4-2, ng      z^{[1]} = W^{[1]}\,a^{[0]} + b^{[1]},  a^{[1]} = \sigma(z^{[1]}),  ...,  dz^{[1]} = \frac{...}{...}

In: the equations of one example and of a minibatch, and a notation. Out: for each of these readings the lines that
state it, in LaTeX: what the printer prints is what a claim in that notation is read against.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import sympy as sp

from derive.claims.network_layers import any_layer
from derive.claims.network_names import Letters
from derive.claims.network_where import declarations
from derive.forms.chain import single_neurons
from derive.ir import Derivation, Equation, Label, Tensor, indices_of, walk
from derive.notation import Notation

ONE, MANY = "one example", "minibatch"


class Examples(Protocol):
    """A model for one example and for a minibatch."""

    @property
    def one(self) -> Derivation: ...

    @property
    def many(self) -> Derivation: ...


@dataclass(frozen=True)
class Lines:
    """Equations, what the letters in them are, and the signs that multiply entry by entry."""

    given: tuple[str, ...]
    where: tuple[str, ...] = ()
    elementwise: tuple[str, ...] = ()


def readings(model: Examples, notation: Notation) -> dict[str, Lines]:
    """What the letters mean in a claim about one example, and in one about a minibatch; one where that is the same."""
    found = {ONE: lines(model.one, notation)}
    if model.many != model.one:
        found[MANY] = lines(model.many, notation)
    return found


def lines(derivation: Derivation, notation: Notation) -> Lines:
    """The context that these equations are."""
    letters = Letters(_scalars(derivation), notation)
    given = [*_forward(letters), *letters.same(), *_gradients(letters), *any_layer(letters)]
    return Lines(tuple(dict.fromkeys(given)), tuple(dict.fromkeys(declarations(letters))), (notation.hadamard,))


def _scalars(derivation: Derivation) -> Derivation:
    """Where each layer is a single neuron, letters are numbers."""
    axes = [axis for t in derivation.tensors for axis in t.axes if axis.kind == "axis"]
    single = bool(axes) and all(axis.size == 1 for axis in axes)
    return single_neurons(derivation) if single else derivation


# -- equations -----------------------------------------------------------------------------


def _forward(letters: Letters) -> Iterator[str]:
    """Every equation of the forward pass: of whole arrays where there is such a form, else of their entries."""
    for tensor in letters.derivation.of_role("constant"):
        if tensor.value is not None:
            yield f"{letters.entries.text(tensor.at())} = {letters.entries.text(tensor.value)}"
    for equation, _ in walk(letters.derivation.statements):
        left, right = letters.sides(_of_layer(letters, equation))
        if left != right:
            yield f"{left} = {right}"


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
    names = letters.form.whole.names
    for tensor in letters.derivation.tensors:
        if not _has_gradient(letters, tensor):
            continue
        bar, access = Tensor(f"d_{tensor.name}", tensor.axes, "adjoint", of=tensor.name), letters.at(tensor)
        named = names.gradient_text(tensor, names.written(tensor, access))
        if names.is_delta(bar):
            yield f"{named} = {_meaning(letters, bar, access)}"
            yield from letters.alike(tensor, gradient=True)


def _meaning(letters: Letters, bar: Tensor, access: sp.Expr) -> str:
    """A derivative of the cost as a fraction, which says the same in every notation."""
    return letters.form.whole.names.fraction(bar, indices_of(access))


def _has_gradient(letters: Letters, tensor: Tensor) -> bool:
    """Whether anyone speaks of its gradient: not of that of a constant, a target, or a part of the cost."""
    if tensor.role in ("parameter", "value") and not letters.own:
        return True
    letter = (tensor.label or Label("")).letter
    return letter in {"parameter": ("w", "b"), "value": ("z", "a"), "data": ("x",)}.get(tensor.role, ())
