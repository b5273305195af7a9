"""The rectified linear unit: relu(z) = max(0, z)."""

from derive.functions.record import ScalarFunction, maximum, step

ENTRY = ScalarFunction(
    name="relu",
    latex=r"\operatorname{ReLU}",
    value=lambda z: maximum(0, z),
    slope=lambda z, a: step(z),
    numpy="return np.maximum(z, 0)",
    fast=lambda z: maximum(0, z),
    ties="relu'(0) = 0",
    source="V. Nair and G. Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines, ICML 2010",
)
