"""relu(z) = max(0, z)."""

from derive.functions import ScalarFunction, maximum, step

ENTRY = ScalarFunction(
    name="relu",
    latex=r"\operatorname{ReLU}",
    value=lambda z: maximum(0, z),
    slope=lambda z, a: step(z),
    numpy="return np.maximum(z, 0)",
    ties="relu'(0) = 0",
)
