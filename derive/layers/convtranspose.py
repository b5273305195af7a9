"""Transposed convolution: each input writes its window into the output, where windows overlap they add.

    z[o, stride*i + u, stride*j + v] += sum over c of w[c,o,u,v]*x[c,i,j]
"""

from derive.model.argument import size, window
from derive.model.layer import Given, Layer

WINDOWS = """
    data x[c: inputs, i: height, j: width]
    size rows = stride_1*(height - 1) + kernel_1, columns = stride_2*(width - 1) + kernel_2
    parameter w[c: inputs, o: channels, u: kernel_1, v: kernel_2], b[o: channels]
    index p = rows, q = columns
"""
WHOLE = """
    z[o,p,q] = b[o]
    z[o, stride_1*i + u, stride_2*j + v] += sum(w[c,o,u,v]*x[c,i,j], c)
"""
TRIMMED = """
    index h = rows - 2*padding_1, g = columns - 2*padding_2
    f[o,p,q] = b[o]
    f[o, stride_1*i + u, stride_2*j + v] += sum(w[c,o,u,v]*x[c,i,j], c)
    z[o,h,g] = f[o, h + padding_1, g + padding_2]
"""


def equations(given: Given) -> str:
    return WINDOWS + (WHOLE if given["padding"] == 0 else TRIMMED)


ENTRY = Layer(
    name="convtranspose",
    title="transposed convolution",
    arguments=(size("channels"), window("kernel"), window("stride", 1), window("padding", 0, 0)),
    takes=("channels x height x width",),
    equations=equations,
    activated=True,
    bias="b",
    source="Dumoulin, Visin, A guide to convolution arithmetic for deep learning, arXiv 1603.07285, chapter 4",
    examples=("2x2x3-convtranspose(1,2,bias=false)-flatten-2", "1x2x2-convtranspose(2,3x2,stride=2):relu-flatten-2",
              "2x3x2-convtranspose(1,3,stride=2,padding=1):tanh-flatten-2"),
)
