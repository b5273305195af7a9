"""Self-attention with several heads: every step reads the others, each as much as its key fits the query.

    p[h,t,r] = exp(e[h,t,r]) / sum over r of exp(e[h,t,r]),    e[h,t,r] = sum over i of q[h,t,i]*k[h,r,i] / sqrt(d)
"""

from derive.model.argument import whole, word
from derive.model.layer import Given, Layer

HEADS = """
    data x[t: 1..T, f: features]
    size d = features/heads
    time t = 1..T, r = 1..T
    parameter w_q[h: heads, i: d, f: features], w_k[h: heads, i: d, f: features], w_v[h: heads, i: d, f: features]
    parameter w_o[j: features, h: heads, i: d]
    constant d
    q[h,t,i] = sum(w_q[h,i,f]*x[t,f], f)
    k[h,t,i] = sum(w_k[h,i,f]*x[t,f], f)
    v[h,t,i] = sum(w_v[h,i,f]*x[t,f], f)
"""
SCORES = {
    "none": """
    e[h,t,r] = sum(q[h,t,i]*k[h,r,i], i)/sqrt(d)
""",
    "causal": """
    e[h,t,r] = sum(q[h,t,i]*k[h,r,i], i)/sqrt(d) - 1000000*step(r - t)
""",
    "data": """
    data mask[t: 1..T, r: 1..T]
    e[h,t,r] = sum(q[h,t,i]*k[h,r,i], i)/sqrt(d) + mask[t,r]
""",
}
"""What a step may read: all steps; itself and those before it; or what a mask says that is added to the scores, 0
for yes and -1000000 for no. A score lower than others by that much has a share of 0 in floating point."""
SHARES = """
    u[h,t,r] = exp(e[h,t,r])
    rho[h,t] = sum(u[h,t,r], r)
    p[h,t,r] = u[h,t,r]/rho[h,t]
    fact u[h,t,r] = rho[h,t]*p[h,t,r]
    c[h,t,i] = sum(p[h,t,r]*v[h,r,i], r)
"""
OUT = """
    z[t,j] = sum(w_o[j,h,i]*c[h,t,i], h, i)
"""
MEANS = {
    "q": "queries", "k": "keys", "v": "values", "e": "scores", "p": "shares, the softmax of the scores",
    "c": "values, mixed by their shares", "w_q": "weights of the queries", "w_k": "weights of the keys",
    "w_v": "weights of the values", "w_o": "weights of the output", "d": "size of a head", "b_q": "bias of the queries",
    "b_k": "bias of the keys", "b_v": "bias of the values", "b_o": "bias of the output",
}


def equations(given: Given) -> str:
    return HEADS + SCORES[str(given["mask"])] + SHARES + OUT


ENTRY = Layer(
    name="attention",
    title="self-attention",
    means=MEANS,
    arguments=(whole("heads", 1), word("mask", *SCORES)),
    takes=("steps x features",),
    equations=equations,
    weights=("w_q", "w_k", "w_v", "w_o"),
    source="Vaswani et al., Attention Is All You Need, arXiv 1706.03762, eq. (1)",
    examples=("seq(3x4)-attention(2)-1", "seq(3x2)-attention(mask=causal)-1", "seq(3x2)-attention(2,mask=data)-1"),
)
