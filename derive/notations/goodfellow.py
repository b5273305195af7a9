"""Goodfellow, Bengio and Courville: a is weighted, h is active, gradients with nabla."""

from derive.notation import Notation

ENTRY = Notation(
    name="goodfellow",
    title="Ian Goodfellow, Yoshua Bengio and Aaron Courville, Deep Learning",
    source="https://www.deeplearningbook.org/contents/mlp.html",
    weighted="a",
    activation="h",
    input="h",
    weight="W",
    output_activation=r"\hat{y}",
    layer="({})",
    gradient="nabla",
    cost="J",
    cost_one="J",
    delta="",
    transpose=r"\top",
    transpose_beside=True,
    log=r"\log",
    example="({})",
    example_index="i",
)
