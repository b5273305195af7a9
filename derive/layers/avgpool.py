"""Average pooling: each output is the mean of a window; where there is a border, its zeros count.

    z[c,i,j] = mean over u,v of x[c, i*stride + u, j*stride + v]
"""

from derive.layers.maxpool import BY_RANK, WINDOWS
from derive.model.argument import window
from derive.model.layer import Given, Layer

BORDERED = {
    2: """
        data r[c: channels, p: steps]
        size length = steps + 2*padding_1
        index h = length
        x[c,h] = 0
        x[c,p+padding_1] += r[c,p]
""",
    3: """
        data r[c: channels, p: rows, q: columns]
        size height = rows + 2*padding_1, width = columns + 2*padding_2
        index h = height, g = width
        x[c,h,g] = 0
        x[c,p+padding_1,q+padding_2] += r[c,p,q]
""",
}
MEAN = {
    2: """
        z[c,i] = sum(x[c, stride_1*i + u], u)/size_1
""",
    3: """
        z[c,i,j] = sum(x[c, stride_1*i + u, stride_2*j + v], u, v)/(size_1*size_2)
""",
}


def equations(given: Given) -> str:
    image = (BORDERED if any(given.along("padding")) else BY_RANK)[given.rank]
    return image + WINDOWS[given.rank] + MEAN[given.rank]


ENTRY = Layer(
    name="avgpool",
    title="average pooling",
    arguments=(window("size"), window("stride", "size"), window("padding", 0, 0)),
    takes=("channels x length", "channels x height x width"),
    equations=equations,
    source="LeCun et al., Gradient-Based Learning Applied to Document Recognition (1998), section II B",
    examples=("2x6x4-avgpool(2)-flatten-2", "1x5x5-avgpool(3x2,stride=1)-flatten-2",
              "2x7-avgpool(3,stride=2)-flatten-2", "1x4x3-avgpool(3,stride=2,padding=1)-flatten-2"),
)
