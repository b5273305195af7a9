"""`Partial(z[j], w[j,k])`: a partial derivative that has not been worked out yet.

It means the derivative of the equation that defines its first argument with respect to one
read on that equation's right, everything else held fixed. It stands in the first lines of a
derivation, where the chain rule has been written but nothing differentiated.
"""

from __future__ import annotations

import sympy as sp


class Partial(sp.Function):
    """The local partial derivative of a value with respect to one of its inputs."""

    nargs = 2
