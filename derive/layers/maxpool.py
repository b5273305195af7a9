"""Max pooling: each output is the greatest value of a window; values that share it share its gradient equally.

    z[c,i,j] = max over u,v of x[c, i*stride + u, j*stride + v]

Where there is a border, a billion below zero stands there: it is never the greatest.
"""

from derive.errors import DeriveError
from derive.model.argument import window
from derive.model.layer import Given, Layer

BY_RANK = {
    2: """
        data x[c: channels, p: length]
""",
    3: """
        data x[c: channels, p: height, q: width]
""",
}
BORDERED = {
    2: """
        data r[c: channels, p: steps]
        size length = steps + 2*padding_1
        index h = length
        f[h] = -1000000000
        f[p+padding_1] += 1000000000
        x[c,h] = f[h]
        x[c,p+padding_1] += r[c,p]
""",
    3: """
        data r[c: channels, p: rows, q: columns]
        size height = rows + 2*padding_1, width = columns + 2*padding_2
        index h = height, g = width
        f[h,g] = -1000000000
        f[p+padding_1,q+padding_2] += 1000000000
        x[c,h,g] = f[h,g]
        x[c,p+padding_1,q+padding_2] += r[c,p,q]
""",
}
WINDOWS = {
    2: """
        index u = size_1
        index i = floor((length - size_1)/stride_1) + 1
""",
    3: """
        index u = size_1
        index v = size_2
        index i = floor((height - size_1)/stride_1) + 1
        index j = floor((width - size_2)/stride_2) + 1
""",
}
GREATEST = {
    2: """
        z[c,i] = max(x[c, stride_1*i + u], u)
""",
    3: """
        z[c,i,j] = max(x[c, stride_1*i + u, stride_2*j + v], u, v)
""",
}


def equations(given: Given) -> str:
    size, padding = given.along("size"), given.along("padding")
    if any(2*border > wide for border, wide in zip(padding, size, strict=True)):
        raise DeriveError("padding is more than half of size, so that a window could lie in the border whole")
    return (BORDERED if any(padding) else BY_RANK)[given.rank] + WINDOWS[given.rank] + GREATEST[given.rank]


ENTRY = Layer(
    name="maxpool",
    title="max pooling",
    arguments=(window("size"), window("stride", "size"), window("padding", 0, 0)),
    takes=("channels x length", "channels x height x width"),
    equations=equations,
    source="Goodfellow, Bengio, Courville, Deep Learning, section 9.3",
    examples=("2x6x4-maxpool(2)-flatten-2", "1x5x5-maxpool(3x2,stride=1)-flatten-2",
              "2x7-maxpool(3,stride=2)-flatten-2", "1x4x3-maxpool(3,stride=2,padding=1)-flatten-2",
              "2x5-maxpool(2,padding=1)-flatten-2"),
)
