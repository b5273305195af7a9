"""The Gaussian error linear unit, exact: gelu(z) = z*Phi(z), Phi the normal distribution function."""

import sympy as sp

from derive.functions.record import ScalarFunction


def Phi(z: sp.Expr) -> sp.Expr:
    return (1 + sp.erf(z / sp.sqrt(2))) / 2


ENTRY = ScalarFunction(
    name="gelu",
    latex=r"\operatorname{GELU}",
    value=lambda z: z * Phi(z),
    slope=lambda z, a: Phi(z) + z * sp.exp(-z**2 / 2) / sp.sqrt(2 * sp.pi),
    numpy="return z * normal_cdf(z)",
    requires=("normal_cdf",),
    fast=lambda z: z * Phi(z),
    source="D. Hendrycks and K. Gimpel, Gaussian Error Linear Units, 2016",
)
