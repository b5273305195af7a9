"""Which tensors are inputs, targets and outputs: what predict takes and gives.

A target (y) is data that is only ever compared with values; the output is what it is compared with. What a layer
reads is an input, whatever it does with it: the mask of dropout.
"""

from __future__ import annotations

from dataclasses import dataclass

from derive.calculus.nested import PART
from derive.ir import Derivation, Equation, Tensor, dependent
from derive.model.cost import costs
from derive.model.layer import layers


@dataclass(frozen=True)
class Roles:
    """`inputs` and `targets` are data; `output` is the value that predict returns, if there is one."""

    inputs: tuple[Tensor, ...]
    targets: tuple[Tensor, ...]
    output: Tensor | None


def roles_of(derivation: Derivation) -> Roles:
    equations = list(derivation.equations())
    parameters = {t.name for t in derivation.of_role("parameter")}
    varied = _made(equations, parameters)
    data = derivation.of_role("data")
    alone = [t for t in data if _is_target(t.name, equations, parameters, varied)]
    targets = [t for t in alone if not _meets(t, alone, equations, varied)]
    compared = _made(equations, {t.name for t in targets})
    inputs = [t for t in data if t not in targets]
    fed = _made(equations, {t.name for t in inputs}) if inputs else varied
    late = compared | {derivation.cost} | {e.target for e in equations if e.part in costs()}
    border = {name for e in equations if e.target in late for name in e.names}
    last = {e.target: n for n, e in enumerate(equations)}
    inside = {e.target for e in equations if e.part in costs()}  # probabilities that a cost makes of its logits
    inside |= _made(equations, {e.target for e in equations if e.part == PART}) | {
        e.target for e in equations if e.part == PART}  # and gradients that a cost reads
    outputs = [t for t in derivation.tensors if t.name in border & fed & varied and t.name not in compared | inside
               and t.name not in parameters and t.name != derivation.cost]
    if not inputs and len(outputs) > 1:
        outputs = []
    outputs.sort(key=lambda t: (len(t.axes), last.get(t.name, -1)))
    return Roles(tuple(inputs), tuple(targets), outputs[-1] if outputs else None)


def _is_target(name: str, equations: list[Equation], parameters: set[str], varied: set[str]) -> bool:
    own = _own(name, equations, varied)
    mine = [e for e in equations if e.target not in own and not own.isdisjoint(e.names)]
    return bool(mine) and all(parameters.isdisjoint(e.names) and not varied.isdisjoint(e.names)
                              and not (e.part and e.part in layers()) for e in mine)


def _own(name: str, equations: list[Equation], varied: set[str]) -> set[str]:
    """Data, and what is made of them before a parameter comes in: the one-hot form of a class number."""
    return {name} | (_made(equations, {name}) - varied)


def _meets(tensor: Tensor, others: list[Tensor], equations: list[Equation], varied: set[str]) -> bool:
    """Whether what is made of it meets other data later: then it is an input (the values of an attention)."""
    made = _made(equations, {tensor.name})
    names = set().union(*(_own(t.name, equations, varied) for t in others if t is not tensor))
    return any(not made.isdisjoint(e.names) and not names.isdisjoint(e.names) for e in equations)


def _made(equations: list[Equation], names: set[str]) -> set[str]:
    """What is computed from these tensors."""
    return dependent(equations, names) - names
