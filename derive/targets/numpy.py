"""NumPy: one self-contained module with init, predict, cost and cost_and_gradients.

In: an explanation of a derivation over the samples. Out: the text of a module that imports numpy, and of Python what
numpy lacks. The style `plain` is the textbook; `fast` adds a class Gradient that runs a plan in buffers of its own.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from json import dumps
from types import MappingProxyType

from derive import __version__
from derive.calculus.explain import Explanation
from derive.codegen.lines import WIDTH, folded_line
from derive.codegen.module import Builder, Module
from derive.errors import DeriveError, clip, nearest
from derive.plan.fast import Fast
from derive.plan.measured import DEFAULT, Measured
from derive.plan.module import FastBuilder
from derive.plan.passes import PASSES, Pass
from derive.targets import Target
from derive.templates import environment

DTYPES = ("float64", "float32")
STYLES = ("plain", "fast")
NO_TAGS: Mapping[str, str] = MappingProxyType({})
UNTUNED: Mapping[str, object] = MappingProxyType({})


def emit(explanation: Explanation, dtype: str = "float64", tags: Mapping[str, str] = NO_TAGS,
         style: str = "plain", passes: Sequence[Pass] = PASSES, second: tuple[str, Sequence[str]] | None = None) -> str:
    """The module; `dtype` is what its init draws unless told otherwise, `tags` names the four equations.

    `second` adds functions: (kind, the variables of a Jacobian), kind one of hvp, hessian, gauss-newton, jacobian.
    """
    if dtype not in DTYPES:
        raise DeriveError(f"there is no dtype '{clip(dtype)}' here", do=nearest(dtype, list(DTYPES)))
    if style not in STYLES:
        raise DeriveError(f"there is no style '{clip(style)}'", do=nearest(style, list(STYLES)))
    builder = FastBuilder(explanation, tags, passes) if style == "fast" else Builder(explanation, tags)
    builder.second = second
    fast = builder.fast() if isinstance(builder, FastBuilder) else None
    return _text(explanation, dtype, builder.module() if fast is None else fast.plain, fast)


def variants(explanation: Explanation, dtype: str = "float64", tags: Mapping[str, str] = NO_TAGS) -> Callable[..., str]:
    """What writes the fast module with other constants, and with what a tuned file says about itself."""
    builder = FastBuilder(explanation, tags)

    def write(measured: Measured = DEFAULT, tuned: Mapping[str, object] = UNTUNED) -> str:
        fast = builder.fast(measured)
        return _text(explanation, dtype, fast.plain, fast, tuned)

    return write


def _text(explanation: Explanation, dtype: str, module: Module, fast: Fast | None,
          tuned: Mapping[str, object] = UNTUNED) -> str:
    assumptions = "\n".join(textwrap.wrap("; ".join(explanation.forward.assumptions), WIDTH - 10))
    text = environment().get_template("numpy.py.jinja").render(
        module=module, dtype=dtype, version=__version__, assumptions=assumptions, fast=fast,
        tuned={name: dumps(value) if isinstance(value, str) else repr(value) for name, value in tuned.items()})
    return "\n".join(line for long in text.split("\n") for line in folded_line(long))


ENTRY = Target("numpy", ".py", emit, variants)
