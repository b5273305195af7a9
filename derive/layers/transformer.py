"""A block of a transformer: attention, then two dense layers, each behind a normalization and added to what came in.

    c = x + attention(norm(x)),    z = c + w_d*gelu(w_u*norm(c) + b_u) + b_d
"""

from derive.layers.attention import MEANS, SCORES, SHARES
from derive.model.argument import number, whole, word
from derive.model.layer import Given, Layer

NORMALIZED = """
    data x[t: 1..T, f: features]
    size d = features/heads
    size hidden = wider*features
    time t = 1..T, r = 1..T
    parameter g[f: features], b[f: features]
    parameter w_q[h: heads, i: d, f: features], b_q[h: heads, i: d]
    parameter w_k[h: heads, i: d, f: features], b_k[h: heads, i: d]
    parameter w_v[h: heads, i: d, f: features], b_v[h: heads, i: d]
    parameter w_o[f: features, h: heads, i: d], b_o[f: features]
    parameter g_a[f: features], b_a[f: features]
    parameter w_u[j: hidden, f: features], b_u[j: hidden], w_d[f: features, j: hidden], b_d[f: features]
    constant d, eps
    mu[t] = sum(x[t,f], f)/features
    nu[t] = sum((x[t,f] - mu[t])^2, f)/features
    tau[t] = sqrt(nu[t] + eps)
    eta[t,f] = (x[t,f] - mu[t])/tau[t]
    o[t,f] = g[f]*eta[t,f] + b[f]
    q[h,t,i] = sum(w_q[h,i,f]*o[t,f], f) + b_q[h,i]
    k[h,t,i] = sum(w_k[h,i,f]*o[t,f], f) + b_k[h,i]
    v[h,t,i] = sum(w_v[h,i,f]*o[t,f], f) + b_v[h,i]
"""
FED_FORWARD = """
    x_a[t,f] = x[t,f] + sum(w_o[f,h,i]*c[h,t,i], h, i) + b_o[f]
    mu_a[t] = sum(x_a[t,f], f)/features
    nu_a[t] = sum((x_a[t,f] - mu_a[t])^2, f)/features
    tau_a[t] = sqrt(nu_a[t] + eps)
    eta_a[t,f] = (x_a[t,f] - mu_a[t])/tau_a[t]
    o_a[t,f] = g_a[f]*eta_a[t,f] + b_a[f]
    z_u[t,j] = sum(w_u[j,f]*o_a[t,f], f) + b_u[j]
    a_u[t,j] = gelu(z_u[t,j])
    z[t,f] = x_a[t,f] + sum(w_d[f,j]*a_u[t,j], j) + b_d[f]
"""


def equations(given: Given) -> str:
    return NORMALIZED + SCORES[str(given["mask"])] + SHARES + FED_FORWARD


ENTRY = Layer(
    name="transformer",
    title="transformer block",
    means=MEANS | {"g": "gain", "g_a": "gain", "b_a": "bias", "w_u": "weights upwards, to the wider layer",
                   "w_d": "weights downwards", "b_u": "bias of the wider layer", "b_d": "bias", "z_u": "weighted input",
                   "x_a": "input and attention, added",
                   "o": "scaled and shifted", "o_a": "scaled and shifted"},
    arguments=(whole("heads", 1), word("mask", *SCORES), whole("wider", 4), number("eps", "1e-5", ("at least", "0"))),
    takes=("steps x features",),
    equations=equations,
    weights=("w_q", "w_k", "w_v", "w_o", "w_u", "w_d"),
    biases=("b", "b_q", "b_k", "b_v", "b_o", "b_a", "b_u", "b_d"),
    source="Radford et al., Language Models are Unsupervised Multitask Learners (GPT-2); normalized before each part",
    examples=("seq(3x4)-transformer(2,mask=causal,wider=2)-1",),
)
