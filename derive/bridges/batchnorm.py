"""Why batch norm's gradient has three parts: through the value itself, through the variance, through the mean.

    dC/dx = dC/dh / r + 2/m (x - u) dC/dv + 1/m dC/du  =  1/(m r) (m dC/dh - sum dC/dh - h sum(h dC/dh))
"""

from __future__ import annotations

from dataclasses import dataclass

from derive.bridge import Bridge, Setting, in_letters, put_in, steps
from derive.calculus.explain import Explanation, Line, explain
from derive.errors import DeriveError
from derive.forward import forward
from derive.ir import Derivation, Equation, read
from derive.latex.steps import Part, Said, Shown, Step
from derive.samples import over_samples
from derive.spec import Network, load

KNOWN = "3-4-batchnorm(mode=inference)-2"


@dataclass(frozen=True)
class Normalization:
    """Mean, variance, root, standardized value and output, in this order, within what they are part of."""

    model: Derivation
    made: tuple[Equation, ...]
    others: str
    """Letters for what is summed over."""

    @property
    def x(self) -> str:
        return self.made[0].names[0]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(e.target for e in self.made)

    @property
    def learnt(self) -> list[str]:
        """The gain and the shift."""
        return [name for name in self.made[-1].names if self.model.tensor(name).role == "parameter"]

    @property
    def known(self) -> Explanation:
        return explain(self.model, [self.x, *self.names, *self.learnt], "delta")

    def in_its_letters(self, lines: tuple[Line, ...]) -> list[Line]:
        """The lines of dC/dx with the indices of the equations."""
        return in_letters(lines, self.made[3].at, self.others)


def tell(setting: Setting) -> list[Part]:
    here = normalization(setting.many, "batchnorm", "inpq")
    mean, variance = here.made[0].lhs, here.made[1].lhs
    return [
        Said("Batch normalization gives each feature mean 0 and variance 1 over the examples of a minibatch:"),
        *back(here, "So each example has a part in what every other becomes: it stands in its own {0}, in the mean {1} "
                    "and in the variance {2} of all."),
        Said("What the errors of all examples have in common is taken away, and what they have in common with {0}; "
             "neither can change a value whose mean and variance are fixed.", (read(here.names[3], *here.made[3].at),)),
        Said("Once the network is trained, mean and variance are known numbers, averages that were kept on the way "
             "(`mode=inference'). Then {0} and {1} do not move with the example, and of the three parts only the first "
             "is left:", (mean, variance)),
        *_with_known(here),
    ]


def back(here: Normalization, so: str) -> list[Part]:
    """The equations, the way back through each of them, and both forms of the gradient."""
    known = here.known
    scaled, root, variance, mean = (here.names[n] for n in (3, 2, 1, 0))
    long, short = known.chain(here.x).lines, put_in(known, here.x, (mean, variance, root))
    return [
        Shown(tuple(Step(equation) for equation in here.made), known),
        Said(so, (here.made[3].lhs, here.made[0].lhs, here.made[1].lhs)),
        Said("Step by step, back through the graph, each value with a gradient of its own:"),
        *(Shown(steps(known.chain(name).lines), known) for name in (*here.learnt, scaled, root, variance, mean)),
        Said("and the three together:"),
        Shown(steps(here.in_its_letters(long), boxed=True), known),
        Said("The other well-known form has no gradients of the mean and the variance. Put in what they are:"),
        Shown(steps(here.in_its_letters(tuple(short)), boxed=True), known),
        Said("Both are the same gradient: the second is the first with nothing in between."),
    ]


def normalization(model: Derivation, part: str, others: str) -> Normalization:
    """The last one in the model."""
    found = [e for e in model.equations() if e.part == part]
    if len(found) < 5 or len(found[-2].at) == 4:
        raise DeriveError(f"this bridge needs a layer {part} behind another one",
                          do=f"For example: derive why {part} 3-4-{part}-2")
    return Normalization(model, tuple(found[-5:]), others)


def _with_known(here: Normalization) -> list[Part]:
    """The same where mean and variance are data."""
    network = load(KNOWN)
    assert isinstance(network, Network)
    model = over_samples(forward(network))
    made = [e for e in model.equations() if e.part == "batchnorm"][-2:]
    x = next(name for name in made[0].names if model.tensor(name).role == "value" and name != "r2")
    known = explain(model, [x, made[0].target], "delta")
    return [Shown(steps(in_letters(known.chain(x).lines, made[0].at, here.others), boxed=True), known)]


def within(setting: Setting) -> Explanation:
    return normalization(setting.many, "batchnorm", "").known


ENTRY = Bridge("batchnorm", "Why batch norm's gradient has three parts, and how they become one line",
               "Everything that is normalized depends on all examples. What becomes of the gradient?", tell, within,
               on="3-4-batchnorm-2")
