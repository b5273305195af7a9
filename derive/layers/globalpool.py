"""Global pooling: one number for each channel, the mean of its image or its greatest value.

    z[c] = mean over p,q of x[c,p,q]
"""

from derive.model.argument import word
from derive.model.layer import Given, Layer

COMES = {
    2: """
    data x[c: channels, p: length]
""",
    3: """
    data x[c: channels, p: height, q: width]
""",
}
TAKES = {
    ("mean", 2): """
    z[c] = sum(x[c,p], p)/length
""",
    ("mean", 3): """
    z[c] = sum(x[c,p,q], p, q)/(height*width)
""",
    ("max", 2): """
    z[c] = max(x[c,p], p)
""",
    ("max", 3): """
    z[c] = max(x[c,p,q], p, q)
""",
}


def equations(given: Given) -> str:
    return COMES[given.rank] + TAKES[str(given["takes"]), given.rank]


ENTRY = Layer(
    name="globalpool",
    title="global pooling",
    arguments=(word("takes", "mean", "max"),),
    takes=("channels x length", "channels x height x width"),
    equations=equations,
    source="Lin, Chen, Yan, Network In Network, arXiv 1312.4400, section 3.2",
    examples=("2x3x4-globalpool-2", "2x3x2-globalpool(max)-2", "2x3-globalpool-2", "2x3-globalpool(max)-2"),
)
