"""Max pooling: each output is the greatest value of a window; values that share it share its gradient equally.

    z[c,i,j] = max over u,v of x[c, i*stride + u, j*stride + v]
"""

from derive.model.argument import window
from derive.model.layer import Layer

ENTRY = Layer(
    name="maxpool",
    title="max pooling",
    arguments=(window("size"), window("stride", "size")),
    takes=("channels x height x width",),
    equations="""
        data x[c: channels, p: height, q: width]
        index u = size_1
        index v = size_2
        index i = floor((height - size_1)/stride_1) + 1
        index j = floor((width - size_2)/stride_2) + 1
        z[c,i,j] = max(x[c, stride_1*i + u, stride_2*j + v], u, v)
    """,
    source="Goodfellow, Bengio, Courville, Deep Learning, section 9.3",
    examples=("2x6x4-maxpool(2)-flatten-2", "1x5x5-maxpool(3x2,stride=1)-flatten-2"),
)
