"""GELU's approximation by tanh: z/2*(1 + tanh(u)) with u = sqrt(2/pi)*(z + 0.044715*z^3)."""

import sympy as sp

from derive.activations.tanh import ENTRY as tanh
from derive.functions.record import ScalarFunction

CUBIC = sp.Rational(44715, 1000000)


def inner(z: sp.Expr) -> sp.Expr:
    return sp.sqrt(2 / sp.pi) * (z + CUBIC * z**3)


def slope(z: sp.Expr, a: sp.Expr) -> sp.Expr:
    t = tanh(inner(z))
    return (1 + t) / 2 + z / 2 * (1 - t**2) * sp.sqrt(2 / sp.pi) * (1 + 3 * CUBIC * z**2)


ENTRY = ScalarFunction(
    name="gelu_tanh",
    latex=r"\operatorname{GELU}_{\tanh}",
    value=lambda z: z / 2 * (1 + sp.tanh(inner(z))),
    slope=slope,
    numpy="""
        u = 1.5957691216057308 * (z + 0.044715 * z**3)  # 2*sqrt(2/pi); (1 + tanh(u/2))/2 is sigmoid(u)
        e = np.exp(-np.abs(u))
        return z * np.where(u >= 0, 1, e) / (1 + e)
    """,
    source="D. Hendrycks and K. Gimpel, Gaussian Error Linear Units, 2016",
)
