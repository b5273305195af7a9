"""A recurrent layer in both directions: one state comes from the past, one from the future.

    f[t,j] = tanh(... + f[t-1]),    g[t,j] = tanh(... + g[t+1]),    z[t] holds f[t], then g[t]
"""

from derive.model.argument import size
from derive.model.layer import Layer

ENTRY = Layer(
    name="birnn",
    title="bidirectional recurrent layer",
    arguments=(size("width"),),
    takes=("steps x features",),
    equations="""
        data x[t: 1..T, k: features]
        parameter uf[j: width, k: features], wf[j: width, q: width], bf[j: width]
        parameter ug[j: width, k: features], wg[j: width, q: width], bg[j: width]
        time t = 1..T
        f[0,j] = 0
        for t:
            f[t,j] = tanh(sum(uf[j,k]*x[t,k], k) + sum(wf[j,q]*f[t-1,q], q) + bf[j])
        g[T+1,j] = 0
        for t descending:
            g[t,j] = tanh(sum(ug[j,k]*x[t,k], k) + sum(wg[j,q]*g[t+1,q], q) + bg[j])
        z[t,j] = f[t,j]
        z[t,j+width] = g[t,j]
    """,
    weights=("uf", "wf", "ug", "wg"),
    source="Schuster, Paliwal, Bidirectional Recurrent Neural Networks (1997)",
    examples=("seq(3x2)-birnn(2)-2",),
)
