"""Dropout: a mask of zeros and ones, drawn anew for every example, takes values away; the kept ones grow by 1/keep.

    z[k] = mask[k]*x[k]/keep
"""

from derive.model.argument import number
from derive.model.layer import Layer

ENTRY = Layer(
    name="dropout",
    title="dropout",
    means={"mask": "1 where a value is kept, else 0", "keep": "share of the values that are kept"},
    arguments=(number("keep", "0.5", ("more than", "0"), ("at most", "1")),),
    over="any",
    equations="""
        constant keep
        data x[k: features], mask[k: features]
        z[k] = mask[k]*x[k]/keep
    """,
    weights=(),
    source="Srivastava et al., Dropout (2014), section 4, scaled while training",
    examples=("3-4-dropout-2", "seq(3x2)-dropout(0.8)-1"),
)
