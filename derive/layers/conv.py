"""Convolution, as networks mean it (the kernel is not flipped): each output sees a window of the input.

    z[o,i,j] = sum over c,u,v of w[o,c,u,v]*x[c, i+u, j+v] + b[o]
    z[o,i,j] = sum over u,v of w[o,0,u,v]*x[o, i+u, j+v] + b[o]         depthwise: as many groups as channels
"""

from derive.model.argument import size, whole, window
from derive.model.groups import of_groups
from derive.model.layer import Given, Layer

IMAGE = """
    data x[c: inputs, p: height, q: width]
"""
BORDERED = """
    data v[c: inputs, p: rows, q: columns]
    size height = rows + 2*padding_1, width = columns + 2*padding_2
    index h = height, g = width
    x[c,h,g] = 0
    x[c,p+padding_1,q+padding_2] += v[c,p,q]
"""
PLANE = """
    parameter w[o: channels, c: inputs, u: kernel_1, v: kernel_2], b[o: channels]
    index i = floor((height - dilation_1*(kernel_1 - 1) - 1)/stride_1) + 1
    index j = floor((width - dilation_2*(kernel_2 - 1) - 1)/stride_2) + 1
    z[o,i,j] = sum(w[o,c,u,v]*x[c, stride_1*i + dilation_1*u, stride_2*j + dilation_2*v], c, u, v) + b[o]
"""
DEPTHWISE = """
    parameter w[o: channels, c: 1, u: kernel_1, v: kernel_2], b[o: channels]
    index i = floor((height - dilation_1*(kernel_1 - 1) - 1)/stride_1) + 1
    index j = floor((width - dilation_2*(kernel_2 - 1) - 1)/stride_2) + 1
    z[o,i,j] = sum(w[o,0,u,v]*x[o, stride_1*i + dilation_1*u, stride_2*j + dilation_2*v], u, v) + b[o]
"""
GROUPED = """
    size into = inputs/groups, outof = channels/groups
    parameter w[o: channels, c: into, u: kernel_1, v: kernel_2], b[o: channels]
    index n = groups, e = outof
    index i = floor((height - dilation_1*(kernel_1 - 1) - 1)/stride_1) + 1
    index j = floor((width - dilation_2*(kernel_2 - 1) - 1)/stride_2) + 1
    f[n,e,i,j] = sum(w[outof*n + e,c,u,v]*x[into*n + c, stride_1*i + dilation_1*u, stride_2*j + dilation_2*v], c, u, v)
    r[outof*n + e,i,j] = f[n,e,i,j]
    z[o,i,j] = r[o,i,j] + b[o]
"""


def equations(given: Given) -> str:
    image = BORDERED if any(given.along("padding")) else IMAGE
    return image + of_groups(given, PLANE, DEPTHWISE, GROUPED)


ENTRY = Layer(
    name="conv",
    title="convolution",
    arguments=(size("channels"), window("kernel"), window("stride", 1), window("padding", 0, 0), window("dilation", 1),
               whole("groups", 1)),
    takes=("channels x height x width",),
    equations=equations,
    activated=True,
    biases=("b",),
    aliases=("conv2d",),
    source="Goodfellow, Bengio, Courville, Deep Learning, eq. (9.7)",
    examples=("2x6x5-conv(2,3x2):relu-flatten-2", "1x7x7-conv(2,3,stride=2)-flatten-2",
              "2x4x4-conv(3,3,padding=1)-flatten-2", "1x5x4-conv(1,3x2,stride=2,padding=2x1)-flatten-2",
              "1x7x6-conv(2,2,dilation=2x3,bias=false):tanh-flatten-2", "4x3x3-conv(6,2,groups=2)-flatten-2",
              "2x4x3-conv(4,2,padding=1,groups=2)-flatten-1", "3x3x3-conv(3,2,groups=3)-flatten-2",
              "2x3x3-conv(4,2,groups=2)-flatten-1", "2x3x4-conv(2,3,padding=1,groups=2):tanh-conv(3,1)-flatten-1"),
)
