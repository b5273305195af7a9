"""The hinge cost of support vector machines, one for each output: targets y[j] are +1 or -1."""

from derive.model.cost import Cost

ENTRY = Cost(
    name="hinge",
    title="the hinge cost",
    equations="""
        data a[j], y[j]
        C = sum(max(0, 1 - y[j]*a[j]), j)
    """,
    output="identity",
    conditions=("y[j] is +1 or -1",),
    ties="the slope is 0 on the margin, where y[j]*a[j] = 1",
    source="C. Cortes and V. Vapnik, Support-Vector Networks, 1995",
    aliases=("svm",),
)
