"""Long short-term memory: a cell state c that gates only scale and add to, and a state h read off it.

    c[t] = f[t]*c[t-1] + i[t]*g[t],    h[t] = o[t]*tanh(c[t])

With start=given both first states are data, handed on from the steps before; with truncate=K no gradient goes from one
window of K steps back to the one before.
"""

from derive.model.argument import flag, size, word
from derive.model.layer import Given, Layer
from derive.model.recurrent import GIVES, TRUNCATE

FEATURES = """
    data x[t: 1..T, k: features]
    parameter u_f[j: width, k: features], w_f[j: width, q: width], b_f[j: width]
    parameter u_i[j: width, k: features], w_i[j: width, q: width], b_i[j: width]
    parameter u_g[j: width, k: features], w_g[j: width, q: width], b_g[j: width]
    parameter u_o[j: width, k: features], w_o[j: width, q: width], b_o[j: width]
    time t = 1..T
"""
START = {
    "zero": """
    h[0,j] = 0
    c[0,j] = 0
""",
    "given": """
    data e[j: width], d[j: width]
    h[0,j] = e[j]
    c[0,j] = d[j]
""",
}
STEPS = """
    for t:
        z_f[t,j] = sum(u_f[j,k]*x[t,k], k) + sum(w_f[j,q]*h[t-1,q], q) + b_f[j]
        z_i[t,j] = sum(u_i[j,k]*x[t,k], k) + sum(w_i[j,q]*h[t-1,q], q) + b_i[j]
        z_g[t,j] = sum(u_g[j,k]*x[t,k], k) + sum(w_g[j,q]*h[t-1,q], q) + b_g[j]
        z_o[t,j] = sum(u_o[j,k]*x[t,k], k) + sum(w_o[j,q]*h[t-1,q], q) + b_o[j]
        f[t,j] = sigmoid(z_f[t,j])
        i[t,j] = sigmoid(z_i[t,j])
        g[t,j] = tanh(z_g[t,j])
        o[t,j] = sigmoid(z_o[t,j])
        c[t,j] = f[t,j]*c[t-1,j] + i[t,j]*g[t,j]
        h[t,j] = o[t,j]*tanh(c[t,j])
"""
PEEPHOLES = """
    parameter p_f[j: width], p_i[j: width], p_o[j: width]
    for t:
        z_f[t,j] = sum(u_f[j,k]*x[t,k], k) + sum(w_f[j,q]*h[t-1,q], q) + p_f[j]*c[t-1,j] + b_f[j]
        z_i[t,j] = sum(u_i[j,k]*x[t,k], k) + sum(w_i[j,q]*h[t-1,q], q) + p_i[j]*c[t-1,j] + b_i[j]
        z_g[t,j] = sum(u_g[j,k]*x[t,k], k) + sum(w_g[j,q]*h[t-1,q], q) + b_g[j]
        f[t,j] = sigmoid(z_f[t,j])
        i[t,j] = sigmoid(z_i[t,j])
        g[t,j] = tanh(z_g[t,j])
        c[t,j] = f[t,j]*c[t-1,j] + i[t,j]*g[t,j]
        z_o[t,j] = sum(u_o[j,k]*x[t,k], k) + sum(w_o[j,q]*h[t-1,q], q) + p_o[j]*c[t,j] + b_o[j]
        o[t,j] = sigmoid(z_o[t,j])
        h[t,j] = o[t,j]*tanh(c[t,j])
"""
GATES = {"f": "forget gate", "i": "input gate", "g": "candidate", "o": "output gate"}
KINDS = {"u": "weights of the input", "w": "weights of the state", "b": "bias", "p": "peephole", "z": "weighted input"}


def equations(given: Given) -> str:
    steps = PEEPHOLES if given["peepholes"] else STEPS
    return FEATURES + START[str(given["start"])] + steps + GIVES[str(given["gives"])]


ENTRY = Layer(
    name="lstm",
    title="long short-term memory",
    means=GATES | {f"{kind}_{gate}": f"{GATES[gate]}, {KINDS[kind]}" for kind in KINDS for gate in GATES} |
    {"c": "cell state", "h": "state"},
    arguments=(size("width"), word("gives", "last", "all"), flag("peepholes"), word("start", "zero", "given"),
               TRUNCATE),
    takes=("steps x features",),
    equations=equations,
    windows="truncate",
    weights=("u_f", "w_f", "u_i", "w_i", "u_g", "w_g", "u_o", "w_o"),
    biases=("b_f", "b_i", "b_g", "b_o"),
    source="Gers, Schmidhuber, Cummins, Learning to Forget (2000); the peepholes: Gers, Schmidhuber (2000)",
    examples=("seq(3x2)-lstm(2)-1", "seq(3x2)-lstm(2,gives=all)-1", "seq(3x2)-lstm(2,peepholes=true)-1",
              "seq(3x2)-lstm(2,start=given)-1", "seq(4x2)-lstm(2,gives=all,truncate=2)-1"),
)
