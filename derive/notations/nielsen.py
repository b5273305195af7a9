"""Nielsen: bare superscripts, delta = dC/dz, the four equations BP1 to BP4."""

from derive.notation import Notation

ENTRY = Notation(
    name="nielsen",
    title="Michael Nielsen, Neural Networks and Deep Learning",
    source="http://neuralnetworksanddeeplearning.com/chap2.html",
    tags=(("output", "BP1"), ("hidden", "BP2"), ("bias", "BP3"), ("weight", "BP4")),
)
