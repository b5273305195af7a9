r"""What a user names or types: an activation or a cost, by name or as a formula.

    typed_activation("1/(1+exp(-z))")              value 1/(1+exp(-z)), slope a*(1 - a)
    typed_cost("sum((a[j] - y[j])^2, j)")          read like a cost's own file
"""

from __future__ import annotations

import re
from functools import cache

import sympy as sp

from derive.errors import DeriveError, clip, nearest
from derive.formulas.slope import shortest_slope
from derive.functions.primitives import absolute, choose, maximum, minimum, sign, step
from derive.functions.record import A, ScalarFunction, VectorFunction, Z, activations, vector_activations
from derive.ir import all_reads
from derive.model.cost import Cost, costs
from derive.text import read_block, read_formula

KINKED = (absolute, choose, maximum, minimum, sign, step)
TIES = "at a tie max, min and abs count with slope 0, choose with its second branch"
DECLARED = "data a[j], y[j]\n"
FORMULA = re.compile(r"[(\[*/+^{]|^\s*-|\bz\b")
"""What no name has in it."""


def find_activation(text: str) -> ScalarFunction | VectorFunction:
    """The activation of this name, or the one that this formula of z defines."""
    known: dict[str, ScalarFunction | VectorFunction] = {**activations(), **vector_activations()}
    name = _as_name(text)
    if name in known:
        return known[name]
    if FORMULA.search(text):
        return typed_activation(text.strip())
    raise DeriveError(f"there is no activation '{clip(text)}'",
                      do=f"{nearest(name, sorted(known))} Or type a formula of z, such as z/(1+exp(-z)).")


def find_cost(text: str) -> Cost:
    """The cost of this name, or the one that this formula of a and y defines."""
    name = _as_name(text)
    if name in costs():
        return costs()[name]
    if FORMULA.search(text):
        return typed_cost(text.strip())
    raise DeriveError(f"there is no cost '{clip(text)}'",
                      do=f"{nearest(name, sorted(costs()))} Or type a formula, such as sum((a[j]-y[j])^2, j).")


def _as_name(text: str) -> str:
    return text.strip().lower().replace("-", "_").replace(" ", "_")[:60]


@cache
def typed_activation(text: str, name: str = "g") -> ScalarFunction:
    """The function g that a formula of z states. Its slope is derived, never asked for."""
    value = read_formula(text, "z", "activation").xreplace({sp.Symbol("z"): Z})
    if Z not in value.free_symbols:
        raise DeriveError(f"the formula '{clip(text)}' does not depend on z", where="activation",
                          do="Write a formula of z, such as z/(1+exp(-z)).")
    if value.has(sp.zoo, sp.nan, sp.oo, sp.I):
        raise DeriveError(f"the formula '{clip(text)}' has no real value", where="activation")
    slope = shortest_slope(value)
    return ScalarFunction(
        name, name, value=lambda z: value.xreplace({Z: z}), slope=lambda z, a: slope.xreplace({Z: z, A: a}),
        ties=TIES if slope.has(*KINKED) else "", source=f"typed: {text.strip()}", typed=True)


@cache
def typed_cost(text: str) -> Cost:
    """The cost of one example that a formula of a[j] and y[j] states."""
    if "\n" in text.strip() or "\r" in text.strip():
        raise DeriveError("a formula is one line", where="cost")
    equations = f"{DECLARED}C = {text.strip()}"
    try:
        block = read_block(equations, "cost")
    except DeriveError as error:
        raise DeriveError(error.what, where=_in_formula(error.where), do=error.do) from None
    if block.tensor("C").axes:
        raise DeriveError("the cost is not one number", where="cost", do="Sum over the outputs: sum(..., j).")
    if "a" not in all_reads(block.statements):
        raise DeriveError(f"the cost '{clip(text)}' does not read the outputs a[j]", where="cost",
                          do="Write a formula such as sum((a[j]-y[j])^2, j).")
    return Cost("typed", f"the cost {clip(text.strip())}", equations, source=f"typed: {text.strip()}", typed=True)


def _in_formula(where: str) -> str:
    """The place inside what was typed: `C = ` stands before it, and a line above."""
    match = re.fullmatch(r"cost:2:(\d+)", where)
    return f"cost:1:{max(int(match[1]) - len('C = '), 1)}" if match else "cost"
