"""The same values in another shape, the last axis the fastest: what flatten undoes, as where a decoder makes an image.

    z[c,p,q] = x[height*width*c + width*p + q]
"""

from derive.model.argument import shape
from derive.model.layer import Given, Layer

ALL = {1: "shape_1", 2: "shape_1*shape_2", 3: "shape_1*shape_2*shape_3"}
ROW = {
    1: """
    data v[k: total]
""",
    2: """
    data x[h: rows, g: total/rows]
    size columns = total/rows
    v[columns*h + g] = x[h,g]
""",
    3: """
    data x[o: channels, h: rows, g: total/(channels*rows)]
    size columns = total/(channels*rows)
    v[rows*columns*o + columns*h + g] = x[o,h,g]
""",
}
SHAPED = {
    1: """
    index c = shape_1
    z[c] = v[c]
""",
    2: """
    index c = shape_1, p = shape_2
    z[c,p] = v[shape_2*c + p]
""",
    3: """
    index c = shape_1, p = shape_2, q = shape_3
    z[c,p,q] = v[shape_2*shape_3*c + shape_3*p + q]
""",
}


def equations(given: Given) -> str:
    wanted = given["shape"]
    axes = len(wanted) if isinstance(wanted, tuple) else 1
    return f"    size total = {ALL[axes]}\n" + ROW[given.rank] + SHAPED[axes]


ENTRY = Layer(
    name="reshape",
    arguments=(shape("shape"),),
    takes=("values", "height x width", "channels x height x width"),
    equations=equations,
    examples=("3-8:tanh-reshape(2x2x2)-conv(1,2)-flatten-1", "2x3x2-reshape(4x3)-flatten-2", "2x3-reshape(6)-2"),
)
