"""A network becomes equations: the forward pass for one example, ready for reverse mode.

    784-16-10     z1[j] = sum(w1[j,k]*x[k], k) + b1[j],   a1[j] = sigmoid(z1[j]),   z2[j] = ...,   C = ...
    n0-...-nL     a[0,k] = x[k],   for l:   z[l,j] = sum(w[l,j,k]*a[l-1,k], k) + b[l,j],   a[l,j] = ...
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from derive.assembly import Assembly, Spot
from derive.ir import Derivation, Equation, Index, Label, Loop, Statement, Tensor, Term, read, size_at, size_symbol
from derive.model.blocks import Place
from derive.spec.network import Network
from derive.spec.stage import Stage
from derive.spec.wiring import examples, wired

DEPTH = size_symbol("L")
LAYERS = Index("l", DEPTH, sp.Integer(1), "layer")
HIDDEN = Index("l", DEPTH - 1, sp.Integer(1), "layer")
FROM_INPUT = Index("l", DEPTH + 1, sp.Integer(0), "layer")
SHARED = {"w": LAYERS, "b": LAYERS, "z": LAYERS, "a": FROM_INPUT}
"""The tensors that all layers of the general network share, each with its axis of layers."""


def forward(network: Network) -> Derivation:
    """The equations of the network for one example."""
    net = Assembly()
    statements, last = (_general if network.depth else _numbered)(network, net)
    cost = net.cost(network.cost, network.factor, last, network.reduce != "sum")
    if network.regularizer is not None:
        cost = net.penalized(cost, network.regularizer)
    numbers = (network.factor, network.regularizer.strength if network.regularizer else None)
    return net.finished([*statements, *cost], any("." in (n or "") for n in numbers), network.assumptions)


def _numbered(network: Network, net: Assembly) -> tuple[list[Statement], Spot]:
    """Layer after layer, each with tensors of its own: w1, b1, z1, a1, w2, ..."""
    samples = examples(network.layers)
    spots = {one.number: Spot(f"layer {one.number}", sp.Integer(one.number))
             for one in wired(network.sources, network.layers)}
    values = [net.data(source.name, (*samples, *source.axes)) for source in network.sources]
    statements: list[Statement] = []
    for one in wired(network.sources, network.layers):
        spot = spots[one.number]
        statements += net.layer(one.stage, spot, [values[number] for number in one.inputs], spots[one.shared])
        statements += net.activation(one.stage, spot)
        values.append(spot.place("a"))
    return statements, spot


def _general(network: Network, net: Assembly) -> tuple[list[Statement], Spot]:
    """One loop over the layers; the last layer stands after it if its activation or biases differ."""
    (letter,), (hidden, output) = network.sources[0].shape, network.layers
    inputs = Index("k", size_at(str(letter), sp.Integer(0)))
    net.data("x", (inputs,))
    net.tensors["a"] = Tensor("a", (FROM_INPUT, Index("j", size_at(str(letter), LAYERS.symbol))), label=Label("a"))
    start = Equation("a", (sp.Integer(0), inputs.symbol), (inputs,), (Term(read("x", inputs.symbol)),), origin="input")

    def layer(stage: Stage, spot: Spot) -> tuple[Statement, ...]:
        before, width = Place("a", (spot.layer - 1,)), size_at(str(letter), spot.layer)
        return (*net.layer(replace(stage, sizes=(width,)), spot, [before]), *net.activation(stage, spot))

    alike = (hidden.activation, hidden.bias) == (output.activation, output.bias)
    loop = LAYERS if alike else HIDDEN
    every = Spot("layer l", LAYERS.symbol, SHARED, loop)
    last = Spot("layer L", DEPTH, SHARED)
    return [start, Loop(loop, layer(hidden, every)), *(() if alike else layer(output, last))], last
