"""A gated recurrent unit: the new state is between the old one and a candidate, as the gate o says.

    h[t] = (1 - o[t])*h[t-1] + o[t]*g[t]

The reset gate r stands before the product with w_g, as in the paper, or after it, with a bias of its own (reset=after),
as cuDNN and PyTorch have it: there one product serves all three. PyTorch's update gate z is 1 - o.
"""

from derive.model.argument import size, word
from derive.model.layer import Given, Layer
from derive.model.recurrent import GIVES, START, TRUNCATE

FEATURES = """
    data x[t: 1..T, k: features]
    parameter u_r[j: width, k: features], w_r[j: width, q: width], b_r[j: width]
    parameter u_o[j: width, k: features], w_o[j: width, q: width], b_o[j: width]
    parameter u_g[j: width, k: features], w_g[j: width, q: width], b_g[j: width]
    time t = 1..T
"""
GATES = """
    for t:
        z_r[t,j] = sum(u_r[j,k]*x[t,k], k) + sum(w_r[j,q]*h[t-1,q], q) + b_r[j]
        z_o[t,j] = sum(u_o[j,k]*x[t,k], k) + sum(w_o[j,q]*h[t-1,q], q) + b_o[j]
        r[t,j] = sigmoid(z_r[t,j])
        o[t,j] = sigmoid(z_o[t,j])
"""
CANDIDATE = {
    "before": GATES + """
        z_g[t,j] = sum(u_g[j,k]*x[t,k], k) + sum(w_g[j,q]*r[t,q]*h[t-1,q], q) + b_g[j]
""",
    "after": """
    parameter c_g[j: width]
""" + GATES + """
        v[t,j] = sum(w_g[j,q]*h[t-1,q], q) + c_g[j]
        z_g[t,j] = sum(u_g[j,k]*x[t,k], k) + r[t,j]*v[t,j] + b_g[j]
""",
}
NEW = """
        g[t,j] = tanh(z_g[t,j])
        h[t,j] = (1 - o[t,j])*h[t-1,j] + o[t,j]*g[t,j]
"""
CALLED = {"r": "reset gate", "o": "update gate", "g": "candidate"}
KINDS = {"u": "weights of the input", "w": "weights of the state", "b": "bias", "c": "bias of the state",
         "z": "weighted input"}


def equations(given: Given) -> str:
    start, candidate = START[str(given["start"])], CANDIDATE[str(given["reset"])]
    return FEATURES + start + candidate + NEW + GIVES[str(given["gives"])]


ENTRY = Layer(
    name="gru",
    title="gated recurrent unit",
    means=CALLED | {f"{kind}_{gate}": f"{CALLED[gate]}, {KINDS[kind]}" for kind in KINDS for gate in CALLED} |
    {"h": "state"},
    arguments=(size("width"), word("gives", "last", "all"), word("reset", "before", "after"),
               word("start", "zero", "given"), TRUNCATE),
    takes=("steps x features",),
    equations=equations,
    windows="truncate",
    weights=("u_r", "w_r", "u_o", "w_o", "u_g", "w_g"),
    biases=("b_r", "b_o", "b_g", "c_g"),
    source="Cho et al., Learning Phrase Representations using RNN Encoder-Decoder, arXiv 1406.1078, eqs. (5) to (8)",
    examples=("seq(3x2)-gru(2)-1", "seq(3x2)-gru(2,gives=all,reset=after)-1",
              "seq(3x2)-gru(2,start=given)-1"),
)
