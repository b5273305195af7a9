"""Which derivative a name of a backward pass stands for.

    dW1, d_W1, grad_W1, W1_grad, nabla_w    the cost by W1 (weights)
    dL_dz2, dloss_dz2                        what stands above by what stands below
    delta2, delta                            the cost by z2: the error of a layer

A name that fits no variable of the forward equations is just a value.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

COSTS = ("loss", "cost", "L", "J", "C", "E", "Loss", "error", "err")
_QUOTIENT = re.compile(r"d_?(?P<of>\w+?)_?_d_?(?P<by>\w+)$|d(?P<of2>[A-Za-z]+?)d(?P<by2>\w+)$")
_FORMS = tuple(re.compile(form) for form in (
    r"d_?(\w+?)_?$", r"grads?_(\w+)$", r"(\w+)_grads?$", r"gradient_(\w+)$", r"(\w+)_gradient$", r"g_(\w+)$",
    r"nabla_(\w+)$", r"(\w+)_bar$", r"delta_(\w+)$", r"(\w+)_delta$", r"D(\w+)$"))
_DELTA = re.compile(r"(?:delta|error|err)_?(\d*)$")
_SLOPE = tuple(re.compile(form) for form in (
    r"(\w+?)_(?:prime|derivative|deriv|grad|gradient|backward|der|slope)$", r"d_?(\w+)$", r"grad_(\w+)$",
    r"(\w+)Prime$", r"derivative_(?:of_)?(\w+)$"))
PLURALS = {"w": ("weights", "W", "Ws", "ws"), "b": ("biases", "B", "bs"), "z": ("zs", "Z", "Zs"),
           "a": ("activations", "as_", "A"), "h": ("hs", "H"), "W": ("weights",), "x": ("xs",), "y": ("ys",)}


@dataclass(frozen=True)
class Asserted:
    """The derivative d(of)/d(by); `of` empty for the cost."""

    by: str
    of: str = ""


def asserted(name: str, variables: Collection[str], cost: str) -> Asserted | None:
    """The derivative that a name claims to be, if it fits the variables of the forward equations."""
    match = _QUOTIENT.match(name)
    if match:
        of, by = match["of"] or match["of2"], resolved(match["by"] or match["by2"], variables)
        above = "" if of == cost or of in COSTS and of not in variables else resolved(of, variables)
        if by and above is not None:
            return Asserted(by, above)
    for form in _FORMS:
        match = form.match(name)
        by = resolved(match[1], variables) if match else None
        if by:
            return Asserted(by)
    match = _DELTA.match(name)
    by = resolved(f"z{match[1]}", variables) or resolved(f"z_{match[1]}", variables) if match and match[1] else None
    return Asserted(by) if by else None


def slope_of(name: str, functions: Collection[str]) -> str:
    """The function whose derivative a function of this name claims to be."""
    for form in _SLOPE:
        match = form.match(name)
        if match and match[1] in functions:
            return match[1]
    return ""


def resolved(written: str, variables: Collection[str]) -> str | None:
    """The variable meant: the same name, the same but for upper and lower case, or its plural."""
    if written in variables:
        return written
    alike = sorted(v for v in variables if v.lower() == written.lower())
    if len(alike) == 1:
        return alike[0]
    return next((plural for plural in PLURALS.get(written, ()) if plural in variables), None) if not alike else None
