"""What recurrent layers say alike: where the state h begins, and which of its values the layer gives.

    h[0,j] = 0   or   h[0,j] = e[j]        z[j] = h[T,j]   or   z[t,j] = h[t,j]
"""

from derive.model.argument import whole

START = {
    "zero": """
    h[0,j] = 0
""",
    "given": """
    data e[j: width]
    h[0,j] = e[j]
""",
}
"""With `given` the first state is data, handed on from the steps before."""
TRUNCATE = whole("truncate", 0, 0)
"""How many steps a window of truncated backpropagation has; 0: all steps are one window (derive/model/windows.py)."""
GIVES = {
    "last": """
    z[j] = h[T,j]
""",
    "all": """
    z[t,j] = h[t,j]
""",
}
