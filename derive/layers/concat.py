"""Values one after the other: features after features, channels after channels. z[k] = x1[k], z[n1 + k] = x2[k]"""

from derive.model.layer import Given, Layer

FIRST = {
    1: ("data x{n}[k: n{n}]", "z[{before}k] = x{n}[k]"),
    3: ("data x{n}[c: n{n}, p: height, q: width]", "z[{before}c, p, q] = x{n}[c, p, q]"),
}


def equations(given: Given) -> str:
    declared, written = FIRST[given.rank]
    numbers = range(1, len(given.inputs) + 1)
    before = {n: "".join(f"n{m} + " for m in range(1, n)) for n in numbers}
    return "\n".join([*(declared.format(n=n) for n in numbers),
                      *(written.format(n=n, before=before[n]) for n in numbers)])


ENTRY = Layer(
    name="concat",
    title="concatenation",
    takes=("features", "channels x height x width"),
    inputs=0,
    over="time",
    equations=equations,
    examples=("""
        [network]
        inputs = {x = 3, v = 2}
        layers = [{width = 4, name = "h", inputs = ["x"]}, {layer = "concat", inputs = ["h", "v", "x"]}, 2]
        """, """
        [network]
        layers = ["1x4x4", {layer = "conv(2,3):relu", name = "g"}, {layer = "concat", inputs = ["g", "g"]}, "flatten",
                  2]
        """, """
        [network]
        inputs = {x = "seq(3x2)"}
        layers = [{layer = "2:tanh", name = "h", inputs = ["x"]}, {layer = "concat", inputs = ["h", "x"]}, "rnn(2)", 1]
        """),
)
