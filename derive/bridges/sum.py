"""Why dC/da sums over the next layer: a neuron reaches the cost along one path for each neuron it feeds."""

from __future__ import annotations

import sympy as sp

from derive.bridge import Bridge, Setting, at_first, line_of, renamed, stated, steps
from derive.calculus.partials import Partial
from derive.calculus.reverse import local_derivative
from derive.calculus.rewrite import Reason
from derive.ir import Equation, Term, indices_of, reads_of, tensor_of
from derive.latex.steps import Part, Said, Shown, Step


def tell(setting: Setting) -> list[Part]:
    here, known = setting.layer, setting.explanation
    chained = line_of(known, here.input, "chain rule")
    worked = known.chain(here.input).lines[1]
    (through,) = chained.equation.terms[0].summed
    feeding = renamed(setting.defining(here.weighted), through.name)
    a = setting.one.tensor(here.input).at(*chained.equation.at)
    z = setting.one.tensor(here.weighted).at(through.symbol)
    count = int(through.size)
    paths = f"There are {count} such paths" if count > 1 else "There is one such path here"
    return [
        Said("{0} is one of the numbers that every neuron of the next layer adds up:", (a,)),
        Shown((Step(feeding),), known),
        Said("Written out, with no sum sign, for the neurons of that layer:"),
        Shown(tuple(Step(entry) for entry in _entries(feeding)), known),
        Said(f"Every one of these lines contains {{0}}. Move {{0}} a little, and every {{1}} moves; each of them "
             f"moves the cost. {paths} from {{0}} to the cost, and to first order the changes that arrive along "
             "them add up. That is the chain rule for several paths:", (a, z)),
        Shown(steps([chained]), known),
        Said("Along one path the local derivative is a single weight: of the sum inside {0} only the term with {1} "
             "depends on {1}.", (z, a)),
        Shown((_local(setting, feeding, a, z),), known),
        Said("Put in:"),
        Shown((*steps([worked], boxed=True),
               Step(at_first(worked.equation), Reason("for the first neuron, written out"))), known),
        Said("Forwards {0} is a sum over the layer before; backwards the derivative is a sum over the layer after: "
             "one term for each line that the neuron sends out.", (z,)),
    ]


def _entries(equation: Equation) -> list[Equation]:
    count = int(equation.free[0].size)
    return [at_first(equation, n) for n in (range(count) if count <= 3 else (0, 1, count - 1))]


def _local(setting: Setting, feeding: Equation, a: sp.Expr, z: sp.Expr) -> Step:
    """dz_q/da_j, by the engine's rule for one read: of the summed index only j = k is left."""
    for term in feeding.terms:
        for read in sorted(reads_of(term.body), key=str):
            if tensor_of(read) == setting.layer.input:
                at = dict(zip(indices_of(read), indices_of(a), strict=True))
                axis = setting.one.tensor(setting.layer.input).axes[0].named(str(indices_of(a)[0]))
                slope = local_derivative(term.body, read).xreplace(at)
                return stated(Partial(z, a), (Term(slope),), (feeding.free[0], axis))
    raise AssertionError("the weighted input reads the activation")


ENTRY = Bridge("sum", "Why the sum over the next layer",
               "Why does a derivative with respect to an activation sum over all neurons of the next layer?", tell)
