"""The squared error, averaged over the outputs."""

from derive.model.cost import Cost

ENTRY = Cost(
    name="mean_squared_error",
    title="the mean squared error",
    equations="""
        data a[j], y[j]
        C = 1/size(j)*sum((a[j] - y[j])^2, j)
    """,
    source="Goodfellow, Bengio and Courville, Deep Learning, eq. (5.4)",
    aliases=("mse",),
)
