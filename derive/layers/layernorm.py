"""Layer normalization: the values of one example, with mean 0 and variance 1, then scaled and shifted.

    z[k] = g[k]*(x[k] - u)/r + b[k],    u the mean of x, r the root of its variance + eps
"""

from derive.model.argument import number
from derive.model.layer import Layer

ENTRY = Layer(
    name="layernorm",
    title="layer normalization",
    means={"g": "gain"},
    arguments=(number("eps", "1e-5", ("at least", "0")),),
    over="any",
    equations="""
        data x[k: features]
        parameter g[k: features], b[k: features]
        constant eps
        u = sum(x[k], k)/features
        v = sum((x[k] - u)^2, k)/features
        r = sqrt(v + eps)
        h[k] = (x[k] - u)/r
        z[k] = g[k]*h[k] + b[k]
    """,
    weights=(),
    biases=("b",),
    source="Ba, Kiros, Hinton, Layer Normalization, arXiv 1607.06450, eq. (4)",
    examples=("3-4-layernorm-2", "seq(3x4)-layernorm(eps=0.01)-2"),
)
