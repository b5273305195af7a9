"""Cross-attention with several heads: the steps of one sequence read those of another, as a decoder reads an encoder.

    e[h,t,r] = sum over i of q[h,t,i]*k[h,r,i] / sqrt(d),    q from the first input, k and v from the second
"""

from derive.layers.attention import MEANS, OUT, SHARES
from derive.model.argument import whole, word
from derive.model.layer import Given, Layer

HEADS = """
    data x[t: 1..T, f: features], y[r: 1..R, g: others]
    size d = features/heads
    time t = 1..T, r = 1..R
    parameter w_q[h: heads, i: d, f: features], w_k[h: heads, i: d, g: others], w_v[h: heads, i: d, g: others]
    parameter w_o[j: features, h: heads, i: d]
    constant d
    q[h,t,i] = sum(w_q[h,i,f]*x[t,f], f)
    k[h,r,i] = sum(w_k[h,i,g]*y[r,g], g)
    v[h,r,i] = sum(w_v[h,i,g]*y[r,g], g)
"""
SCORES = {
    "none": """
    e[h,t,r] = sum(q[h,t,i]*k[h,r,i], i)/sqrt(d)
""",
    "data": """
    data mask[t: 1..T, r: 1..R]
    e[h,t,r] = sum(q[h,t,i]*k[h,r,i], i)/sqrt(d) + mask[t,r]
""",
}
"""What a step may read: all steps of the other sequence; or what a mask says, as in attention."""


def equations(given: Given) -> str:
    return HEADS + SCORES[str(given["mask"])] + SHARES + OUT


ENTRY = Layer(
    name="crossattention",
    title="cross-attention",
    means=MEANS,
    arguments=(whole("heads", 1), word("mask", *SCORES)),
    takes=("steps x features",),
    inputs=2,
    equations=equations,
    weights=("w_q", "w_k", "w_v", "w_o"),
    source="Vaswani et al., Attention Is All You Need, arXiv 1706.03762, section 3.2.3",
    examples=("""
        [network]
        inputs = {x = "seq(2x4)", u = "seq(3x2)"}
        layers = [{layer = "crossattention(2)", inputs = ["x", "u"]}, 1]
        """, """
        [network]
        inputs = {x = "seq(3x2)", u = "seq(2x3)"}
        layers = [{layer = "4:tanh", name = "read", inputs = ["u"]},
                  {layer = "crossattention(mask=data)", inputs = ["x", "read"], name = "c"},
                  {layer = "add", inputs = ["x", "c"]}, "layernorm", 1]
        """),
)
