"""NumPy: one self-contained module with init, predict, cost and cost_and_gradients.

In: an explanation of a derivation over the samples. Out: the text of a module that imports only numpy.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from types import MappingProxyType

from derive import __version__
from derive.calculus.explain import Explanation
from derive.codegen.lines import WIDTH, folded_line
from derive.codegen.module import Builder
from derive.errors import DeriveError, clip, nearest
from derive.targets import Target
from derive.templates import environment

DTYPES = ("float64", "float32")
NO_TAGS: Mapping[str, str] = MappingProxyType({})


def emit(explanation: Explanation, dtype: str = "float64", tags: Mapping[str, str] = NO_TAGS) -> str:
    """The module; `dtype` is what its init draws unless told otherwise, `tags` names the four equations."""
    if dtype not in DTYPES:
        raise DeriveError(f"there is no dtype '{clip(dtype)}' here", do=nearest(dtype, list(DTYPES)))
    module = Builder(explanation, tags).module()
    assumptions = "\n".join(textwrap.wrap("; ".join(explanation.forward.assumptions), WIDTH - 10))
    text = environment().get_template("numpy.py.jinja").render(
        module=module, dtype=dtype, version=__version__, assumptions=assumptions)
    return "\n".join(line for long in text.split("\n") for line in folded_line(long))


ENTRY = Target("numpy", ".py", emit)
