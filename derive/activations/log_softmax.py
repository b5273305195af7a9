"""Logarithms of probabilities: log_softmax(z)_j = z_j - log(sum_k exp(z_k))."""

from derive.functions.record import VectorFunction

ENTRY = VectorFunction(
    name="log_softmax",
    latex=r"\operatorname{logsoftmax}",
    equations="""
        data z[j]
        e[j] = exp(z[j])
        s = sum(e[j], j)
        a[j] = z[j] - log(s)
        fact e[j] = s*exp(a[j])
    """,
    numpy="""
        shifted = z - z.max(axis=-1, keepdims=True)  # the shift cancels; no exponent is above 0
        return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    """,
    aliases=("logsoftmax",),
    source="Goodfellow, Bengio and Courville, Deep Learning, eq. (6.30)",
)
