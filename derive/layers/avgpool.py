"""Average pooling: each output is the mean of a window.

    z[c,i,j] = mean over u,v of x[c, i*stride + u, j*stride + v]
"""

from derive.model.argument import window
from derive.model.layer import Given, Layer

BY_RANK = {
    2: """
        data x[c: channels, p: length]
        index u = size_1
        index i = floor((length - size_1)/stride_1) + 1
        z[c,i] = sum(x[c, stride_1*i + u], u)/size_1
    """,
    3: """
        data x[c: channels, p: height, q: width]
        index u = size_1
        index v = size_2
        index i = floor((height - size_1)/stride_1) + 1
        index j = floor((width - size_2)/stride_2) + 1
        z[c,i,j] = sum(x[c, stride_1*i + u, stride_2*j + v], u, v)/(size_1*size_2)
    """,
}


def equations(given: Given) -> str:
    return BY_RANK[given.rank]


ENTRY = Layer(
    name="avgpool",
    title="average pooling",
    arguments=(window("size"), window("stride", "size")),
    takes=("channels x length", "channels x height x width"),
    equations=equations,
    source="LeCun et al., Gradient-Based Learning Applied to Document Recognition (1998), section II B",
    examples=("2x6x4-avgpool(2)-flatten-2", "1x5x5-avgpool(3x2,stride=1)-flatten-2",
              "2x7-avgpool(3,stride=2)-flatten-2"),
)
