"""Which tensors are inputs, targets and outputs: what predict takes and gives.

A target (y) is data that is only ever compared with values; the output is what it is compared with.
"""

from __future__ import annotations

from dataclasses import dataclass

from derive.ir import Derivation, Equation, Tensor, tensor_of
from derive.model.cost import costs


@dataclass(frozen=True)
class Roles:
    """`inputs` and `targets` are data; `output` is the value that predict returns, if there is one."""

    inputs: tuple[Tensor, ...]
    targets: tuple[Tensor, ...]
    output: Tensor | None


def roles_of(derivation: Derivation) -> Roles:
    equations = list(derivation.equations())
    parameters = {t.name for t in derivation.of_role("parameter")}
    varied = dependent(equations, parameters)
    data = derivation.of_role("data")
    alone = [t for t in data if _is_target(t.name, equations, parameters, varied)]
    targets = [t for t in alone if not _meets(t, alone, equations)]
    compared = dependent(equations, {t.name for t in targets})
    inputs = [t for t in data if t not in targets]
    fed = dependent(equations, {t.name for t in inputs}) if inputs else varied
    late = compared | {derivation.cost} | {e.target for e in equations if e.part in costs()}
    border = {tensor_of(r) for e in equations if e.target in late for r in e.reads()}
    last = {e.target: n for n, e in enumerate(equations)}
    inside = {e.target for e in equations if e.part in costs()}  # probabilities that a cost makes of its logits
    outputs = [t for t in derivation.tensors if t.name in border & fed & varied and t.name not in compared | inside
               and t.name not in parameters and t.name != derivation.cost]
    if not inputs and len(outputs) > 1:
        outputs = []
    outputs.sort(key=lambda t: (len(t.axes), last.get(t.name, -1)))
    return Roles(tuple(inputs), tuple(targets), outputs[-1] if outputs else None)


def _is_target(name: str, equations: list[Equation], parameters: set[str], varied: set[str]) -> bool:
    readers = [{tensor_of(r) for r in e.reads()} for e in equations]
    mine = [reads for reads in readers if name in reads]
    return bool(mine) and all(not reads & parameters and reads & varied for reads in mine)


def _meets(tensor: Tensor, others: list[Tensor], equations: list[Equation]) -> bool:
    """Whether what is made of it meets other data later: then it is an input (the values of an attention)."""
    made = dependent(equations, {tensor.name})
    names = {t.name for t in others if t is not tensor}
    return any(reads & made and reads & names for reads in ({tensor_of(r) for r in e.reads()} for e in equations))


def dependent(equations: list[Equation], names: set[str]) -> set[str]:
    """Everything that is computed from these tensors."""
    found = set(names)
    while True:
        more = {e.target for e in equations if any(tensor_of(r) in found for r in e.reads())}
        if more <= found:
            return found - names
        found |= more


def needed(equations: list[Equation], wanted: set[str]) -> set[str]:
    """The wanted tensors and everything that they are computed from."""
    reads: dict[str, set[str]] = {}
    for equation in equations:
        reads.setdefault(equation.target, set()).update(tensor_of(r) for r in equation.reads())
    found, border = set(wanted), sorted(wanted)
    while border:
        following = reads.get(border.pop(), set()) - found
        found |= following
        border.extend(sorted(following))
    return found
