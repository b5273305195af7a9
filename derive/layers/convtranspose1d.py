"""Transposed convolution along one axis: each input writes its window into the output, where windows overlap they add.

    z[o, stride*i + u] += sum over c of w[c,o,u]*x[c,i]
"""

from derive.model.argument import size, whole
from derive.model.groups import of_groups
from derive.model.layer import Given, Layer

LINE = """
    data x[c: inputs, i: length]
    size steps = stride*(length - 1) + dilation*(kernel - 1) + output_padding + 1
    index p = steps
"""
PLAIN = """
    parameter w[c: inputs, o: channels, u: kernel], b[o: channels]
"""
WHOLE = """
    z[o,p] = b[o]
    z[o, stride*i + dilation*u] += sum(w[c,o,u]*x[c,i], c)
"""
TRIMMED = """
    f[o,p] = b[o]
    f[o, stride*i + dilation*u] += sum(w[c,o,u]*x[c,i], c)
"""
DEPTHWISE = """
    parameter w[o: channels, c: 1, u: kernel], b[o: channels]
    f[o,p] = b[o]
    f[o, stride*i + dilation*u] += w[o,0,u]*x[o,i]
"""
GROUPED = """
    size into = inputs/groups, outof = channels/groups
    parameter w[c: inputs, e: outof, u: kernel], b[o: channels]
    index n = groups, k = into
    r[n,e,p] = 0
    r[n,e, stride*i + dilation*u] += sum(w[into*n + k,e,u]*x[into*n + k,i], k)
    f[outof*n + e,p] = r[n,e,p] + b[outof*n + e]
"""
CUT = """
    index h = steps - 2*padding
    z[o,h] = f[o, h + padding]
"""


def equations(given: Given) -> str:
    line = WHOLE if given["padding"] == 0 else TRIMMED + CUT
    return LINE + of_groups(given, PLAIN + line, DEPTHWISE + CUT, GROUPED + CUT)


ENTRY = Layer(
    name="convtranspose1d",
    title="transposed convolution along one axis",
    arguments=(size("channels"), whole("kernel"), whole("stride", 1), whole("padding", 0, 0),
               whole("output_padding", 0, 0), whole("dilation", 1), whole("groups", 1)),
    takes=("channels x length",),
    equations=equations,
    activated=True,
    biases=("b",),
    source="Dumoulin, Visin, A guide to convolution arithmetic for deep learning, arXiv 1603.07285, chapter 4",
    examples=("2x3-convtranspose1d(1,2,stride=2):relu-flatten-2",
              "1x3-convtranspose1d(2,3,padding=1,output_padding=1,dilation=2)-flatten-1",
              "2x3-convtranspose1d(4,2,groups=2)-flatten-1", "2x3-convtranspose1d(2,2,groups=2)-flatten-1"),
)
