"""The helper functions of the module: activations, their slopes, and what NumPy lacks.

In: the names that the emitted text calls. Out: the text of each, after those that it calls itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import indent

import sympy as sp

from derive.codegen.elementwise import lower
from derive.codegen.scope import Scope
from derive.formulas.normal import in_normal_cdf
from derive.formulas.stable import stable
from derive.functions.record import (
    A,
    Application,
    ScalarFunction,
    VectorFunction,
    Z,
    activations,
    released,
    vector_activations,
)
from derive.functions.special import MATH, SPECIAL, special_functions
from derive.ir import Tensor

NAMED = {"x": Tensor("x"), "z": Tensor("z"), "a": Tensor("a")}


@dataclass(frozen=True)
class Helpers:
    """The functions, each once, in an order in which they can be read; and what they take from Python's math."""

    texts: list[str]
    math: frozenset[str]


def helpers(names: list[str], typed: dict[str, ScalarFunction]) -> Helpers:
    """Those of these names, and what they call themselves."""
    texts: dict[str, str] = {}
    special: list[str] = []
    for name in names:
        _add(name, typed, texts, special)
    return Helpers([*(text.rstrip() for text in special_functions(special)), *texts.values()],
                   frozenset(MATH[name] for name in special if name in MATH))


def _add(name: str, typed: dict[str, ScalarFunction], texts: dict[str, str], special: list[str]) -> None:
    if name in texts or name in special:
        return
    if name in SPECIAL:
        special.append(name)
        return
    text, needed = _definition(name, typed)
    for inner in needed:
        _add(inner, typed, texts, special)
    texts[name] = text


def _definition(name: str, typed: dict[str, ScalarFunction]) -> tuple[str, list[str]]:
    record = typed.get(name) or activations().get(name) or vector_activations().get(name)
    if isinstance(record, VectorFunction):
        return _function(name, f"{record.name} along the last axis.", record.body), list(record.requires)
    if record is not None and record.numpy:
        return _function(name, f"{record.name}(z), elementwise, safe for every z.", record.body), list(record.requires)
    if record is not None:
        text, needed = _return(released(record.value(Z)))
        return _function(name, f"{record.name}(z), elementwise.", text), needed
    return _slope(name, typed)


def _slope(name: str, typed: dict[str, ScalarFunction]) -> tuple[str, list[str]]:
    """f'(z), f''(z), ... by the definition that the derivation uses."""
    base = name
    while base.endswith("_slope"):
        base = base.removesuffix("_slope")
    order = (len(name) - len(base)) // len("_slope")
    record = typed.get(base) or activations()[base]
    slope = record.definition(order)
    text, needed = _return(slope)
    if slope.has(A):
        needed.append(base)
        text = f"a = {base}(z)\n{text}"
    return _function(name, f"The derivative of {base}{' of order ' + str(order) if order > 1 else ''}.", text), needed


def _return(value: sp.Expr) -> tuple[str, list[str]]:
    """A formula in its stable form; and the functions that it calls."""
    scope = Scope(NAMED, {name: name for name in NAMED})
    text = lower(stable(in_normal_cdf(value)), scope, ()).text
    return f"return {text}", list(scope.helpers)


def _function(name: str, doc: str, body: str) -> str:
    return f'def {name}(z):\n    """{doc}"""\n{indent(body, "    ")}'


def typed_functions(expressions: list[sp.Expr]) -> dict[str, ScalarFunction]:
    """The functions that a user typed, by name: they are in no file."""
    nodes = {node.record.name: node.record for e in expressions for node in e.atoms(Application)}
    return {name: record for name, record in sorted(nodes.items()) if record.typed}
