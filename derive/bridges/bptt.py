"""Backpropagation through time: a sum over the steps, and a product of Jacobians that vanishes or explodes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import sympy as sp

from derive.bridge import Bridge, Setting, line_of, stated, steps, through_time
from derive.calculus.explain import Explanation, explain
from derive.calculus.partials import Partial
from derive.calculus.reverse import local_derivative
from derive.calculus.rewrite import RULES, Reason, known
from derive.errors import DeriveError
from derive.forward import forward
from derive.ir import Equation, Loop, Term, reads_of, size_symbol, tensor_of
from derive.latex.steps import Part, Said, Shown, Stated, Step
from derive.latex.whole import WholeNames
from derive.notation import Notation
from derive.spec import Network, load

ON = "seq(3x2)-rnn(2)-1"
WINDOWS = "seq(6x2)-rnn(2,truncate=3)-1"


@dataclass(frozen=True)
class Recurrence:
    """v[t,j] = ... + sum_q w[j,q]*h[t-1,q] and h[t,j] = f(v[t,j]), each for every t."""

    weighted: Equation
    state: Equation
    read: sp.Expr
    term: Term
    weight: str


def recurrence(setting: Setting) -> Recurrence:
    """The first of them in the model."""
    for equation in setting.one.equations():
        loops = setting.one.defining(equation.target)[-1][1]
        for term in equation.terms if loops else ():
            reads = sorted(reads_of(term.body), key=str)
            weights = [name for r in reads if setting.one.tensor(name := tensor_of(r)).role == "parameter"]
            for read in reads if len(weights) == 1 and len(reads) == 2 and term.summed else ():
                for state, around in setting.one.defining(tensor_of(read)):
                    if around and state.names == (equation.target,):
                        over = [replace(e, free=(loops[0].index, *e.free)) for e in (equation, state)]
                        return Recurrence(over[0], over[1], read, term, weights[0])
    raise DeriveError("this bridge needs a recurrent layer whose state is a function of one weighted sum",
                      do=f"For example: derive why bptt '{ON}'")


def within(setting: Setting) -> Explanation:
    found = recurrence(setting)
    return explain(setting.one, [found.weighted.target, found.weight], "delta")


def tell(setting: Setting) -> list[Part]:
    found, known_ = recurrence(setting), within(setting)
    time = found.state.free[0]
    entry = next(r for r in reads_of(found.term.body) if tensor_of(r) == found.weight)
    last, before = through_time(known_, found.weighted.target)
    uses = [_at(found.weighted, n) for n in _shown(int(time.start), int(time.last))]
    return [
        Said("Each state is made from the state before it, with the same weights at every step:"),
        Shown((Step(found.weighted), Step(found.state)), known_),
        Said("Step by step:"),
        Shown(tuple(Step(e) for e in uses), known_),
        Said(f"The weight {{0}} has one value and is used {time.size} times, once in each of these lines. To first "
             "order the changes that its uses make add up: the gradient is a sum over time.", (entry,)),
        Shown(steps([line_of(known_, found.weight, "chain rule"), known_.chain(found.weight).lines[1]], boxed=True),
              known_),
        Said("What is still missing is the error of each step. The last state reaches the cost at once:"),
        Shown(last, known_),
        Said("Every other state acts on the step after it, so the errors are computed from the last step back, "
             "through time:"),
        Shown(before, known_),
        *jacobians(found, known_, entry, setting.notation),
        *truncated(),
    ]


def jacobians(found: Recurrence, known_: Explanation, weight: sp.Expr, notation: Notation) -> list[Part]:
    """One step back is a matrix; many steps are its powers, nearly."""
    one = jacobian(found, known_)
    state, names = found.state.lhs, WholeNames(known_.derivation, notation)
    t = found.state.free[0].symbol
    far = rf"\frac{{\partial {names.read(state.xreplace({t: t + STEPS}))}}}{{\partial {names.read(state)}}}"
    row, column = (names.index(k.symbol) for k in (found.weighted.free[1], found.term.summed[0]))
    return [
        Said("How far do they come? From one state to the next there is one path for each pair of units:"),
        Shown((one,), known_),
        Said(r"As a matrix this is $J_t = D_t\,W$: $D_t$ has the slopes of step $t$ on its diagonal, and row "
             f"${row}$, column ${column}$ of $W$ holds {{0}}. "
             "From {1} to a state $n$ steps later there are $n$ such steps, and the chain rule multiplies them:",
             (weight, state)),
        Stated(far, rf"{back('J_{}', MANY)} = {back(STEP, MANY)}", "the chain rule, $n$ times"),
        Said(r"The norm of a product is at most the product of the norms. Let no slope be greater than $\gamma$ "
             r"(for $\tanh$, $\gamma = 1$):"),
        Stated(rf"\Big\|{far}\Big\|", r"\prod_{i=1}^{n} \|D_{t+i}\|\,\|W\| \le (\gamma\,\|W\|)^n", relation=r"\le"),
        Said(r"If $\gamma\,\|W\| < 1$, this vanishes exponentially with $n$: what happened long ago has next to no "
             r"part in the sum over time above, and is not learnt. It can explode only if $\gamma\,\|W\| > 1$, and "
             "then a single step of gradient descent may undo everything; the gradient is clipped. Saturated units "
             r"have slopes near 0, so that the gradient may vanish however large $W$ is. The cell of an LSTM has a "
             "path on which neither $W$ nor a slope stands (``derive why lstm'')."),
    ]


STEPS = size_symbol("n")
STEP = r"D_{}\,W"
"""One step back: the slopes on a diagonal, times the weights of the state."""
MANY = ("{t+n}", "{t+n-1}", r"\cdots", "{t+1}")
"""The steps between two states, the last first."""


def back(step: str, steps: Iterable[str]) -> str:
    """The product of the steps, as it is printed; a test proves it for steps that are numbers."""
    return r"\;".join(one if one.startswith("\\") else step.format(one) for one in steps)


def jacobian(found: Recurrence, known_: Explanation) -> Step:
    """dh[t,j]/dv[t,j] * dv[t,j]/dh[t-1,q], worked out."""
    inner = found.weighted.lhs
    slope = local_derivative(found.state.terms[0].body, inner)
    across = local_derivative(found.term.body, found.read)
    left = Partial(found.state.lhs, inner) * Partial(inner, found.read)
    free = (*found.weighted.free, *found.term.summed)
    equation = Equation("", (), free, (Term(slope * across),))
    context = known(known_.forward)
    for rule in RULES:
        done = rule.apply(context, equation)
        equation = equation if done is None else done[0]
    return stated(left, equation.terms, free, Reason("slope times weight"))


def truncated() -> list[Part]:
    """The same in windows of three steps."""
    network = load(WINDOWS)
    assert isinstance(network, Network)
    model = forward(network)
    loop = next(statement for statement in model.statements if isinstance(statement, Loop))
    before, weighted = (replace(e, free=(loop.index, *e.free)) for e in loop.body[:2] if isinstance(e, Equation))
    known_ = explain(model, [weighted.target], "delta")
    return [
        Said("A long sequence is therefore learnt in windows, here of 3 steps. A window begins with the last state of "
             "the one before, but takes it as a number:"),
        Shown((Step(before), Step(weighted)), known_),
        Said("No value changes. Backwards, the path is cut between a window and the next:"),
        Shown(through_time(known_, weighted.target)[-1], known_),
        Said("This is truncated backpropagation through time (`truncate=3'; in PyTorch: `h.detach()' between two "
             "windows). Only the states of one window have to be kept; what takes longer than a window is not learnt."),
    ]


def _at(equation: Equation, step: int) -> Equation:
    put: dict[sp.Basic, sp.Basic] = {equation.free[0].symbol: sp.Integer(step)}
    return Equation(equation.target, tuple(e.xreplace(put) for e in equation.at), equation.free[1:],
                    tuple(t.renamed(put) for t in equation.terms), origin=equation.origin)


def _shown(first: int, last: int) -> range | tuple[int, ...]:
    return range(first, last + 1) if last - first < 3 else (first, first + 1, last)


ENTRY = Bridge("bptt", "Why the gradient is a sum over time, and why it vanishes",
               "How far back in time does a gradient reach?", tell, within, on=ON)
