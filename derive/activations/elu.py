"""The exponential linear unit (alpha = 1): z where z > 0, else exp(z) - 1."""

import sympy as sp

from derive.functions.record import ScalarFunction, choose

ENTRY = ScalarFunction(
    name="elu",
    latex=r"\operatorname{ELU}",
    value=lambda z: choose(z, z, sp.exp(z) - 1),
    slope=lambda z, a: choose(z, 1, a + 1),
    numpy="return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))",
    ties="the slope has no kink at 0; elu''(0) = 1",
    source="D.-A. Clevert, T. Unterthiner and S. Hochreiter, Fast and Accurate Deep Network Learning by ELUs, 2015",
)
