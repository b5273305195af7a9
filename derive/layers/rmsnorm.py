"""Root mean square normalization: the values of one example over the root of the mean of their squares.

    z[k] = g[k]*x[k]/r,    r = sqrt(mean of x^2 + eps)
"""

from derive.model.argument import number
from derive.model.layer import Layer

ENTRY = Layer(
    name="rmsnorm",
    title="root mean square normalization",
    means={"g": "gain", "h": "over the root"},
    arguments=(number("eps", "1e-6", ("at least", "0")),),
    over="any",
    equations="""
        data x[k: features]
        parameter g[k: features]
        constant eps
        v = sum(x[k]^2, k)/features
        r = sqrt(v + eps)
        h[k] = x[k]/r
        z[k] = g[k]*h[k]
    """,
    weights=(),
    source="Zhang, Sennrich, Root Mean Square Layer Normalization, arXiv 1910.07467, eq. (4)",
    examples=("3-rmsnorm-2", "seq(3x4)-rmsnorm(eps=0.01)-2"),
)
