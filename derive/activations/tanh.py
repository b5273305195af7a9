"""tanh(z)."""

import sympy as sp

from derive.functions import ScalarFunction

ENTRY = ScalarFunction(
    name="tanh",
    latex=r"\tanh",
    value=lambda z: sp.tanh(z),
    slope=lambda z, a: 1 - a**2,
    numpy="return np.tanh(z)",
)
