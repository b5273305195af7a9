"""Long short-term memory in both directions: one state comes from the past, one from the future.

    z[t] holds h[t] of an LSTM that begins at the first step, then that of another one that begins at the last
"""

from derive.layers.lstm import ENTRY as LSTM

ENTRY = LSTM.in_both_directions(
    "bilstm", "bidirectional LSTM",
    "Graves, Schmidhuber, Framewise Phoneme Classification with Bidirectional LSTM (2005)",
    "seq(3x2)-bilstm(2)-1")
