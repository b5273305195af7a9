"""The LSTM's cell state: a path on which only gates stand, and all the paths beside it."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from derive.bridge import Bridge, Setting, stated, through_time
from derive.calculus.explain import Explanation, explain
from derive.calculus.partials import Partial
from derive.calculus.reverse import local_derivative
from derive.calculus.rewrite import Reason
from derive.errors import DeriveError
from derive.ir import Equation, Term, indices_of, reads_of, tensor_of
from derive.latex.steps import Part, Said, Shown, Step

ON = "seq(3x2)-lstm(2)-1"


def highway(setting: Setting) -> tuple[Equation, sp.Expr]:
    """c[t] = f[t]*c[t-1] + ..., the equation of a state that reads itself entry by entry; and that read."""
    for equation, loops in ((e, setting.one.defining(e.target)[-1][1]) for e in setting.one.equations()):
        for term in equation.terms if loops else ():
            for read in sorted(reads_of(term.body), key=str):
                if tensor_of(read) == equation.target and not term.summed:
                    return replace(equation, free=(loops[0].index, *equation.free)), read
    raise DeriveError("this bridge needs a cell whose state is read entry by entry at the next step",
                      do=f"For example: derive why lstm '{ON}'")


def states(setting: Setting) -> tuple[str, str]:
    """The cell state, and the state that is read off it and goes into the gates."""
    cell = highway(setting)[0].target
    for equation, loops in ((e, setting.one.defining(e.target)[-1][1]) for e in setting.one.equations()):
        begun = len(setting.one.defining(equation.target)) > 1
        if loops and begun and cell in equation.names and equation.target != cell:
            return cell, equation.target
    return cell, cell


def within(setting: Setting) -> Explanation:
    return explain(setting.one, [t.name for t in setting.one.of_role("parameter")], "delta")


def tell(setting: Setting) -> list[Part]:
    known, (cell, state) = within(setting), states(setting)
    equation, read = highway(setting)
    c, h = equation.lhs, setting.one.tensor(state).at(*indices_of(equation.lhs))
    kept = {chain.tensor.of for chain in known.chains}
    off = setting.one.defining(state)[-1][0]
    last, before = through_time(known, cell)
    parts: list[Part] = [
        Said("The cell state is only scaled and added to, entry by entry; no matrix and no squashing function stands "
             "between one step and the next:"),
        Shown((Step(equation), *([Step(replace(off, free=equation.free))] if state != cell else [])), known),
        Said("So from one cell to the next there is a path on which the slope is a gate:"),
        Shown((across(equation, read),), known),
        Said("Along it an error that comes from $n$ steps later is multiplied by $n$ such gates. In a plain recurrent "
             "layer it is multiplied by $n$ slopes and $n$ matrices (``derive why bptt''). A gate near 1 hands the "
             "error on undiminished: that is the highway."),
        Said("It is not the only path. At the last step the cell reaches the cost through the state that is read off "
             "it:"),
        Shown(last, known),
        Said("Before that it does both: it acts on its own step and on the next cell.", ()),
        Shown(before, known),
    ]
    if state == cell or state not in kept:
        return parts
    return [*parts, Said("{0} in turn goes into every gate of the next step, and each of these gates acts on {1} there "
                         "or on what is read off it. These are the paths beside the highway, and all of them count:",
                         (h, c)),
            Shown(through_time(known, state)[-1], known),
            Said("The error of each gate comes from its own step, with the slope of the gate:"),
            *[Shown(through_time(known, gate)[-1], known) for gate in gates(setting, kept)],
            Said("Through these paths a matrix stands in every step, as in a plain recurrent layer; some texts leave "
                 "them out and keep the highway alone, which is no longer the gradient.")]


def across(equation: Equation, read: sp.Expr) -> Step:
    """The derivative of a cell by the one before it, along their own path."""
    slope = sum((local_derivative(t.body, read) for t in equation.terms), sp.Integer(0))
    return stated(Partial(equation.lhs, read), (Term(slope),), equation.free, Reason("all else held fixed"))


def gates(setting: Setting, kept: set[str | None]) -> list[str]:
    """The weighted sums inside of the loop."""
    found = [e.target for e in setting.one.equations() if setting.one.defining(e.target)[-1][1]]
    return [name for name in dict.fromkeys(found) if name in kept and name not in states(setting)]


ENTRY = Bridge("lstm", "The LSTM's cell state: a highway, and all paths beside it",
               "Why does the gradient of an LSTM not vanish, and what else belongs to it?", tell, within, on=ON)
