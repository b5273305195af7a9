"""The smooth rectifier: softplus(z) = log(1 + exp(z)); its slope is the sigmoid."""

import sympy as sp

from derive.activations.sigmoid import ENTRY as sigmoid
from derive.functions.record import ScalarFunction

ENTRY = ScalarFunction(
    name="softplus",
    latex=r"\operatorname{softplus}",
    value=lambda z: sp.log(1 + sp.exp(z)),
    slope=lambda z, a: sigmoid(z),
    numpy="return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))  # exp of at most 0",
    source="Goodfellow, Bengio and Courville, Deep Learning, eq. (3.31)",
)
