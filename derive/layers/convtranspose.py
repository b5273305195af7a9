"""Transposed convolution: each input writes its window into the output, where windows overlap they add.

    z[o, stride*i + u, stride*j + v] += sum over c of w[c,o,u,v]*x[c,i,j]
"""

from derive.model.argument import size, whole, window
from derive.model.groups import of_groups
from derive.model.layer import Given, Layer

IMAGE = """
    data x[c: inputs, i: height, j: width]
    size rows = stride_1*(height - 1) + dilation_1*(kernel_1 - 1) + output_padding_1 + 1
    size columns = stride_2*(width - 1) + dilation_2*(kernel_2 - 1) + output_padding_2 + 1
    index p = rows, q = columns
"""
PLANE = """
    parameter w[c: inputs, o: channels, u: kernel_1, v: kernel_2], b[o: channels]
"""
WHOLE = """
    z[o,p,q] = b[o]
    z[o, stride_1*i + dilation_1*u, stride_2*j + dilation_2*v] += sum(w[c,o,u,v]*x[c,i,j], c)
"""
TRIMMED = """
    f[o,p,q] = b[o]
    f[o, stride_1*i + dilation_1*u, stride_2*j + dilation_2*v] += sum(w[c,o,u,v]*x[c,i,j], c)
"""
DEPTHWISE = """
    parameter w[o: channels, c: 1, u: kernel_1, v: kernel_2], b[o: channels]
    f[o,p,q] = b[o]
    f[o, stride_1*i + dilation_1*u, stride_2*j + dilation_2*v] += w[o,0,u,v]*x[o,i,j]
"""
GROUPED = """
    size into = inputs/groups, outof = channels/groups
    parameter w[c: inputs, e: outof, u: kernel_1, v: kernel_2], b[o: channels]
    index n = groups, k = into
    r[n,e,p,q] = 0
    r[n,e, stride_1*i + dilation_1*u, stride_2*j + dilation_2*v] += sum(w[into*n + k,e,u,v]*x[into*n + k,i,j], k)
    f[outof*n + e,p,q] = r[n,e,p,q] + b[outof*n + e]
"""
CUT = """
    index h = rows - 2*padding_1, g = columns - 2*padding_2
    z[o,h,g] = f[o, h + padding_1, g + padding_2]
"""


def equations(given: Given) -> str:
    plane = TRIMMED + CUT if any(given.along("padding")) else WHOLE
    return IMAGE + of_groups(given, PLANE + plane, DEPTHWISE + CUT, GROUPED + CUT)


ENTRY = Layer(
    name="convtranspose",
    title="transposed convolution",
    arguments=(size("channels"), window("kernel"), window("stride", 1), window("padding", 0, 0),
               window("output_padding", 0, 0), window("dilation", 1), whole("groups", 1)),
    takes=("channels x height x width",),
    equations=equations,
    activated=True,
    biases=("b",),
    aliases=("convtranspose2d",),
    source="Dumoulin, Visin, A guide to convolution arithmetic for deep learning, arXiv 1603.07285, chapter 4",
    examples=("2x2x3-convtranspose(1,2,bias=false)-flatten-2", "1x2x2-convtranspose(2,3x2,stride=2):relu-flatten-2",
              "2x3x2-convtranspose(1,3,stride=2,padding=1):tanh-rmsnorm-flatten-2",
              "1x2x2-convtranspose(1,2,stride=2,padding=1,output_padding=1,dilation=2)-flatten-1",
              "2x2x2-convtranspose(4,2,groups=2)-flatten-1", "2x2x2-convtranspose(2,2,groups=2)-flatten-1"),
)
