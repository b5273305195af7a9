"""Why max pooling routes the error: only the greatest value of a window moves its maximum.

    a[i] = max over u of x[2*i + u]   has   dC/dx[p] = dC/da[i] where x[p] = a[i], and 0 elsewhere
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from derive.bridge import Bridge, Setting, stated, steps
from derive.calculus.explain import Explanation, Line, explain
from derive.calculus.partials import Partial
from derive.errors import DeriveError
from derive.evaluate import evaluate_line
from derive.forms.relettered import line_in
from derive.ir import Equation, Index, Tensor, Term, indices_of, reads_of, tensor_of
from derive.latex.steps import SHOWN, Entries, Laid, Part, Said, Shown, Step

IMAGE = "1x5x5-conv(1,2):tanh-maxpool(2)-flatten-2"
PLACES = "pqr"


def tell(setting: Setting) -> list[Part]:
    forwards, counted = _pooled(setting)
    known, lines = within(setting), _lines(setting)
    backwards = lines[1].equation
    (access,) = reads_of(forwards.terms[0].body)
    here = setting.one.tensor(tensor_of(access)).at(*backwards.at)
    return [
        Said("Forwards, of each window only the greatest value goes on:"),
        Shown((Step(forwards),), known),
        Said("Move {0} a little. If it is the greatest of its window, the maximum moves by as much: the slope is 1. If "
             "another one is greater, nothing moves at all: the slope is 0.", (here,)),
        *_local(known, forwards, backwards, here),
        Said("How many values of a window share its maximum is counted:"),
        Shown((Step(counted),), known),
        Said("Almost always it is 1. Of equal values each gets its equal share here; other programs give all to the "
             "first of them. Where two are equal the maximum has a kink and no derivative, and each of these is a "
             "fair choice."),
        Said("The chain rule adds up what comes back from all windows that hold {0}; if the windows do not overlap, "
             "that is one at most:", (here,)),
        Shown(steps(lines[:2], boxed=True), known),
        Said("So the error is not spread over the window, it is routed: it goes back to the place that the maximum "
             "came from. Whoever computes it has to remember these places. All others get nothing, however close they "
             "were."),
        *_numbers(setting, forwards, backwards),
    ]


def _pooled(setting: Setting) -> tuple[Equation, Equation]:
    """The last maximum over windows of a value, and the equation that counts who shares it."""
    every = list(setting.one.equations())
    for place in range(len(every) - 1, -1, -1):
        equation = every[place]
        reads = equation.reads() if equation.is_max else ()
        if len(reads) == 1 and setting.one.tensor(tensor_of(*reads)).role == "value":
            counted = next(e for e in every[place:] if equation.lhs in e.reads() and e.target != equation.target)
            return equation, counted
    raise DeriveError("this bridge needs max pooling behind another layer",
                      do=f"For example: derive why pooling {IMAGE}")


def _lines(setting: Setting) -> tuple[Line, ...]:
    """The chain of dC/dx in the letters of the pooling: channels c, places p and q, windows i and j."""
    forwards, _ = _pooled(setting)
    (access,) = forwards.reads()
    chain = within(setting).chain(tensor_of(access))
    (term,) = chain.lines[1].equation.terms
    window = next(r for r in reads_of(term.body) if tensor_of(r) == forwards.target)
    if not all(e.is_Symbol for e in indices_of(window)):  # windows that move by one: their place is p - u
        return chain.lines
    letters = {str(own): str(theirs) for own, theirs in zip(indices_of(window), forwards.at, strict=True)}
    moved = [i.name for i in chain.result.free if i.name not in letters]
    letters |= dict(zip(moved, PLACES, strict=False))
    return tuple(line_in(line, letters) for line in chain.lines)


def _moved(backwards: Equation) -> tuple[Index, ...]:
    return tuple(i for i in backwards.free if i.name in PLACES)


def _local(known: Explanation, forwards: Equation, backwards: Equation, here: sp.Expr) -> list[Part]:
    """da/dx: what stands beside dC/da."""
    (term,), out = backwards.terms, forwards.lhs
    slope = sp.Mul(*(f for f in sp.Mul.make_args(term.body) if out in reads_of(f) or _counts(f, out)))
    if slope == 1:
        return []
    return [Said("With a bracket that is 1 where what it says holds and 0 elsewhere,"),
            Shown((stated(Partial(out, here), (Term(slope, (), term.where),), (*forwards.free, *_moved(backwards))),),
                  known)]


def _counts(factor: sp.Expr, out: sp.Expr) -> bool:
    return bool(factor.is_Pow) and all(indices_of(r) == indices_of(out) for r in reads_of(factor))


# -- with numbers ----------------------------------------------------------------------------------


def _numbers(setting: Setting, forwards: Equation, backwards: Equation) -> list[Part]:
    """One small channel: values, their maxima, errors, and where these go."""
    known = within(setting)
    (access,) = forwards.reads()
    x, out = known.forward.tensor(tensor_of(access)), known.forward.tensor(forwards.target)
    sizes = [int(axis.size) for axis in x.axes]
    if len(sizes) != 3 or sizes[0] > 1 or max(sizes) > SHOWN:
        return []
    values: dict[str, Any] = {x.name: _mixed(x, 12, 0)}
    bars = known.chain(x.name).tensor, known.chain(out.name).tensor
    for equation in _pooled(setting):
        values[equation.target] = evaluate_line(known.forward, values, equation)
    values[bars[1].name] = _mixed(out, 5, 10)
    values[bars[0].name] = evaluate_line(known.derivation, values, backwards)
    return [
        Said("With numbers, the values and the maxima of their windows:"),
        Laid(x.at(), (_entries(values[x.name]),), known), Laid(out.at(), (_entries(values[out.name]),), known),
        Said("and backwards, the errors of the maxima and what becomes of them:"),
        Laid(bars[1].at(), (_entries(values[bars[1].name]),), known),
        Laid(bars[0].at(), (_entries(values[bars[0].name]),), known),
    ]


def _mixed(tensor: Tensor, step: int, less: int) -> Any:
    """Whole numbers in no order, no two alike."""
    sizes = [int(axis.size) for axis in tensor.axes]
    return ((step * np.arange(1, np.prod(sizes) + 1) + 3) % 29 - less).reshape(sizes).astype(float)


def _entries(values: Any) -> Entries:
    return tuple(tuple(sp.Integer(int(v)) for v in row) for row in values[0])


def within(setting: Setting) -> Explanation:
    forwards, _ = _pooled(setting)
    (access,) = forwards.reads()
    return explain(setting.one, [tensor_of(access), forwards.target], "delta")


ENTRY = Bridge("pooling", "Why max pooling routes the error",
               "Why does the error go to one value of each window only?", tell, within, on=IMAGE)
