"""The hyperbolic tangent: tanh(z) = (exp(z) - exp(-z))/(exp(z) + exp(-z))."""

import sympy as sp

from derive.functions.record import ScalarFunction

ENTRY = ScalarFunction(
    name="tanh",
    latex=r"\tanh",
    value=lambda z: sp.tanh(z),
    slope=lambda z, a: 1 - a**2,
    numpy="return np.tanh(z)",
    fast=lambda z: sp.tanh(z),
    source="Nielsen, Neural Networks and Deep Learning, eq. (110)",
)
