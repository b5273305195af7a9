"""All values in one row, the last axis the fastest: z[(c*height + p)*width + q] = x[c,p,q]."""

from derive.model.layer import Given, Layer

BY_RANK = {
    1: """
        data x[k: n]
        z[k] = x[k]
    """,
    2: """
        data x[p: height, q: width]
        z[width*p + q] = x[p,q]
    """,
    3: """
        data x[c: channels, p: height, q: width]
        z[height*width*c + width*p + q] = x[c,p,q]
    """,
    4: """
        data x[c: channels, p: depth, q: height, r: width]
        z[depth*height*width*c + height*width*p + width*q + r] = x[c,p,q,r]
    """,
}


def equations(given: Given) -> str:
    return BY_RANK[given.rank]


ENTRY = Layer(
    name="flatten",
    takes=("values", "height x width", "channels x height x width", "channels x depth x height x width"),
    equations=equations,
    examples=("3-flatten-2", "2x3-flatten-2", "2x3x2-flatten-2", "2x3x2x2-flatten-2"),
)
