"""Layer normalization: the same three parts, but across the values of one example.

    dC/dx = 1/(n r) (n dC/dh - sum dC/dh - h sum(h dC/dh)),    the sums over the n values of the example
"""

from __future__ import annotations

from derive.bridge import Bridge, Setting
from derive.bridges.batchnorm import back, normalization
from derive.calculus.explain import Explanation
from derive.ir import read
from derive.latex.steps import Part, Said


def tell(setting: Setting) -> list[Part]:
    here = normalization(setting.one, "layernorm", "qri")
    return [
        Said("Layer normalization gives the values of one example mean 0 and variance 1. No other example is asked, so "
             "it is the same in training and after, and for a minibatch of one:"),
        *back(here, "So each value has a part in what every other becomes: it stands in its own {0}, in the mean {1} "
                    "and in the variance {2} of all."),
        Said("What the errors of all values have in common is taken away, and what they have in common with {0}: to "
             "raise all values alike, or to stretch them, changes nothing that comes out.",
             (read(here.names[3], *here.made[3].at),)),
        Said("It is batch norm's gradient (``derive why batchnorm''), with the values of an example where that has the "
             "examples of a value. Only the gains and shifts are summed over the examples."),
    ]


def within(setting: Setting) -> Explanation:
    return normalization(setting.one, "layernorm", "").known


ENTRY = Bridge("layernorm", "Layer norm's gradient: the same three parts within one example",
               "Every value is normalized by all values of its example. What becomes of the gradient?", tell, within,
               on="3-4-layernorm-2")
