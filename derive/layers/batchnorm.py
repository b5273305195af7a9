"""Batch normalization: each feature with mean 0 and variance 1 over the minibatch, then scaled and shifted.

    z[s,k] = g[k]*(x[s,k] - u[k])/r[k] + b[k],    u the mean over the examples, r the root of the variance + eps

Once the network is trained, no example may depend on the others any more: with mode=inference the mean u and the
variance v are data, one number a feature, which training has kept a running average of; with mode=fixed they are
the numbers mean and variance, the same for every feature.
"""

from derive.model.argument import number, word
from derive.model.layer import Given, Layer

AXES = {
    2: """
    sample s = m
    data x[s, k: features]
    parameter g[k: features], b[k: features]
""",
    4: """
    sample s = m
    data x[s, c: channels, p: height, q: width]
    parameter g[c: channels], b[c: channels]
""",
}
MEAN = {
    2: """
    u[k] = sum(x[s,k], s)/m
    v[k] = sum((x[s,k] - u[k])^2, s)/m
""",
    4: """
    u[c] = sum(x[s,c,p,q], s, p, q)/(m*height*width)
    v[c] = sum((x[s,c,p,q] - u[c])^2, s, p, q)/(m*height*width)
""",
}
KNOWN = {
    2: """
    data u[k: features], v[k: features]
""",
    4: """
    data u[c: channels], v[c: channels]
""",
}
SCALED = {
    2: """
    r[k] = sqrt(v[k] + eps)
    h[s,k] = (x[s,k] - u[k])/r[k]
    z[s,k] = g[k]*h[s,k] + b[k]
""",
    4: """
    r[c] = sqrt(v[c] + eps)
    h[s,c,p,q] = (x[s,c,p,q] - u[c])/r[c]
    z[s,c,p,q] = g[c]*h[s,c,p,q] + b[c]
""",
}
FIXED = {
    2: """
    constant mean, variance
    r = sqrt(variance + eps)
    h[s,k] = (x[s,k] - mean)/r
    z[s,k] = g[k]*h[s,k] + b[k]
""",
    4: """
    constant mean, variance
    r = sqrt(variance + eps)
    h[s,c,p,q] = (x[s,c,p,q] - mean)/r
    z[s,c,p,q] = g[c]*h[s,c,p,q] + b[c]
""",
}
MODES = {"training": (AXES, MEAN, SCALED), "inference": (AXES, KNOWN, SCALED), "fixed": (AXES, FIXED)}


def equations(given: Given) -> str:
    return "    constant eps\n" + "".join(part[given.rank] for part in MODES[str(given["mode"])])


ENTRY = Layer(
    name="batchnorm",
    title="batch normalization",
    means={"g": "gain"},
    arguments=(number("eps", "1e-5", ("at least", "0")), word("mode", *MODES), number("mean", "0"),
               number("variance", "1", ("at least", "0"))),
    takes=("examples x features", "examples x channels x height x width"),
    samples=True,
    equations=equations,
    weights=(),
    biases=("b",),
    source="Ioffe, Szegedy, Batch Normalization, arXiv 1502.03167, algorithms 1 and 2",
    examples=("3-batchnorm-2", "2x3x3-batchnorm-flatten-2", "3-4:tanh-batchnorm(mode=inference)-2",
              "1x3x3-conv(2,2)-batchnorm(mode=inference)-flatten-2", "3-batchnorm(mode=fixed,mean=0.5,variance=4)-2"),
)
