"""Bishop: a and z change places, the bias is the weight of index 0, E is the error."""

from derive.notation import Notation

ENTRY = Notation(
    name="bishop",
    title="Christopher Bishop, Pattern Recognition and Machine Learning",
    source="https://www.microsoft.com/en-us/research/publication/pattern-recognition-machine-learning/",
    weighted="a",
    activation="z",
    target="t",
    weight_matrix="W",
    layer="({})",
    bias="w_0",
    cost="E",
    cost_one="E_n",
    example_index="n",
    examples="N",
)
