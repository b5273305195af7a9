"""The options that commands share: what an architecture leaves out, notations, numbers, files."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

MODEL = {
    "activation": click.option("--activation", metavar="NAME", help="Of the layers that name none: sigmoid, relu, ..., "
                               "or a formula such as \"z/(1+exp(-z))\".  [default: sigmoid]"),
    "output": click.option("--output", metavar="NAME", help="Activation of the last layer."),
    "cost": click.option("--cost", metavar="NAME", help="quadratic, cross-entropy, ..., or a formula; in a .eq file "
                         "with several costs the one to derive.  "
                         "[default: quadratic]"),
    "factor": click.option("--factor", metavar="NUMBER", help="In front of the cost, such as 1 or 1/2."),
    "regularize": click.option("--regularize", metavar="NAME", help="l1 or l2, with its factor: l2:lambda/2."),
    "reduce": click.option("--reduce", type=click.Choice(["mean", "sum"]), help="Over the examples.  [default: mean]"),
    "bias": click.option("--no-bias", "bias", flag_value=False, type=bool, default=None, help="Leave the biases out."),
    "layers": click.option("--layers", metavar="FILE", help="Layers of your own, as blocks of equations, that ARCH may "
                           "name: layer my_layer(width): ..."),
}
"""What an architecture leaves out, one option each; the key is the name that `derive.load` knows it by."""

OUT = click.option("-o", "out", metavar="FILE", help="Write to FILE instead of standard output.")
NOTATION = click.option("--notation", metavar="NAME", default="nielsen", show_default=True,
                        help="Whose letters, and whose factor of the cost: nielsen, 3b1b, ng, goodfellow, bishop, d2l, "
                             "cs231n, ufldl, pytorch; or a .toml file of your own.")

SECOND = click.option("--second", metavar="KIND", type=click.Choice(["hvp", "hessian", "gauss-newton", "jacobian"]),
                      help="Instead of the gradient: the Hessian times a vector, the Hessian, the Gauss-Newton matrix, "
                           "the Jacobian of the output.")
LAYOUTS = ["denominator", "numerator", "mixed", "rows", "columns", "alone"]
FORMS = ["chain", "index", "matrix", "batch", "numbers", "all", "glance", "exercise"]
NUMBERS = {
    "values": click.option("--values", metavar="FILE", help="Numbers for --form numbers: a .toml or .npz file with "
                           "x, y, w1, b1, ... and eta.  [default: drawn at random]"),
    "seed": click.option("--seed", type=click.IntRange(0), default=0, show_default=True, metavar="N",
                         help="Of the numbers that are drawn."),
    "digits": click.option("--digits", type=click.IntRange(1, 15), default=4, show_default=True, metavar="N",
                           help="Significant digits on paper."),
}


def offered(folder: str) -> list[str]:
    """What stands in a folder of the package, by the names of the files: nothing is imported."""
    return sorted(info.name for info in pkgutil.iter_modules([str(Path(__file__).parent / folder)]))


def model(command: Callable[..., Any], required: bool = True) -> Callable[..., Any]:
    """ARCH, and the options of `MODEL`."""
    return click.argument("arch", required=required)(chosen(command))


def chosen(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of `MODEL`: the command gets those that were given as one dict, `choices`."""
    @wraps(command)
    def gathered(**given: Any) -> Any:
        choices = {name: given.pop(name) for name in MODEL}
        return command(choices={name: value for name, value in choices.items() if value is not None}, **given)

    wrapped: Callable[..., Any] = gathered
    for option in reversed(MODEL.values()):
        wrapped = option(wrapped)
    return wrapped
