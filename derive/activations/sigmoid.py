"""sigma(z) = 1/(1 + exp(-z))."""

import sympy as sp

from derive.functions.record import ScalarFunction

ENTRY = ScalarFunction(
    name="sigmoid",
    latex=r"\sigma",
    value=lambda z: 1 / (1 + sp.exp(-z)),
    slope=lambda z, a: a * (1 - a),
    numpy="""
        e = np.exp(-np.abs(z))  # never overflows: the exponent is at most 0
        return np.where(z >= 0, 1, e) / (1 + e)
    """,
    fast=lambda z: (1 + sp.tanh(z / 2)) / 2,
    aliases=("logistic", "sigma"),
    source="Nielsen, Neural Networks and Deep Learning, eq. (3)",
)
