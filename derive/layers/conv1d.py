"""Convolution along one axis, such as time: each output sees a window of the steps of every channel.

    z[o,i] = sum over c,u of w[o,c,u]*x[c, i+u] + b[o]
    z[o,i] = sum over u of w[o,0,u]*x[o, i+u] + b[o]         depthwise: as many groups as channels
"""

from derive.model.argument import size, whole
from derive.model.groups import of_groups
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


DEPTHWISE = """
    parameter w[o: channels, c: 1, u: kernel], b[o: channels]
    index i = floor((length - dilation*(kernel - 1) - 1)/stride) + 1
    z[o,i] = sum(w[o,0,u]*x[o, stride*i + dilation*u], u) + b[o]
"""
GROUPED = """
    size into = inputs/groups, outof = channels/groups
    parameter w[o: channels, c: into, u: kernel], b[o: channels]
    index n = groups, e = outof
    index i = floor((length - dilation*(kernel - 1) - 1)/stride) + 1
    f[n,e,i] = sum(w[outof*n + e,c,u]*x[into*n + c, stride*i + dilation*u], c, u)
    r[outof*n + e,i] = f[n,e,i]
    z[o,i] = r[o,i] + b[o]
"""


def equations(given: Given) -> str:
    line = LINE if given["padding"] == 0 else BORDERED
    return line + of_groups(given, WINDOWS, DEPTHWISE, GROUPED)


ENTRY = Layer(
    name="conv1d",
    title="convolution along one axis",
    arguments=(size("channels"), whole("kernel"), whole("stride", 1), whole("padding", 0, 0), whole("dilation", 1),
               whole("groups", 1)),
    takes=("channels x length",),
    equations=equations,
    activated=True,
    biases=("b",),
    source="Goodfellow, Bengio, Courville, Deep Learning, eq. (9.3), without the flip",
    examples=("2x6-conv1d(2,3):relu-flatten-2", "1x7-conv1d(2,3,stride=2,padding=1)-flatten-2",
              "2x7-conv1d(1,2,dilation=3,bias=false)-flatten-2", "4x5-conv1d(6,2,groups=2)-flatten-2",
              "3x4-conv1d(3,2,padding=1,groups=3)-flatten-1"),
)
