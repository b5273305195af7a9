"""A recurrent layer in both directions: one state comes from the past, one from the future.

    f[t,j] = tanh(... + f[t-1]),    g[t,j] = tanh(... + g[t+1]),    z[t] holds f[t], then g[t]

With gives=last z holds the two that have seen all of it: f[T] and g[1].
"""

from derive.model.argument import size, word
from derive.model.layer import Given, Layer
from derive.model.recurrent import TRUNCATE

STEPS = """
    data x[t: 1..T, k: features]
    parameter u_f[j: width, k: features], w_f[j: width, q: width], b_f[j: width]
    parameter u_g[j: width, k: features], w_g[j: width, q: width], b_g[j: width]
    time t = 1..T
    f[0,j] = 0
    for t:
        v_f[t,j] = sum(u_f[j,k]*x[t,k], k) + sum(w_f[j,q]*f[t-1,q], q) + b_f[j]
        f[t,j] = tanh(v_f[t,j])
    g[T+1,j] = 0
    for t descending:
        v_g[t,j] = sum(u_g[j,k]*x[t,k], k) + sum(w_g[j,q]*g[t+1,q], q) + b_g[j]
        g[t,j] = tanh(v_g[t,j])
"""
GIVES = {
    "all": """
    z[t,j] = f[t,j]
    z[t,j+width] = g[t,j]
""",
    "last": """
    z[j] = f[T,j]
    z[j+width] = g[1,j]
""",
}


def equations(given: Given) -> str:
    return STEPS + GIVES[str(given["gives"])]


ENTRY = Layer(
    name="birnn",
    title="bidirectional recurrent layer",
    arguments=(size("width"), word("gives", "last", "all"), TRUNCATE),
    takes=("steps x features",),
    equations=equations,
    windows="truncate",
    weights=("u_f", "w_f", "u_g", "w_g"),
    source="Schuster, Paliwal, Bidirectional Recurrent Neural Networks (1997)",
    examples=("seq(3x2)-birnn(2)-1", "seq(3x2)-birnn(2,gives=all)-1"),
)
