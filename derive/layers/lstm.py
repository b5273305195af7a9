"""Long short-term memory: a cell state c that gates only scale and add to, and a state h read off it.

    c[t] = f[t]*c[t-1] + i[t]*g[t],    h[t] = o[t]*tanh(c[t])
"""

from derive.model.argument import flag, size, word
from derive.model.layer import Given, Layer

FEATURES = """
    data x[t: 1..T, k: features]
    parameter uf[j: width, k: features], wf[j: width, q: width], bf[j: width]
    parameter ui[j: width, k: features], wi[j: width, q: width], bi[j: width]
    parameter ug[j: width, k: features], wg[j: width, q: width], bg[j: width]
    parameter uo[j: width, k: features], wo[j: width, q: width], bo[j: width]
    time t = 1..T
    h[0,j] = 0
    c[0,j] = 0
"""
STEPS = FEATURES + """
    for t:
        f[t,j] = sigmoid(sum(uf[j,k]*x[t,k], k) + sum(wf[j,q]*h[t-1,q], q) + bf[j])
        i[t,j] = sigmoid(sum(ui[j,k]*x[t,k], k) + sum(wi[j,q]*h[t-1,q], q) + bi[j])
        g[t,j] = tanh(sum(ug[j,k]*x[t,k], k) + sum(wg[j,q]*h[t-1,q], q) + bg[j])
        c[t,j] = f[t,j]*c[t-1,j] + i[t,j]*g[t,j]
        o[t,j] = sigmoid(sum(uo[j,k]*x[t,k], k) + sum(wo[j,q]*h[t-1,q], q) + bo[j])
        h[t,j] = o[t,j]*tanh(c[t,j])
"""
PEEPHOLES = FEATURES + """
    parameter vf[j: width], vi[j: width], vo[j: width]
    for t:
        f[t,j] = sigmoid(sum(uf[j,k]*x[t,k], k) + sum(wf[j,q]*h[t-1,q], q) + vf[j]*c[t-1,j] + bf[j])
        i[t,j] = sigmoid(sum(ui[j,k]*x[t,k], k) + sum(wi[j,q]*h[t-1,q], q) + vi[j]*c[t-1,j] + bi[j])
        g[t,j] = tanh(sum(ug[j,k]*x[t,k], k) + sum(wg[j,q]*h[t-1,q], q) + bg[j])
        c[t,j] = f[t,j]*c[t-1,j] + i[t,j]*g[t,j]
        o[t,j] = sigmoid(sum(uo[j,k]*x[t,k], k) + sum(wo[j,q]*h[t-1,q], q) + vo[j]*c[t,j] + bo[j])
        h[t,j] = o[t,j]*tanh(c[t,j])
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
    return (PEEPHOLES if given["peepholes"] else STEPS) + GIVES[str(given["gives"])]


ENTRY = Layer(
    name="lstm",
    title="long short-term memory",
    arguments=(size("width"), word("gives", "last", "all"), flag("peepholes")),
    takes=("steps x features",),
    equations=equations,
    weights=("uf", "wf", "ui", "wi", "ug", "wg", "uo", "wo"),
    source="Gers, Schmidhuber, Cummins, Learning to Forget (2000); the peepholes: Gers, Schmidhuber (2000)",
    examples=("seq(3x2)-lstm(2)-1", "seq(3x2)-lstm(2,gives=all)-1", "seq(3x2)-lstm(2,peepholes=true)-1"),
)
