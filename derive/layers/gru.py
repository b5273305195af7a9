"""A gated recurrent unit: the new state is between the old one and a candidate, as the gate o says.

    h[t] = (1 - o[t])*h[t-1] + o[t]*g[t]
"""

from derive.model.argument import size, word
from derive.model.layer import Given, Layer

STEPS = """
    data x[t: 1..T, k: features]
    parameter ur[j: width, k: features], wr[j: width, q: width], br[j: width]
    parameter uo[j: width, k: features], wo[j: width, q: width], bo[j: width]
    parameter ug[j: width, k: features], wg[j: width, q: width], bg[j: width]
    time t = 1..T
    h[0,j] = 0
    for t:
        r[t,j] = sigmoid(sum(ur[j,k]*x[t,k], k) + sum(wr[j,q]*h[t-1,q], q) + br[j])
        o[t,j] = sigmoid(sum(uo[j,k]*x[t,k], k) + sum(wo[j,q]*h[t-1,q], q) + bo[j])
        g[t,j] = tanh(sum(ug[j,k]*x[t,k], k) + sum(wg[j,q]*r[t,q]*h[t-1,q], q) + bg[j])
        h[t,j] = (1 - o[t,j])*h[t-1,j] + o[t,j]*g[t,j]
"""
GIVES = {
    "last": """
    z[j] = h[T,j]
""",
    "all": """
    z[t,j] = h[t,j]
""",
}


def equations(given: Given) -> str:
    return STEPS + GIVES[str(given["gives"])]


ENTRY = Layer(
    name="gru",
    title="gated recurrent unit",
    arguments=(size("width"), word("gives", "last", "all")),
    takes=("steps x features",),
    equations=equations,
    weights=("ur", "wr", "uo", "wo", "ug", "wg"),
    source="Cho et al., Learning Phrase Representations using RNN Encoder-Decoder, arXiv 1406.1078, eqs. (5) to (8)",
    examples=("seq(3x2)-gru(2)-1", "seq(3x2)-gru(2,gives=all)-1"),
)
