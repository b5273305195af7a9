"""Group normalization: the channels of an image in groups, each with mean 0 and variance 1, then scaled and shifted.

    z = g*(x - u)/r + b,    u the mean of a group, r the root of its variance + eps
"""

from derive.model.argument import number, whole
from derive.model.layer import Layer

ENTRY = Layer(
    name="groupnorm",
    title="group normalization",
    means={"g": "gain", "e": "in groups", "k": "in channels again"},
    arguments=(whole("groups"), number("eps", "1e-5", ("at least", "0"))),
    takes=("channels x height x width",),
    equations="""
        constant eps
        data x[c: channels, p: height, q: width]
        size each = channels/groups
        parameter g[c: channels], b[c: channels]
        index n = groups
        index i = each
        e[n,i,p,q] = x[each*n + i,p,q]
        u[n] = sum(e[n,i,p,q], i, p, q)/(each*height*width)
        v[n] = sum((e[n,i,p,q] - u[n])^2, i, p, q)/(each*height*width)
        r[n] = sqrt(v[n] + eps)
        h[n,i,p,q] = (e[n,i,p,q] - u[n])/r[n]
        k[each*n + i,p,q] = h[n,i,p,q]
        z[c,p,q] = g[c]*k[c,p,q] + b[c]
    """,
    weights=(),
    biases=("b",),
    source="Wu, He, Group Normalization, arXiv 1803.08494, eqs. (1) to (3)",
    examples=("4x2x3-groupnorm(2)-flatten-2", "3x2x2-groupnorm(1)-flatten-2"),
)
