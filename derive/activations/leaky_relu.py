"""The leaky rectified linear unit: z where z > 0, else z/100."""

import sympy as sp

from derive.functions.record import ScalarFunction, choose, maximum

LEAK = sp.Rational(1, 100)

ENTRY = ScalarFunction(
    name="leaky_relu",
    latex=r"\operatorname{LReLU}",
    value=lambda z: choose(z, z, LEAK * z),
    slope=lambda z, a: choose(z, 1, LEAK),
    numpy="return np.where(z > 0, z, 0.01 * z)",
    fast=lambda z: maximum(z, LEAK * z),
    ties="leaky_relu'(0) = 1/100",
    aliases=("lrelu", "leakyrelu"),
    source="A. Maas, A. Hannun and A. Ng, Rectifier Nonlinearities Improve Neural Network Acoustic Models, 2013",
)
