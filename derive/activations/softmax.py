"""Probabilities from scores: softmax(z)_j = exp(z_j) / sum_k exp(z_k)."""

from derive.functions.record import VectorFunction

ENTRY = VectorFunction(
    name="softmax",
    latex=r"\operatorname{softmax}",
    equations="""
        data z[j]
        e[j] = exp(z[j])
        s = sum(e[j], j)
        a[j] = e[j]/s
        fact e[j] = s*a[j]
    """,
    numpy="""
        e = np.exp(z - z.max(axis=-1, keepdims=True))  # the shift cancels; no exponent is above 0
        return e / e.sum(axis=-1, keepdims=True)
    """,
    source="Nielsen, Neural Networks and Deep Learning, eq. (78)",
)
