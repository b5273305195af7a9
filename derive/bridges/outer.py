"""Why the outer product: every weight joins one pair of neurons, so dC/dw has one product and no sum."""

from __future__ import annotations

from derive.bridge import Bridge, Setting, across, at_first, steps, upright
from derive.calculus.partials import Partial
from derive.calculus.rewrite import Reason
from derive.ir import Equation, Term, index_symbol
from derive.latex.steps import Entries, Laid, Part, Said, Shown, Step


def tell(setting: Setting) -> list[Part]:
    here, known = setting.layer, setting.explanation
    weight, error = setting.one.tensor(here.weight), known.chain(here.weighted).tensor
    chain = known.chain(here.weight)
    result = chain.lines[1].equation
    j, k = result.at
    w, a = weight.at(j, k), setting.one.tensor(here.input)
    z = setting.one.tensor(here.weighted)
    q = index_symbol("q")
    every = z.axes[0].named("q")
    all_paths = Equation(result.target, result.at, result.free,
                         (Term(error.at(q) * Partial(z.at(q), w), (every,)),))
    return [
        Said("The weighted inputs of the layer are"),
        Shown((Step(setting.defining(here.weighted)),), known),
        Said("At first sight a weight could reach the cost through each of them, so the chain rule sums over all "
             f"neurons ${every.name}$ of the layer:"),
        Shown((Step(all_paths, Reason("the chain rule, before looking")),), known),
        Said("But {0} stands in the formula of {1} and of no other neuron: {2} is zero unless $q = j$. Of the sum one "
             "term is left.", (w, z.at(j), Partial(z.at(q), w))),
        Shown(steps(chain.lines[:2], boxed=True), known),
        Said("No index is summed: each pair $(j, k)$ of a neuron and an input gives one product, how wrong the neuron "
             "is times how active its input was. All pairs together are a table with " + _table(setting) + ","),
        Laid(known.chain(here.weight).tensor.at(), (_pairs(setting),), known),
        Said("and such a table of all products is a column times a row, the outer product:"),
        Laid(known.chain(here.weight).tensor.at(), (upright(error), across(upright(a))), known),
        Shown((Step(result, Reason("all entries at once"), form="matrix", boxed=True),
               Step(result, form="shape")), known),
        Said("The gradient has the shape of {0} itself, as it must: it says how to move each of its entries.",
             (weight.at(),), whole=True),
        Said("With numbers of neurons as here, the first entry is"),
        Shown((Step(at_first(result)),), known),
    ]


def _table(setting: Setting) -> str:
    sides = ("neuron", "input") if setting.notation.weight_order == "to-from" else ("input", "neuron")
    return "a row for each {} and a column for each {}".format(*sides)


def _pairs(setting: Setting) -> Entries:
    """The entries of the outer product."""
    here, known = setting.layer, setting.explanation
    column = upright(known.chain(here.weighted).tensor)
    row = across(upright(setting.one.tensor(here.input)))[0]
    return tuple(tuple(None if e is None or a is None else e * a for a in row) for (e,) in column)


ENTRY = Bridge("outer", "Why the outer product",
               "Why is the derivative with respect to a weight matrix a column times a row?", tell)
