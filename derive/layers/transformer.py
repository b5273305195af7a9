"""A block of a transformer: attention, then two dense layers, each behind a normalization and added to what came in.

    c = x + attention(norm(x)),    z = c + wd*gelu(wu*norm(c) + bu) + bd
"""

from derive.layers.attention import SCORES, SHARES
from derive.model.argument import number, whole, word
from derive.model.layer import Given, Layer

NORMALIZED = """
    data x[t: 1..T, f: features]
    size d = features/heads
    size hidden = wider*features
    time t = 1..T, r = 1..T
    parameter g[f: features], b[f: features]
    parameter wq[h: heads, i: d, f: features], bq[h: heads, i: d], wk[h: heads, i: d, f: features], bk[h: heads, i: d]
    parameter wv[h: heads, i: d, f: features], bv[h: heads, i: d], wo[j: features, h: heads, i: d], bo[j: features]
    parameter ga[f: features], ba[f: features]
    parameter wu[n: hidden, f: features], bu[n: hidden], wd[j: features, n: hidden], bd[j: features]
    constant d, eps
    mu[t] = sum(x[t,f], f)/features
    nu[t] = sum((x[t,f] - mu[t])^2, f)/features
    tau[t] = sqrt(nu[t] + eps)
    eta[t,f] = (x[t,f] - mu[t])/tau[t]
    o[t,f] = g[f]*eta[t,f] + b[f]
    q[h,t,i] = sum(wq[h,i,f]*o[t,f], f) + bq[h,i]
    k[h,t,i] = sum(wk[h,i,f]*o[t,f], f) + bk[h,i]
    v[h,t,i] = sum(wv[h,i,f]*o[t,f], f) + bv[h,i]
"""
FED_FORWARD = """
    xa[t,j] = x[t,j] + sum(wo[j,h,i]*c[h,t,i], h, i) + bo[j]
    mua[t] = sum(xa[t,f], f)/features
    nua[t] = sum((xa[t,f] - mua[t])^2, f)/features
    taua[t] = sqrt(nua[t] + eps)
    etaa[t,f] = (xa[t,f] - mua[t])/taua[t]
    oa[t,f] = ga[f]*etaa[t,f] + ba[f]
    zu[t,n] = sum(wu[n,f]*oa[t,f], f) + bu[n]
    au[t,n] = gelu(zu[t,n])
    z[t,j] = xa[t,j] + sum(wd[j,n]*au[t,n], n) + bd[j]
"""


def equations(given: Given) -> str:
    return NORMALIZED + SCORES[str(given["mask"])] + SHARES + FED_FORWARD


ENTRY = Layer(
    name="transformer",
    title="transformer block",
    arguments=(whole("heads", 1), word("mask", *SCORES), whole("wider", 4), number("eps", "1e-5")),
    takes=("steps x features",),
    equations=equations,
    weights=("wq", "wk", "wv", "wo", "wu", "wd"),
    source="Radford et al., Language Models are Unsupervised Multitask Learners (GPT-2); normalized before each part",
    examples=("seq(3x4)-transformer(2,mask=causal,wider=2)-1",),
)
