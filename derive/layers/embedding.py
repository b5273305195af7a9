"""A vector for each word: a row of a table, picked out by a word in one-hot form (x[t,k] = 1 where step t is word k).

    z[t,j] = sum over k of w[k,j]*x[t,k]     is the row w[word, :], and dC/dw adds up what comes back to each word's row
"""

from derive.model.argument import size
from derive.model.layer import Layer

ENTRY = Layer(
    name="embedding",
    title="embedding",
    arguments=(size("width"),),
    over="time",
    equations="""
        data x[k: words]
        parameter w[k: words, j: width]
        z[j] = sum(w[k,j]*x[k], k)
    """,
    source="Bengio, Ducharme, Vincent, Jauvin, A neural probabilistic language model, 2003",
    examples=("seq(3x5)-embedding(2)-1",),
)
