"""A liquid time-constant cell: one fused step of its solver, with the elapsed time dt, for each step of the sequence.

    h[t] = (h[t-1] + dt*f[t]*A) / (1 + dt*(1/tau + f[t]))
"""

from derive.model.argument import number, size, word
from derive.model.layer import Given, Layer
from derive.model.recurrent import GIVES, TRUNCATE

STEPS = """
    data x[t: 1..T, k: features]
    parameter u[j: width, k: features], w[j: width, q: width], b[j: width], r[j: width], e[j: width]
    constant dt
    time t = 1..T
    h[0,j] = 0
    for t:
        v[t,j] = sum(u[j,k]*x[t,k], k) + sum(w[j,q]*h[t-1,q], q) + b[j]
        f[t,j] = sigmoid(v[t,j])
        d[t,j] = 1 + dt*(exp(r[j]) + f[t,j])
        h[t,j] = (h[t-1,j] + dt*f[t,j]*e[j])/d[t,j]
"""


def equations(given: Given) -> str:
    return STEPS + GIVES[str(given["gives"])]


ENTRY = Layer(
    name="liquid",
    title="liquid time-constant cell",
    means={"u": "weights of the input", "w": "weights of the state", "r": "$\\ln(1/\\tau)$ of the time constant",
           "e": "where the state is drawn to", "dt": "time between two steps", "h": "state", "v": "weighted input",
           "f": "gate", "d": "what the step divides by"},
    arguments=(size("width"), word("gives", "last", "all"), number("dt", "0.1", ("more than", "0")), TRUNCATE),
    takes=("steps x features",),
    equations=equations,
    windows="truncate",
    weights=("u", "w"),
    biases=("b",),
    source="Hasani et al., Liquid Time-constant Networks, arXiv 2006.04439, eq. (3) (e stands for A, exp(r) for 1/tau)",
    examples=("seq(3x2)-liquid(2)-1", "seq(3x2)-liquid(2,gives=all,dt=0.5)-1"),
)
