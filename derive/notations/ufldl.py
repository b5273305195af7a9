"""UFLDL: the input is layer 1, and a weight has the number of the layer that it leaves."""

from derive.notation import Notation

ENTRY = Notation(
    name="ufldl",
    title="Stanford UFLDL Tutorial",
    source="http://ufldl.stanford.edu/tutorial/supervised/MultiLayerNeuralNetworks/",
    input="a",
    weight="W",
    layer="({})",
    first_layer=1,
    last_layer="n_l",
    widths="s",
    numbered_by="source",
    gradient="nabla",
    cost="J",
    cost_one="J",
    hadamard=r"\bullet",
    log=r"\log",
    example_index="i",
)
