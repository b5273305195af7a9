"""Values added up: what a residual connection ends in. z[k] = x1[k] + x2[k]"""

from derive.model.layer import Given, Layer

EQUATIONS = """
    data {data}
    z[k] = {total}
"""


def equations(given: Given) -> str:
    names = [f"x{number}" for number in range(1, len(given.inputs) + 1)]
    return EQUATIONS.format(data=", ".join(f"{name}[k: features]" for name in names),
                            total=" + ".join(f"{name}[k]" for name in names))


ENTRY = Layer(
    name="add",
    title="sum",
    inputs=0,
    over="any",
    equations=equations,
    source="He, Zhang, Ren, Sun, Deep residual learning for image recognition, 2015",
    examples=("""
        [network]
        layers = [3, {width = 4, name = "h"}, {width = 4, name = "g"}, {layer = "add", inputs = ["h", "g"]}, 2]
        """, """
        [network]
        inputs = {x = "seq(3x2)", v = "seq(3x2)"}
        layers = [{layer = "add:tanh", inputs = ["x", "v", "x"]}, 2]
        """),
)
