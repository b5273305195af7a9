"""Why softmax mixes the neurons, and how with cross-entropy it still collapses to a - y."""

from __future__ import annotations

import sympy as sp

from derive.bridge import Bridge, Setting, square_of, steps
from derive.calculus.explain import Explanation, Line, explain
from derive.calculus.partials import Partial
from derive.calculus.rewrite import Reason
from derive.errors import DeriveError
from derive.ir import Equation, Term, read, tensor_of
from derive.latex.steps import Laid, Part, Said, Shown, Step


def tell(setting: Setting) -> list[Part]:
    z, e, s, a = _names(setting)
    known = explain(setting.one, [a, z], "delta")
    direct = within(setting)
    axis = setting.one.tensor(z).axes[0]
    j, q = axis.symbol, axis.named("q").symbol
    mixed = known.chain(z).lines
    jacobian = [_jacobian(known, line, z, a, n > 0) for n, line in enumerate(mixed)]
    last = jacobian[-1].equation
    return [
        Said("Softmax turns the weighted inputs into shares of a whole, in three steps:"),
        Shown(tuple(Step(setting.defining(name)) for name in (e, s, a)), known),
        Said("{0} contains the sum {1}, and {1} contains every {2}. So every output depends on every weighted input: "
             "raise one, and its share grows while all others shrink. That is what mixes the neurons.",
             (read(a, q), read(s), read(e, j))),
        Said(r"The derivative of {0} by {1} therefore has two parts: one through {2}, which is there only for $q = j$ "
             r"(the bracket $[\,j = q\,]$ is 1 then and 0 otherwise), and one through {3}, which is always there.",
             (read(a, q), read(z, j), read(e, j), read(s))),
        Shown(tuple(jacobian), known),
        Said("As a matrix $J$, with $q$ for the row and $j$ for the column, these derivatives are"),
        Laid(sp.Symbol("J"), (square_of(last, {"q": axis, "j": axis}),), known),
        Said("No entry is zero: this Jacobian is not diagonal, and no product entry by entry can stand for it. "
             "A weighted input reaches the cost through all outputs,"),
        Shown(steps((mixed[0], mixed[-1])), known),
        Said("Now the cost. The cross-entropy only asks how large the share of the right class is:"),
        Shown((Step(setting.defining(setting.one.cost)), *steps(known.chain(a).lines[-1:])), known),
        Said("Put into the line above, the share in the denominator cancels against the share in front, and what is "
             "left of the sum are the targets alone. They add up to one:"),
        Shown(steps(_collapsing(direct, z), boxed=True), direct),
        Said("All the mixing is gone, because the cost undoes exactly what softmax does: the error is what was said "
             "minus what was right."),
        Shown((Step(direct.chain(z).result, Reason("all entries at once"), form="matrix", boxed=True),), direct),
        Said("With another cost the sum over $q$ stays."),
    ]


def _names(setting: Setting) -> tuple[str, str, str, str]:
    """z, e, s, a of the last softmax, where the cost reads its outputs."""
    last = setting.defining(setting.one.cost)
    for name in sorted({tensor_of(r) for r in last.reads()}):
        made = setting.one.defining(name)
        if made and made[0][0].part == "softmax":
            parts = [e for e in setting.one.equations() if e.part == "softmax" and e.origin == made[0][0].origin]
            exponential, total, _ = (e.target for e in parts)
            (z,) = (tensor_of(r) for r in parts[0].reads())
            return z, exponential, total, name
    raise DeriveError("this bridge needs softmax as the last activation",
                      do="For example: derive why softmax 3-4-3:softmax --cost cross-entropy")


def _jacobian(known: Explanation, line: Line, z: str, a: str, joined: bool) -> Step:
    """da_q/dz_j out of dC/dz_j = sum_q dC/da_q da_q/dz_j: what stands beside dC/da_q."""
    bar = known.chain(a).tensor
    (index,) = line.equation.free
    other = index.named("q")
    terms = []
    for term in line.equation.terms:
        if term.summed:
            (own,) = term.summed
            put = {own.symbol: other.symbol}
            terms.append(Term((term.body / bar.at(own.symbol)).xreplace(put)))
        else:
            diagonal = sp.Eq(index.symbol, other.symbol, evaluate=False)
            terms.append(Term(term.body / bar.at(index.symbol), (), (diagonal,)))
    equation = Equation("", (), (other, index), tuple(terms))
    reason = Reason("two paths") if line.rule == "chain rule" else line.reason
    return Step(equation, reason, left=Partial(read(a, other.symbol), read(z, index.symbol)), joined=joined, total=True)


def _collapsing(direct: Explanation, z: str) -> list[Line]:
    return list(direct.chain(z).lines[1:])


def within(setting: Setting) -> Explanation:
    return explain(setting.one, [_names(setting)[0]], "delta")


ENTRY = Bridge("softmax", "Why softmax mixes the neurons, and still is simple",
               "Why does softmax have no simple slope, and why does that not matter with cross-entropy?", tell,
               within, on="3-4-3:softmax", choices=(("cost", "cross-entropy"),))
