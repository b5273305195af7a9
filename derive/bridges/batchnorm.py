"""Why batch norm's gradient has three parts: through the value itself, through the variance, through the mean."""

from __future__ import annotations

from derive.bridge import Bridge, Setting, steps
from derive.calculus.explain import Explanation, explain
from derive.errors import DeriveError
from derive.ir import Equation, read
from derive.latex.steps import Part, Said, Shown, Step


def tell(setting: Setting) -> list[Part]:
    made = _made(setting)
    (x,) = {name for name in made[0].names}
    mean, variance, root, scaled = (e.target for e in made[:4])
    known, compact = within(setting), explain(setting.many, [scaled, x], "delta")
    lines = compact.chain(x).lines
    return [
        Said("Batch normalization gives each feature mean 0 and variance 1 over the examples of a minibatch:"),
        Shown(tuple(Step(equation) for equation in made), known),
        Said("So each example has a part in what every other becomes: it stands in its own {0}, in the mean {1} and in "
             "the variance {2} of all.", (made[3].lhs, made[0].lhs, made[1].lhs)),
        Said("Step by step, back through the graph, each value with a gradient of its own:"),
        *(Shown(steps(known.chain(name).lines), known) for name in (scaled, root, variance, mean)),
        Said("and the three together:"),
        Shown(steps(known.chain(x).lines, boxed=True), known),
        Said("The other well-known form has no gradients of the mean and the variance. Put them in:"),
        Shown(steps(lines[1:], boxed=True), compact),
        Said("Both are the same gradient: the second is the first with nothing in between. What the errors of all "
             "examples have in common is taken away, and what they have in common with {0}; neither can change a value "
             "whose mean and variance are fixed.", (read(scaled, *made[3].at),)),
    ]


def _made(setting: Setting) -> list[Equation]:
    """The equations of the last batch normalization: mean, variance, root, standardized value, output."""
    found = [e for e in setting.many.equations() if e.part == "batchnorm"]
    if len(found) < 5:
        raise DeriveError("this bridge needs batch normalization", do="For example: derive why batchnorm")
    return found[-5:]


def within(setting: Setting) -> Explanation:
    made = _made(setting)
    return explain(setting.many, [made[0].names[0], *(e.target for e in made)], "delta")


ENTRY = Bridge("batchnorm", "Why batch norm's gradient has three parts, and how they become one line",
               "Everything that is normalized depends on all examples. What becomes of the gradient?", tell, within,
               on="3-4-batchnorm-2")
