"""Ng: dZ = m dJ/dZ for dJ/dZ, examples as columns, layers in square brackets."""

from derive.notation import Notation

ENTRY = Notation(
    name="ng",
    title="Andrew Ng, Deep Learning Specialization",
    source="https://www.deeplearning.ai/courses/deep-learning-specialization/",
    input="a",
    weight="W",
    layer="[{}]",
    broadcast=True,
    gradient="d",
    cost="J",
    cost_one=r"\mathcal{L}",
    delta="",
    error_scale="m",
    hadamard="*",
    transpose_beside=True,
    log=r"\log",
    example="({})",
    example_index="i",
)
