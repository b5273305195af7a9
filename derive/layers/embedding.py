"""A vector for each word: a row of a table, picked out by the word's number, or by a word in one-hot form.

    z[t,j] = w[x[t],j]                       dC/dw[k,j] adds up what comes back to row k: a sum over the t with x[t] = k
    z[t,j] = sum over k of w[k,j]*x[t,k]     the same row where x[t,k] = 1 at k = word t, and 0 elsewhere
"""

from derive.model.argument import size
from derive.model.layer import Given, Layer

TABLE = """
    parameter w[k: words, j: width]
"""
BY_NUMBER = """
    data x in words
"""
ONE_HOT = """
    data x[k: words]
"""


def equations(given: Given) -> str:
    if given.whole:
        return BY_NUMBER + TABLE + "    z[j] = w[x,j]\n"
    return ONE_HOT + TABLE + "    z[j] = sum(w[k,j]*x[k], k)\n"


ENTRY = Layer(
    name="embedding",
    title="a row for each word",
    means={"w": "table, a row for each word"},
    arguments=(size("width"),),
    takes=("words",),
    over="time",
    equations=equations,
    source="Bengio, Ducharme, Vincent, Jauvin, A neural probabilistic language model, 2003",
    examples=("words(3 of 5)-embedding(2)-1", "words(4 of 6)-embedding(2)-position-lstm(2)-1",
              "words(5)-embedding(3)-1", "seq(3x5)-embedding(2)-1"),
)
