"""The squared distance between output and target, times a factor of choice: 1 or 1/2."""

from derive.model.cost import Cost

ENTRY = Cost(
    name="quadratic",
    title="the quadratic cost",
    equations="""
        data a[j], y[j]
        constant factor = 1/2
        C = factor*sum((a[j] - y[j])^2, j)
    """,
    source="Nielsen, Neural Networks and Deep Learning, eq. (27), with 1/2; 3Blue1Brown writes it with 1",
    aliases=("squared_error", "sum_of_squares", "sse"),
)
