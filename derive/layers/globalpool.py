"""Global pooling: one number for each channel, the mean of its image or its greatest value.

    z[c] = mean over p,q of x[c,p,q]
"""

from derive.model.argument import word
from derive.model.layer import Given, Layer

IMAGE = """
    data x[c: channels, p: height, q: width]
"""
TAKES = {
    "mean": """
    z[c] = sum(x[c,p,q], p, q)/(height*width)
""",
    "max": """
    z[c] = max(x[c,p,q], p, q)
""",
}


def equations(given: Given) -> str:
    return IMAGE + TAKES[str(given["takes"])]


ENTRY = Layer(
    name="globalpool",
    title="global pooling",
    arguments=(word("takes", "mean", "max"),),
    takes=("channels x height x width",),
    equations=equations,
    source="Lin, Chen, Yan, Network In Network, arXiv 1312.4400, section 3.2",
    examples=("2x3x4-globalpool-2", "2x3x2-globalpool(max)-2"),
)
