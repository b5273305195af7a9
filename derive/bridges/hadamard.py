"""Why the Hadamard product: an activation acts on each neuron alone, so its Jacobian is diagonal."""

from __future__ import annotations

import sympy as sp

from derive.bridge import Bridge, Setting, stated, steps, upright
from derive.calculus.partials import Partial
from derive.calculus.reverse import local_derivative
from derive.calculus.rewrite import Reason
from derive.ir import Equation, Term, index_symbol, read, reads_of
from derive.latex.steps import Entries, Laid, Part, Said, Shown, Step, kept


def tell(setting: Setting) -> list[Part]:
    here, known = setting.layer, setting.explanation
    applied = setting.defining(here.input)
    output, weighted = known.chain(here.input).tensor, known.chain(here.before).tensor
    chain = known.chain(here.before)
    j, q = applied.at[0], index_symbol("q")
    axis, other = applied.free[0], applied.free[0].named("q")
    (inner,) = reads_of(applied.terms[0].body)
    slope = local_derivative(applied.terms[0].body, inner)
    a, z = read(here.input, q), read(here.before, j)
    every = Equation(weighted.name, (j,), (axis,), (Term(output.at(q) * Partial(a, z), (other,)),))
    entry = Equation(weighted.name, (j,), (axis,), (Term(output.at(j) * slope),))
    return [
        Said("The activation is applied to each neuron by itself:"),
        Shown((Step(applied),), known),
        Said("In general, the chain rule for {0} sums over everything that {0} could act on:", (z,)),
        Shown((Step(every, Reason("the chain rule, before looking")),), known),
        Said("But {0} is computed from {1} alone, so for $q \\ne j$ the local derivative is zero:",
             (a, inner.xreplace({j: q}))),
        Shown((stated(Partial(a, z), (Term(slope, (), (sp.Eq(j, q, evaluate=False),)),), (other, axis),
                      Reason("zero off the diagonal")),), known),
        Said("As a matrix $J$, with $q$ for the row and $j$ for the column, these derivatives are"),
        Laid(sp.Symbol("J"), (_diagonal(slope, j, int(axis.size)),), known),
        Said("A diagonal matrix times a vector multiplies entry by entry, and that is all the Hadamard product is: "
             r"$\operatorname{diag}(u)\, v = u " + setting.notation.hadamard + " v$. Of the sum one term is left:"),
        Shown((*steps(chain.lines[:1]), Step(entry, Reason("the local derivative put in"), joined=True)), known),
        Laid(weighted.at(), (_diagonal(slope, j, int(axis.size)), upright(output)), known),
        Said("All entries at once:"),
        Shown((Step(entry, Reason("each entry with its own slope"), form="matrix", boxed=True),), known),
        Said("Both vectors have one entry for each neuron of the layer, and so has the result. Where an activation "
             r"mixes the neurons, as softmax does, the Jacobian is not diagonal and this product is not enough: see "
             r"``derive why softmax''."),
    ]


def _diagonal(slope: sp.Expr, j: sp.Symbol, size: int) -> Entries:
    places = kept(size)
    return tuple(tuple(None if i is None or k is None else slope.xreplace({j: sp.Integer(i)}) if i == k
                       else sp.Integer(0) for k in places) for i in places)


ENTRY = Bridge("hadamard", "Why the Hadamard product",
               "Why is the error multiplied entry by entry with the slope of the activation?", tell)
