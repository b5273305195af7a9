"""The slope of an activation: missing, twice, taken elsewhere, of another formula, or the function in its place."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from derive.check.arrays.backward import Backward
from derive.check.arrays.fault import Fault, Kind, alike, fixed, scaled, shown, swapped
from derive.functions.record import A, Application, Z, activations
from derive.ir import Equation, indices_of, read


def faults(backward: Backward) -> Iterator[Fault]:
    for place, equation in enumerate(backward.equations):
        for slope in _slopes(equation):
            here, target = shown(backward, slope), shown(backward, equation.target)
            yield fixed(place, swapped(equation, slope, sp.Integer(1)), "missing_slope",
                        f"the slope {here} is missing in {target}")
            value = slope.record.derivative(0)(*slope.args)
            yield fixed(place, swapped(equation, slope, value), "value_for_slope",
                        f"{shown(backward, value)} stands where its slope {here} belongs, in {target}")
            yield fixed(place, scaled(equation, slope), "spurious_slope", f"the slope {here} stands twice in {target}")
            yield from _elsewhere(backward, place, equation, slope)
            yield from _otherwise(backward, place, equation, slope)
        yield from _squashed(backward, place, equation)


def _slopes(equation: Equation) -> list[Application]:
    found = {a for term in equation.terms for a in term.body.atoms(Application) if a.order == 1}
    return sorted(found, key=str)


def _elsewhere(backward: Backward, place: int, equation: Equation, slope: Application) -> Iterator[Fault]:
    argument = slope.args[0]
    if not isinstance(argument, sp.Indexed):
        return
    for other in alike(backward, argument):
        moved = slope.func(read(other, *indices_of(argument)))
        yield fixed(place, swapped(equation, slope, moved), "slope_argument",
                    f"the slope is taken at {shown(backward, other)}, not at {shown(backward, argument)}, in "
                    f"{shown(backward, equation.target)}: {shown(backward, moved)} for {shown(backward, slope)}")


def _otherwise(backward: Backward, place: int, equation: Equation, slope: Application) -> Iterator[Fault]:
    """Another formula for a slope that is one in a: 1 - a or a*(1 - a) for 1 - a^2, z*(1 - z) for a*(1 - a)."""
    due = slope.record.definition(1)
    if due.has(Z) or not due.has(A):
        return
    others = {one.definition(1): f", the slope of {one.name}," for one in activations().values()}
    forms = {form: said for form, said in others.items() if form.has(A) and not form.has(Z)}
    value = slope.record.derivative(0)(*slope.args)
    for form, said in {1 - A: "", due.xreplace({A: Z}): "", **forms}.items():
        if form != due:
            new = form.xreplace({A: value, Z: slope.args[0]})
            z = shown(backward, slope.args[0])
            yield fixed(place, swapped(equation, slope, new), "slope_formula",
                        f"{form}{said} stands where {due} belongs, with a = {shown(backward, value)}"
                        f"{f' and z = {z}' * form.has(Z)}, in {shown(backward, equation.target)}")


def _squashed(backward: Backward, place: int, equation: Equation) -> Iterator[Fault]:
    """a*(1 - a) where the output has no such factor: the habit of a sigmoid."""
    named = next((n for n, bar in backward.bars.items() if bar == equation.target and n.startswith("z")), "")
    output = f"a{named[1:]}"
    if not named or output not in backward.values or _slopes(equation):
        return
    a = read(output, *equation.at)
    yield fixed(place, scaled(equation, a * (1 - a)), "spurious_slope",
                f"{shown(backward, equation.target)} is multiplied by {output}*(1 - {output}), which does not belong "
                "to this output")
    bar = read(backward.bars[output], *equation.at) if output in backward.bars else None
    others = [n for n, e in enumerate(backward.equations) if e.target == equation.target]
    if bar is not None and place == others[0]:
        skipped = equation.map(lambda body: bar)
        yield Fault(lambda t: {n: (skipped,) if n == place else () for n in others}, lambda t: (
            "missing_slope", f"the derivative of the output's activation is missing: {shown(backward, bar)} is taken "
                             f"for {shown(backward, equation.target)}"))


ENTRY = Kind("slope", 1, faults)
