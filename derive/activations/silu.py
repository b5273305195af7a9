"""The sigmoid linear unit, or swish: silu(z) = z*sigmoid(z)."""

import sympy as sp

from derive.activations.sigmoid import ENTRY as sigmoid
from derive.functions.record import ScalarFunction

ENTRY = ScalarFunction(
    name="silu",
    latex=r"\operatorname{SiLU}",
    value=lambda z: z / (1 + sp.exp(-z)),
    slope=lambda z, a: sigmoid(z) + a * (1 - sigmoid(z)),  # a + s*(1 - a) would cancel for large z
    numpy="""
        e = np.exp(-np.abs(z))  # at most 1
        return z * np.where(z >= 0, 1, e) / (1 + e)
    """,
    aliases=("swish",),
    source="P. Ramachandran, B. Zoph and Q. Le, Searching for Activation Functions, 2017",
)
