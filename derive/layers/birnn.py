"""A recurrent layer in both directions: one state comes from the past, one from the future.

    h[t] = tanh(... + h[t-1]),    h_back[t] = tanh(... + h_back[t+1]),    z[t] holds h[t], then h_back[t]

With gives=last z holds the two that have seen all of it: h[T] and h_back[1].
"""

from derive.layers.rnn import ENTRY as RNN

ENTRY = RNN.in_both_directions(
    "birnn", "bidirectional recurrent layer",
    "Schuster, Paliwal, Bidirectional Recurrent Neural Networks (1997)",
    "seq(3x2)-birnn(2)-1", "seq(3x2)-birnn(2,gives=all)-1")
