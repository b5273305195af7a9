"""Cross-entropy of outputs that are the probabilities of exclusive classes."""

from derive.model.cost import Cost

ENTRY = Cost(
    name="cross_entropy",
    title="the cross-entropy",
    equations="""
        data a[j], y[j]
        C = -sum(y[j]*log(a[j]), j)
        fact sum(y[j], j) = 1
    """,
    output="softmax",
    conditions=("sum_j y[j] = 1 (a one-hot vector, or probabilities)", "a[j] > 0"),
    source="Nielsen, Neural Networks and Deep Learning, eq. (80): the log-likelihood cost",
    aliases=("categorical_cross_entropy", "log_likelihood", "negative_log_likelihood", "nll"),
)
