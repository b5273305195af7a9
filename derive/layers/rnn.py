"""A recurrent layer: the state after each step depends on the state before it and on what comes in.

    h[t,j] = tanh(sum over k of u[j,k]*x[t,k] + sum over q of w[j,q]*h[t-1,q] + b[j])

With truncate=K the steps are taken in windows of K: a gradient goes back to the beginning of its window and no further
(truncated backpropagation through time). With start=given the first state is data, the last state of the steps before:
the same where the windows of a long sequence come one by one.
"""

from derive.model.argument import size, word
from derive.model.layer import Given, Layer
from derive.model.recurrent import GIVES, START, TRUNCATE

FEATURES = """
    data x[t: 1..T, k: features]
    parameter u[j: width, k: features], w[j: width, q: width], b[j: width]
    time t = 1..T
"""
STEPS = """
    for t:
        v[t,j] = sum(u[j,k]*x[t,k], k) + sum(w[j,q]*h[t-1,q], q) + b[j]
        h[t,j] = tanh(v[t,j])
"""


def equations(given: Given) -> str:
    return FEATURES + START[str(given["start"])] + STEPS + GIVES[str(given["gives"])]


ENTRY = Layer(
    name="rnn",
    title="recurrent layer",
    means={"u": "weights of the input", "w": "weights of the state", "h": "state", "v": "weighted input"},
    arguments=(size("width"), word("gives", "last", "all"), word("start", "zero", "given"), TRUNCATE),
    takes=("steps x features",),
    equations=equations,
    windows="truncate",
    weights=("u", "w"),
    biases=("b",),
    source="Goodfellow, Bengio, Courville, Deep Learning, eqs. (10.8) and (10.9)",
    examples=("seq(3x2)-rnn(2)-1", "seq(4x2)-rnn(3,gives=all)-2", "seq(3x2)-rnn(2,gives=all)-rnn(2)-1",
              "seq(3x2)-rnn(2,start=given)-1", "seq(5x2)-rnn(2,truncate=2)-1"),
)
