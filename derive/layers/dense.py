"""Every neuron reads every value: z[j] = sum_k w[j,k]*x[k] + b[j]."""

from derive.model.argument import size
from derive.model.layer import Layer

ENTRY = Layer(
    name="dense",
    arguments=(size("width"),),
    equations="""
        data x[k: inputs]
        parameter w[j: width, k: inputs], b[j: width]
        z[j] = sum(w[j,k]*x[k], k) + b[j]
    """,
    over="time",
    activated=True,
    biases=("b",),
    source="Nielsen, Neural Networks and Deep Learning, eq. (23)",
    examples=("3-2", "seq(3x4)-2"),
)
