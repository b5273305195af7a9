"""Cross-entropy from logits: a[j] are the scores whose softmax are the probabilities p[j]."""

from derive.model.cost import Cost

ENTRY = Cost(
    name="cross_entropy_logits",
    title="the cross-entropy from logits",
    equations="""
        data a[j], y[j]
        e[j] = exp(a[j])
        s = sum(e[j], j)
        p[j] = e[j]/s
        C = -sum(y[j]*log(p[j]), j)
        fact e[j] = s*p[j]
        fact sum(y[j], j) = 1
    """,
    output="identity",
    conditions=("sum_j y[j] = 1 (a one-hot vector, or probabilities)",),
    source="cross_entropy behind softmax, as equations of its own",
    aliases=("softmax_cross_entropy", "categorical_cross_entropy_logits"),
)
