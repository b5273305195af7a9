"""The sum of the absolute weights, times factor*lam."""

from derive.model.cost import Regularizer

ENTRY = Regularizer(
    name="l1",
    title="L1 regularization",
    equations="""
        constant factor = 1, lam
        R = factor*lam*sum(abs(w))
    """,
    ties="the slope is 0 where a weight is 0",
    source="Nielsen, Neural Networks and Deep Learning, eq. (95), with the factor lambda/m",
    aliases=("lasso",),
)
