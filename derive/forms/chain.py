r"""One neuron a layer: the same network with every neuron index dropped.

    z[j] = sum_k w[j,k]*x[k] + b[j]      becomes      z = w*x + b
"""

from __future__ import annotations

import re
from dataclasses import replace

import sympy as sp

from derive.errors import DeriveError
from derive.forms.without import without
from derive.ir import Derivation, Equation, Label, Tensor, reads_of, size_symbol, tensor_of

LOOPS = {
    "layer": ("the chain of single neurons needs a fixed number of layers",
              "Write them out, as in 1-1-1-1, or take the form index."),
    "time": ("a loop over steps is no chain of single neurons: a state reaches the cost along many paths",
             "Take the form index or matrix."),
}


def single_neurons(forward: Derivation) -> Derivation:
    """The network with one neuron in every layer."""
    _check(forward)
    return without(forward, lambda axis: axis.kind == "axis")


def _check(forward: Derivation) -> None:
    parameters = {t.name for t in forward.of_role("parameter")}
    for statement in forward.statements:
        if not isinstance(statement, Equation):
            what, do = LOOPS["layer" if statement.index.kind == "layer" else "time"]
            raise DeriveError(what, do=do)
    written: set[str] = set()
    for equation in forward.equations():
        if equation.target in written and equation.op == "=":
            raise DeriveError(f"{equation.place} is put together of parts, so it is no single neuron",
                              do="Take the form index or matrix.")
        written.add(equation.target)
        if forward.tensor(equation.target).role == "cost" or _only_parameters(equation, parameters):
            continue
        for term in equation.terms:
            names = {tensor_of(r) for r in reads_of(term.body)}
            if term.summed and not names & parameters and _feeds_values(forward, equation.target):
                told, typed = f"the equation of '{equation.target}'", not equation.part
                raise DeriveError(f"{told if typed else equation.origin} mixes the neurons of a layer, "
                                  "so there is no chain of single neurons", where=equation.origin if typed else "",
                                  do="Take the form index or matrix.")


def _feeds_values(forward: Derivation, name: str) -> bool:
    """Whether a value (not only the cost) is computed from it."""
    return any(name in map(tensor_of, e.reads()) and e.at for e in forward.equations())


def _only_parameters(equation: Equation, parameters: set[str]) -> bool:
    return {tensor_of(r) for r in equation.reads()} <= parameters


def from_end(forward: Derivation, with_input: bool) -> Derivation:
    """Layers numbered from the last: L, L-1, L-2. `with_input`: the input is a layer too."""
    layers = [t.label.layer for t in forward.tensors if t.label is not None and t.label.layer is not None]
    if not layers or not all(layer.is_Integer for layer in layers):
        return forward
    shift = size_symbol("L") - max(layers, key=int)

    def relabelled(tensor: Tensor) -> Tensor:
        label = tensor.label
        if label is None or label.layer is None and not (with_input and label.letter == "x"):
            return tensor
        layer = sp.Integer(0) if label.layer is None else label.layer
        return replace(tensor, label=Label(label.letter, layer + shift))

    def renumbered(equation: Equation) -> Equation:
        def layer(found: re.Match[str]) -> str:
            return f"layer {sp.Integer(found[1]) + shift}".replace(" - ", "-")

        return replace(equation, origin=re.sub(r"layer (\d+)", layer, equation.origin))

    statements = tuple(renumbered(e) for e in forward.equations())
    return replace(forward, tensors=tuple(relabelled(t) for t in forward.tensors), statements=statements)
