"""Binary cross-entropy from logits: a[j] is the score whose sigmoid is the probability."""

from derive.model.cost import Cost

ENTRY = Cost(
    name="binary_cross_entropy_logits",
    title="the binary cross-entropy from logits",
    equations="""
        data a[j], y[j]
        C = sum(softplus(a[j]) - y[j]*a[j], j)
    """,
    output="identity",
    conditions=("0 <= y[j] <= 1",),
    source="binary_cross_entropy, with log(sigmoid(z)) = z - softplus(z) and log(1 - sigmoid(z)) = -softplus(z)",
    aliases=("bce_logits", "bce_with_logits"),
)
