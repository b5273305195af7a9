"""Cross-entropy from logits where the target is the number of the right class: PyTorch's CrossEntropyLoss."""

from derive.model.cost import Cost

ENTRY = Cost(
    name="class_cross_entropy_logits",
    title="the cross-entropy of class numbers from logits",
    equations="""
        data a[j: n], y in n
        index c = n
        y_hot[c] = equal(c, y)
        e[j] = exp(a[j])
        s = sum(e[j], j)
        p[j] = e[j]/s
        C = -sum(y_hot[j]*log(p[j]), j)
        fact e[j] = s*p[j]
        fact sum(y_hot[j], j) = 1
    """,
    output="identity",
    conditions=("y is the number of a class",),
    source="cross_entropy_logits, with the one-hot vector made of the number",
    aliases=("sparse_cross_entropy_logits", "sparse_categorical_cross_entropy_logits"),
)
