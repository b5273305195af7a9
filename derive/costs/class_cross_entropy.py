"""Cross-entropy where the target is the number of the right class, as PyTorch's CrossEntropyLoss takes it."""

from derive.model.cost import Cost

ENTRY = Cost(
    name="class_cross_entropy",
    title="the cross-entropy of class numbers",
    equations="""
        data a[j: n], y in n
        index c = n
        y_hot[c] = equal(c, y)
        C = -sum(y_hot[j]*log(a[j]), j)
        fact sum(y_hot[j], j) = 1
    """,
    output="softmax",
    conditions=("y is the number of a class", "a[j] > 0"),
    source="cross_entropy, with the one-hot vector made of the number",
    aliases=("sparse_cross_entropy", "sparse_categorical_cross_entropy"),
)
