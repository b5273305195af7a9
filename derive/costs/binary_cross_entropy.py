"""Cross-entropy of outputs that are one probability each."""

from derive.model.cost import Cost

ENTRY = Cost(
    name="binary_cross_entropy",
    title="the binary cross-entropy",
    equations="""
        data a[j], y[j]
        C = -sum(y[j]*log(a[j]) + (1 - y[j])*log(1 - a[j]), j)
    """,
    output="sigmoid",
    conditions=("0 <= y[j] <= 1", "0 < a[j] < 1"),
    source="Nielsen, Neural Networks and Deep Learning, eq. (63)",
    aliases=("bce", "logistic_loss", "log_loss"),
)
