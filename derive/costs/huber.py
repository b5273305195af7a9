"""Quadratic for errors up to delta, linear beyond."""

from derive.model.cost import Cost

ENTRY = Cost(
    name="huber",
    title="the Huber cost",
    equations="""
        data a[j], y[j]
        constant delta = 1
        r[j] = a[j] - y[j]
        C = sum(choose(delta - abs(r[j]), 1/2*r[j]^2, delta*(abs(r[j]) - 1/2*delta)), j)
    """,
    conditions=("delta > 0",),
    ties="none: both branches have slope delta where the error is delta",
    source="P. Huber, Robust Estimation of a Location Parameter, 1964",
    aliases=("huber_loss",),
)
