"""NumPy: one self-contained module with init, predict, cost and cost_and_gradients.

In: an explanation of a derivation over the samples. Out: the text of a module that imports only numpy.
"""

from __future__ import annotations

from derive import __version__
from derive.codegen.module import Builder
from derive.explain import Explanation
from derive.targets import Target
from derive.templates import environment

DTYPES = ("float64", "float32")


def emit(explanation: Explanation, dtype: str = "float64") -> str:
    """The module; `dtype` is what its init draws unless told otherwise."""
    builder = Builder(explanation)
    module = builder.module()
    text = environment().get_template("numpy.py.jinja").render(
        module=module, dtype=dtype, version=__version__, assumptions=explanation.forward.assumptions,
        roles=builder.roles, parameters=explanation.forward.of_role("parameter"), shape=shape_words)
    return text


def shape_words(tensor: object) -> str:
    """(m, 3) as a docstring says it."""
    sizes = [str(axis.size) for axis in tensor.axes]  # type: ignore[attr-defined]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})" if sizes else "a number"


ENTRY = Target("numpy", ".py", emit)
