"""Where a step stands, added to what it is: sines and cosines of falling frequency, or values that are learnt.

    e[t,2*i] = sin((t - 1)/10000^(2*i/features)),    e[t,2*i+1] = cos(the same),    z = x + e
"""

from derive.model.argument import word
from derive.model.layer import Given, Layer

ADDED = {
    "fixed": """
    data x[t: 1..T, k: features]
    size half = features/2
    index i = half
    e[t,k] = 0
    e[t,2*i] += sin((t - 1)/10000^(2*i/features))
    e[t,2*i + 1] += cos((t - 1)/10000^(2*i/features))
    z[t,k] = x[t,k] + e[t,k]
""",
    "learned": """
    data x[t: 1..T, k: features]
    parameter w[t: 1..T, k: features]
    z[t,k] = x[t,k] + w[t,k]
""",
}


def equations(given: Given) -> str:
    return ADDED[str(given["kind"])]


ENTRY = Layer(
    name="position",
    title="positions",
    means={"e": "waves that tell the place", "w": "what each place adds"},
    arguments=(word("kind", *ADDED),),
    takes=("steps x features",),
    equations=equations,
    weights=("w",),
    source="Vaswani et al., Attention Is All You Need, arXiv 1706.03762, section 3.5",
    examples=("seq(3x4)-4:tanh-position-attention(2)-1", "seq(3x2)-position(learned)-2"),
)
