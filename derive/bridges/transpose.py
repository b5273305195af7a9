"""Why the transpose: backwards the sum runs over the other index of w."""

from __future__ import annotations

import sympy as sp

from derive.bridge import Bridge, Setting, across, at_first, line_of, square, steps, upright
from derive.calculus.explain import Explanation, explain
from derive.calculus.rewrite import Reason
from derive.ir import Equation, Label, Tensor, Term, read
from derive.latex.steps import FLIPPED, Laid, Part, Said, Shown, Step


def tell(setting: Setting) -> list[Part]:
    here, known = setting.layer, within(setting)
    weight, flipped = known.forward.tensor(here.weight), known.forward.tensor(here.weight + "_T")
    bar, error = known.chain(here.input).tensor, known.chain(here.weighted).tensor
    result = known.chain(here.input).lines[1].equation
    forwards = setting.defining(here.weighted)
    (summed,) = result.terms[0].summed
    (inner,) = next(t for t in forwards.terms if t.summed).summed
    flip = known.forward.defining(flipped.name)[0][0]
    entry = Equation(result.target, result.at, result.free, tuple(
        Term(t.body.xreplace({weight.at(summed.symbol, result.at[0]): flipped.at(result.at[0], summed.symbol)}),
             t.summed) for t in result.terms))
    start: list[Part] = [
        Said("Forwards, the neuron $j$ adds up along the index of the layer before:"),
        Shown((Step(forwards),), known),
        Said(f"The sum runs over ${inner.name}$, the index that {{0}} shares with the input {{1}}: the neuron of the "
             "layer before. In {0} it is " + _place(setting, forwards=True) + ".",
             (forwards_weight(setting), read(here.input, inner.symbol))),
        Said("Backwards, the same weights carry the errors of the next layer to the layer before "
             r"(``derive why sum'' shows why):"),
        Shown(steps([line_of(known, here.input, "local derivatives")]), known),
    ]
    if setting.notation.product != "Wa+b":
        return [*start, *in_rows(setting, known, result, weight.at(summed.symbol, result.at[0]), summed.name)]
    return [
        *start,
        Said(f"Now the sum runs over ${summed.name}$, and that is " + _place(setting, forwards=False) + " of {0}. "
             "A matrix product sums over neighbouring indices: the last of the left factor with the first of the right "
             "one. So the two indices have to change places, and a matrix with its indices exchanged is the "
             "transpose:", (weight.at(summed.symbol, result.at[0]),)),
        Shown((Step(flip, Reason("the definition of the transpose")),), known),
        Laid(weight.at(), (square(weight),), known),
        Laid(weight.at(), (across(square(weight)),), known, Reason("rows have become columns"), transposed=True),
        Said("With it the derivative reads"),
        Shown((Step(entry, Reason("the transpose put in: neighbouring indices")),
               Step(at_first(entry), Reason("for the first neuron: row 1 of the transpose times the error"))), known),
        Said("and all entries together are a matrix times a vector:"),
        Shown((Step(result, Reason("all entries at once"), form="matrix", boxed=True),
               Step(result, form="shape")), known),
        Laid(bar.at(), (across(square(weight)), upright(error)), known, Reason("with every entry")),
        Said("The shapes alone would have told: without the transpose the matrix does not fit the vector, unless both "
             "layers happen to be equally wide, and then it fits and is wrong."),
    ]


def in_rows(setting: Setting, known: Explanation, result: Equation, weight: sp.Expr, summed: str) -> list[Part]:
    """Examples as rows: the errors stand on the left, so it is the first index of the matrix that must be summed."""
    place = _place(setting, forwards=False)
    fits = "so the matrix stands as it is" if place == "the first index" else \
        "so the two indices have to change places, and the matrix stands transposed"
    return [
        Said(f"Now the sum runs over ${summed}$, and that is {place} of {{0}}. A matrix product sums over neighbouring "
             "indices: the last of the left factor with the first of the right one. Here a vector is a row and the "
             f"errors stand on the left of the matrix, {fits}:", (weight,)),
        Shown((Step(result, Reason("all entries at once"), form="matrix", boxed=True),
               Step(result, form="shape")), known),
        Said("Forwards the sum runs over the other index, and there it is the other way round."),
    ]


def forwards_weight(setting: Setting) -> sp.Expr:
    tensor = setting.one.tensor(setting.layer.weight)
    (inner,) = next(t for t in setting.defining(setting.layer.weighted).terms if t.summed).summed
    return tensor.at(setting.defining(setting.layer.weighted).at[0], inner.symbol)


def _place(setting: Setting, forwards: bool) -> str:
    first = forwards == (setting.notation.weight_order == "from-to")
    return "the first index" if first else "the second index"


def within(setting: Setting) -> Explanation:
    """The network with the transposed weight matrix as a tensor of its own."""
    here = setting.layer
    weight = setting.one.tensor(here.weight)
    rows, columns = weight.axes
    label = Label(weight.written.letter + FLIPPED, weight.written.layer)
    flipped = Tensor(here.weight + "_T", (columns.named("j"), rows.named("q")), "value", label)
    j, q = (axis.symbol for axis in flipped.axes)
    equation = Equation(flipped.name, (j, q), flipped.axes, (Term(weight.at(q, j)),),
                        origin="the transpose")
    forward = setting.one.extended([flipped], [equation])
    return explain(forward, [here.input, here.before, here.weighted, here.weight], "delta")


ENTRY = Bridge("transpose", "Why the transpose",
               "Why does the weight matrix stand transposed in the pass back?", tell, within)
