"""Weight sharing: a weight that is used several times has the sum of the gradients that its uses would have.

    z[j] = sum_k w[j,k]*x[k]  and  u[j] = sum_k w[j,k]*v[k]      dC/dw[j,k] = dC/dz[j]*x[k] + dC/du[j]*v[k]
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import sympy as sp

from derive.bridge import Bridge, Setting, steps
from derive.calculus.explain import Explanation, explain
from derive.errors import DeriveError
from derive.forward import forward
from derive.ir import Derivation, Equation, Label, Tensor, indices_of, read, tensor_of
from derive.latex.steps import Part, Said, Shown, Step
from derive.spec import Network, load

SIAMESE = """
[network]
inputs = {x = 3, v = 3}
layers = [{width = 4, name = "h", inputs = ["x"]}, {width = 4, name = "g", inputs = ["v"], shares = "h"},
          {layer = "concat", inputs = ["h", "g"]}, 2]
"""
OVER_TIME, OVER_PLACES = "seq(3x2)-rnn(2)-1", "1x6-conv1d(1,3):tanh-flatten-2"


@dataclass(frozen=True)
class Shared:
    """A parameter, the equations that read it, and the model in which each of them has a copy of its own."""

    name: str
    uses: tuple[Equation, ...]
    apart: Derivation
    copies: tuple[str, ...]


def shared(one: Derivation) -> Shared:
    """The first parameter of two axes that several equations read."""
    for tensor in one.of_role("parameter"):
        uses = tuple(e for e in one.equations() if tensor.name in e.names)
        if len(uses) > 1 and len(tensor.axes) == 2:
            copies = tuple(_copy(tensor, number) for number in range(1, len(uses) + 1))
            own = dict(zip(map(id, uses), copies, strict=True))
            statements = tuple(_with(s, tensor.name, own[id(s)]) if isinstance(s, Equation) and id(s) in own else s
                               for s in one.statements)
            kept = tuple(t for t in one.tensors if t.name != tensor.name)
            apart = replace(one, tensors=(*kept, *copies), statements=statements)
            return Shared(tensor.name, uses, apart, tuple(t.name for t in copies))
    raise DeriveError("this bridge needs two layers that share their weights", do="For example: derive why sharing")


def _copy(tensor: Tensor, number: int) -> Tensor:
    """w_1, w_2: the copy of one use."""
    written = tensor.written
    return replace(tensor, name=f"{tensor.name}_{number}", label=Label(f"{written.letter}_{number}", written.layer))


def _with(equation: Equation, name: str, copy: Tensor) -> Equation:
    put: dict[sp.Expr, sp.Expr] = {r: read(copy.name, *indices_of(r)) for r in equation.reads() if tensor_of(r) == name}
    return equation.map(lambda body: body.xreplace(put))


def tell(setting: Setting) -> list[Part]:
    here, known = shared(setting.one), within(setting)
    weight = setting.one.tensor(here.name)
    alone = explain(here.apart, [*here.copies, *(e.target for e in here.uses)], "delta")
    made = {e.target: e for e in here.apart.equations()}
    return [
        Said("Two branches of this network have the same weights. {0} is one matrix that stands in several equations:",
             (weight.at(),), whole=True),
        Shown(tuple(Step(e) for e in here.uses), known),
        Said("Suppose that each use had a copy of its own, with the same numbers in it. No value would be another:"),
        Shown(tuple(Step(made[e.target]) for e in here.uses), alone),
        Said("Each copy has a gradient as any other weight has it:"),
        *(Shown(steps(alone.chain(name).lines), alone) for name in here.copies),
        Said("But the copies are one weight. Move it a little and all of them move, each by as much; to first order "
             "the changes of the cost add up. The chain rule says so by itself, with one path for each use:"),
        Shown(steps(known.chain(here.name).lines, boxed=True), known),
        Said("There is nothing else to learn about shared weights: code adds the gradients of the uses, one after the "
             "other, into the same array. The sums of other pages are of this kind. Over the examples of a minibatch, "
             "which all use the same weight (``derive why batch''):"),
        _sum(setting.many, here.name),
        Said("over the steps of a sequence (``derive why bptt''):"),
        _sum(_model(OVER_TIME), "w1"),
        Said("and over the places of an image or a line that a kernel visits (``derive why convolution''):"),
        _sum(_model(OVER_PLACES), "w1"),
    ]


def _model(line: str) -> Derivation:
    network = load(line)
    assert isinstance(network, Network)
    return forward(network)


def _sum(model: Derivation, name: str) -> Shown:
    """The gradient of a weight, as it is computed."""
    known = explain(model, [name, *_weighted(model, name)], "delta")
    return Shown(steps(known.chain(name).lines[-1:], boxed=True), known)


def _weighted(model: Derivation, name: str) -> list[str]:
    return list(dict.fromkeys(e.target for e in model.equations() if name in e.names))


def within(setting: Setting) -> Explanation:
    here = shared(setting.one)
    return explain(setting.one, [here.name, *(e.target for e in here.uses)], "delta")


ENTRY = Bridge("sharing", "Why the gradient of a shared weight is a sum over its uses",
               "One weight, used in several places: which gradient does it have?", tell, within, on=SIAMESE)
