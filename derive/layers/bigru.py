"""A gated recurrent unit in both directions: one state comes from the past, one from the future.

    z[t] holds h[t] of a GRU that begins at the first step, then that of another one that begins at the last
"""

from derive.layers.gru import ENTRY as GRU

ENTRY = GRU.in_both_directions(
    "bigru", "bidirectional GRU",
    "Bahdanau, Cho, Bengio, Neural Machine Translation by Jointly Learning to Align and Translate, arXiv 1409.0473",
    "seq(3x2)-bigru(2,gives=all)-1")
