"""The sum of the squared weights (weight decay), times factor*lam."""

from derive.model.cost import Regularizer

ENTRY = Regularizer(
    name="l2",
    title="L2 regularization",
    equations="""
        constant factor = 1/2, lam
        R = factor*lam*sum(w^2)
    """,
    source="Nielsen, Neural Networks and Deep Learning, eq. (87), and Ng, Machine Learning: with the factor lambda/2m",
    aliases=("weight_decay", "ridge"),
)
