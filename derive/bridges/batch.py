"""Why the sum or mean over a minibatch: all examples use the same weights."""

from __future__ import annotations

from derive.bridge import Bridge, Setting, steps
from derive.calculus.explain import Explanation, Line, explain
from derive.calculus.rewrite import Reason
from derive.ir import Derivation
from derive.latex.names import Names
from derive.latex.steps import Part, Said, Shown, Step


def tell(setting: Setting) -> list[Part]:
    here = setting.layer
    mean, total = within(setting), _explained(setting, setting.summed)
    weight = setting.many.tensor(here.weight).at()
    chain, other = mean.chain(here.weight), total.chain(here.weight)
    forwards = setting.many.defining(here.weighted)[0][0]
    names = Names(mean.derivation, setting.notation)
    sample = next(axis for axis in setting.many.tensor(here.weighted).axes if axis.kind == "sample")
    example, count = names.index(sample.symbol), names.index(sample.size)
    return [
        Said(f"Of a minibatch every example ${example}$ has its own input, so its own weighted inputs and "
             "activations; but there is only one {0}, without an index for the example:", (weight,)),
        Shown((Step(forwards, Reason("for every example")),), mean),
        Said("The cost of the minibatch is the mean of the costs of its examples:"),
        Shown((Step(setting.many.defining(setting.many.cost)[0][0]),), mean),
        Said("Move {0} a little, and the weighted input of every example moves. Each moves the cost along a path of "
             "its own, and what arrives along several paths adds up:", (weight,)),
        Shown(steps(chain.lines[:2], boxed=True), mean),
        Said("The index of the example is summed away, just as the index of a neuron was before. As matrices with one "
             "example beside the other, this sum is the inner index of a matrix product; that is why the formula "
             "looks like the outer product of one example and yet holds for all of them:"),
        Shown((Step(chain.lines[1].equation, Reason("all entries and all examples"), form="matrix", boxed=True),
               Step(chain.lines[1].equation, form="shape")), mean),
        Said(f"And the factor $1/{count}$? It stands in the cost, so it travels back with the errors:"),
        Shown(steps(_last(mean, setting)), mean),
        Said("If the cost is the sum of the examples' costs instead, the errors are without it, and nothing else "
             "changes:"),
        Shown((*steps(_last(total, setting)), *steps(other.lines[1:2], boxed=True)), total),
        Said("The mean keeps the length of a step independent of the size of the minibatch; the sum does not, so its "
             f"learning rate has to be ${count}$ times smaller. Beware of applying $1/{count}$ twice, in the error and "
             "again in the gradient."),
    ]


def _last(explanation: Explanation, setting: Setting) -> tuple[Line, ...]:
    return explanation.chain(setting.layer.weighted).lines[1:2]


def _explained(setting: Setting, model: Derivation) -> Explanation:
    here = setting.layer
    return explain(model, [here.weighted, here.weight], "delta")


def within(setting: Setting) -> Explanation:
    return _explained(setting, setting.many)


ENTRY = Bridge("batch", "Why a sum over the minibatch",
               "Why is the gradient of a minibatch a sum (or a mean) over its examples?", tell, within)
