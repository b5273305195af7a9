"""Convolution along one axis, such as time: each output sees a window of the steps of every channel.

    z[o,i] = sum over c,u of w[o,c,u]*x[c, i+u] + b[o]
"""

from derive.model.argument import size, whole
from derive.model.layer import Given, Layer

LINE = """
    data x[c: inputs, p: length]
"""
BORDERED = """
    data v[c: inputs, p: steps]
    size length = steps + 2*padding
    index h = length
    x[c,h] = 0
    x[c,p+padding] += v[c,p]
"""
WINDOWS = """
    parameter w[o: channels, c: inputs, u: kernel], b[o: channels]
    index i = floor((length - dilation*(kernel - 1) - 1)/stride) + 1
    z[o,i] = sum(w[o,c,u]*x[c, stride*i + dilation*u], c, u) + b[o]
"""


def equations(given: Given) -> str:
    return (LINE if given["padding"] == 0 else BORDERED) + WINDOWS


ENTRY = Layer(
    name="conv1d",
    title="convolution along one axis",
    arguments=(size("channels"), whole("kernel"), whole("stride", 1), whole("padding", 0, 0), whole("dilation", 1)),
    takes=("channels x length",),
    equations=equations,
    activated=True,
    bias="b",
    source="Goodfellow, Bengio, Courville, Deep Learning, eq. (9.3), without the flip",
    examples=("2x6-conv1d(2,3):relu-flatten-2", "1x7-conv1d(2,3,stride=2,padding=1)-flatten-2",
              "2x7-conv1d(1,2,dilation=3,bias=false)-flatten-2"),
)
