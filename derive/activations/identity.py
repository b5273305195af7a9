"""The identity, for outputs that are no probabilities: a = z."""

import sympy as sp

from derive.functions.record import ScalarFunction

ENTRY = ScalarFunction(
    name="identity",
    latex=r"\operatorname{id}",
    value=lambda z: z,
    slope=lambda z, a: sp.Integer(1),
    numpy="return z",
    fast=lambda z: z,
    aliases=("linear",),
)
