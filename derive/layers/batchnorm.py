"""Batch normalization: each feature with mean 0 and variance 1 over the minibatch, then scaled and shifted.

    z[s,k] = g[k]*(x[s,k] - u[k])/r[k] + b[k],    u the mean over the examples, r the root of the variance + eps
"""

from derive.model.argument import number
from derive.model.layer import Given, Layer

FEATURES = """
    constant eps
    sample s = m
    data x[s, k: features]
    parameter g[k: features], b[k: features]
    u[k] = sum(x[s,k], s)/m
    v[k] = sum((x[s,k] - u[k])^2, s)/m
    r[k] = sqrt(v[k] + eps)
    h[s,k] = (x[s,k] - u[k])/r[k]
    z[s,k] = g[k]*h[s,k] + b[k]
"""
IMAGES = """
    constant eps
    sample s = m
    data x[s, c: channels, p: height, q: width]
    parameter g[c: channels], b[c: channels]
    u[c] = sum(x[s,c,p,q], s, p, q)/(m*height*width)
    v[c] = sum((x[s,c,p,q] - u[c])^2, s, p, q)/(m*height*width)
    r[c] = sqrt(v[c] + eps)
    h[s,c,p,q] = (x[s,c,p,q] - u[c])/r[c]
    z[s,c,p,q] = g[c]*h[s,c,p,q] + b[c]
"""


def equations(given: Given) -> str:
    return FEATURES if given.rank == 2 else IMAGES


ENTRY = Layer(
    name="batchnorm",
    title="batch normalization",
    arguments=(number("eps", "1e-5"),),
    takes=("examples x features", "examples x channels x height x width"),
    samples=True,
    equations=equations,
    weights=(),
    bias="b",
    source="Ioffe, Szegedy, Batch Normalization, arXiv 1502.03167, algorithm 1",
    examples=("3-batchnorm-2", "2x3x3-batchnorm-flatten-2"),
)
