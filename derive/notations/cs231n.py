"""CS231n: examples are rows, dX for every derivative, the number of a layer as a subscript."""

from derive.notation import Notation

ENTRY = Notation(
    name="cs231n",
    title="Stanford CS231n, Deep Learning for Computer Vision",
    source="https://cs231n.github.io/neural-networks-case-study/",
    activation="h",
    weight="W",
    product="XW+b",
    layer="",
    last_layer="D",
    weight_order="from-to",
    broadcast=True,
    gradient="d",
    cost="L",
    cost_one="L",
    delta="",
    hadamard=r"\circ",
    log=r"\log",
    samples="rows",
    example_index="i",
    examples="N",
)
