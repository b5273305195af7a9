"""A factor at one place of the backward pass: a sign, a 2, an m; 0 is a path that was forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sympy as sp

from derive.check.arrays.backward import Backward, Edits
from derive.check.arrays.constants import named_factor
from derive.check.arrays.fault import Fault, Kind, scaled, shown
from derive.ir import Equation, tensor_of


def faults(backward: Backward) -> Iterator[Fault]:
    for place, equation in enumerate(backward.equations):
        target = shown(backward, equation.target)
        if equation.via is None:
            what = "every gradient"
        else:
            what = f"the part of {target} that comes {_whence(backward, equation.via[0], equation)}"
        yield _times(backward, place, [equation], what)
        for number in range(len(equation.terms)):
            for one, rest, name in _addends(equation, number):
                yield _times(backward, place, [one, rest], f"the term with {name} of {target}")


def _whence(backward: Backward, above: sp.Expr, equation: Equation) -> str:
    """From which value; of a cost sum(d*a), whose derivative is d: as what."""
    data = [r for r in equation.reads() if tensor_of(r) != backward.bars.get(backward.model.cost)]
    if tensor_of(above) == backward.model.cost and len(data) == 1 and equation.terms[0].body.has(data[0]) \
            and backward.model.tensor(tensor_of(data[0])).role == "data":
        return f"in as {tensor_of(data[0])}"
    return f"from {shown(backward, tensor_of(above))}"


def _times(backward: Backward, place: int, parts: list[Equation], what: str) -> Fault:
    """The first of the parts is multiplied by t."""
    first, *rest = parts

    def edit(t: float) -> Edits:
        return {place: (scaled(first, sp.Float(t, 17)), *rest)}

    def says(t: float) -> tuple[str, str]:
        mistake, words = named_factor(backward, t)
        return ("missing_path", f"{what} is missing") if t == 0 else (mistake, f"{what} is {words}")

    return Fault(edit, says, identity=1.0, probe=0.0, fitted=True)


def _addends(equation: Equation, number: int) -> Iterator[tuple[Equation, Equation, str]]:
    """Each summand of a difference such as (a - y), the rest of the equation, and its name."""
    term = equation.terms[number]
    for factor in sp.Mul.make_args(term.body):
        if isinstance(factor, sp.Add) and equation.op == "+=":
            for part in factor.args:
                one = term.body.xreplace({factor: part})
                others = term.body.xreplace({factor: factor - part})
                rest = replace(equation, terms=tuple(
                    replace(t, body=others) if n == number else t for n, t in enumerate(equation.terms)))
                reads = sorted(str(r.base if isinstance(r, sp.Indexed) else r) for r in part.atoms(sp.Indexed))
                yield replace(equation, terms=(replace(term, body=one),)), rest, ", ".join(reads) or str(part)


ENTRY = Kind("factor", 2, faults)
