"""The absolute error, averaged over the outputs."""

from derive.model.cost import Cost

ENTRY = Cost(
    name="mean_absolute_error",
    title="the mean absolute error",
    equations="""
        data a[j], y[j]
        C = 1/size(j)*sum(abs(a[j] - y[j]), j)
    """,
    ties="the slope is 0 where a[j] = y[j]",
    aliases=("mae", "l1_loss"),
)
