"""The layers of a dense network, found in its equations.

    z2[j] = sum(w2[j,k]*a1[k], k) + b2[j],   a2[j] = sigmoid(z2[j])     a column of a2 behind that of a1, joined by w2

In: a derivation. Out: columns in order. Each but the first has the weight that leads to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from derive.errors import DeriveError
from derive.ir import Derivation, Equation, Loop, Tensor, Term, indices_of, reads_of, tensor_of, walk

NO_COLUMNS = ("these equations are not those of dense layers one behind the other, so there are no columns of neurons "
              "to draw")
INSTEAD = "Ask for the graph of the computation, --kind graph: it can be drawn of any equations."


@dataclass(frozen=True)
class Column:
    """The neurons of one layer: how they are read, how many they are, and the array of weights in front."""

    tensor: Tensor
    at: tuple[sp.Expr, ...]
    width: sp.Expr
    weight: Tensor | None = None

    def neuron(self, place: sp.Expr) -> sp.Expr:
        return self.tensor.at(*self.at, place)


@dataclass(frozen=True)
class _Layer:
    """One weighted sum: what it reads, by which weight, into what."""

    equation: Equation
    weight: sp.Expr
    source: sp.Expr
    loops: tuple[Loop, ...]


def columns(derivation: Derivation) -> tuple[Column, ...]:
    """Input, hidden layers, output; of a network of L layers one column for the input and one for layer l."""
    placed = walk(derivation.statements)
    layers = [layer for equation, loops in placed for layer in _layers(derivation, equation, loops)]
    if not layers or any(loop.index.kind != "layer" for layer in layers for loop in layer.loops):
        raise DeriveError(NO_COLUMNS, do=INSTEAD)
    found = [_input(derivation, layers[0])]
    for number, layer in enumerate(layers):
        following = layers[number + 1] if number + 1 < len(layers) else None
        if following is not None and not layer.loops:
            out = following.source
        else:
            out = _output(derivation, layer)
        at, width = indices_of(out)[:-1], _width(derivation, layer.equation)
        found.append(Column(derivation.tensor(tensor_of(out)), at, width, derivation.tensor(tensor_of(layer.weight))))
    if any(axis.kind != "layer" for column in found for axis in column.tensor.axes[:-1]) or \
            not found[0].at and found[0].tensor.role != "data":
        raise DeriveError(NO_COLUMNS, do=INSTEAD)
    _check_no_shortcut(derivation, found)
    return tuple(found)


def _check_no_shortcut(derivation: Derivation, found: list[Column]) -> None:
    """Refuse a picture that would not show all: a layer that is read other than by the weights behind it."""
    names = [column.tensor.name for column in found[:-1] if not column.at]
    for equation in derivation.equations():
        for term in equation.terms:
            read = [tensor_of(r) for r in sorted(reads_of(term.body), key=str) if tensor_of(r) in names]
            starts = derivation.tensor(equation.target).name == found[-1].tensor.name and bool(found[-1].at)
            if read and equation.target != derivation.cost and not starts and _pair(derivation, term) is None:
                raise DeriveError(f"'{read[0]}' is read past the next layer, by '{equation.target}', which columns of "
                                  "neurons cannot show", do=INSTEAD)


def _layers(derivation: Derivation, equation: Equation, loops: tuple[Loop, ...]) -> list[_Layer]:
    """The weighted sums of one equation: a weight at [j,k] times something at [k], summed over k."""
    return [_Layer(equation, *pair, loops) for term in equation.terms if (pair := _pair(derivation, term)) is not None]


def _pair(derivation: Derivation, term: Term) -> tuple[sp.Expr, sp.Expr] | None:
    over = [k.symbol for k in term.summed]
    reads = sorted(reads_of(term.body), key=str)
    weights = [r for r in reads if derivation.tensor(tensor_of(r)).role == "parameter"]
    sources = [r for r in reads if derivation.tensor(tensor_of(r)).role in ("data", "value")]
    if len(over) == len(weights) == len(sources) == 1 and len(indices_of(weights[0])) >= 2 \
            and indices_of(weights[0])[-1] == indices_of(sources[0])[-1] == over[0]:
        return weights[0], sources[0]
    return None


def _input(derivation: Derivation, first: _Layer) -> Column:
    """The data that the first layer reads; of a[l-1,k] in a loop, what a[0,k] is set to."""
    tensor = derivation.tensor(tensor_of(first.source))
    if first.loops:
        for equation, loops in derivation.defining(tensor.name):
            given = [r for r in equation.reads() if derivation.tensor(tensor_of(r)).role == "data"]
            if not loops and given:
                tensor = derivation.tensor(tensor_of(given[0]))
    return Column(tensor, (), tensor.axes[-1].size)


def _output(derivation: Derivation, layer: _Layer) -> sp.Expr:
    """What the last layer gives: of the values made from it entry by entry, the last one called a, or the last."""
    reached, alike = {layer.equation.target}, [layer.equation.lhs]
    for equation in derivation.equations():
        if reached & {tensor_of(r) for r in equation.reads()} and derivation.tensor(equation.target).role == "value":
            reached.add(equation.target)
            if equation.at == layer.equation.at:
                alike.append(equation.lhs)
    named = [lhs for lhs in alike if derivation.tensor(tensor_of(lhs)).written.letter == "a"]
    return (named or alike)[-1]


def _width(derivation: Derivation, equation: Equation) -> sp.Expr:
    return derivation.tensor(equation.target).axes_at(equation.at)[-1].size
