"""Bodies: a scalar SymPy expression evaluated over arrays of places by walking its tree.

In: an expression, the places (values of the index symbols), a `State`. Out: an array that broadcasts
over the places. Reads are fancy indexing: w[j,k] -> array_w[J, K].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from operator import add, mul
from typing import Any

import numpy as np
import sympy as sp

from derive.errors import DeriveError
from derive.evaluate.numbers import Number
from derive.evaluate.sizes import Places, Sizes, position
from derive.functions.record import A, Application, ScalarFunction, Z
from derive.ir import Derivation, indices_of, tensor_of


@dataclass
class State:
    """Every tensor's dense array so far, and what its positions are counted from."""

    derivation: Derivation
    number: Number
    sizes: Sizes
    arrays: dict[str, Any] = field(default_factory=dict)
    starts: dict[str, tuple[int, ...]] = field(default_factory=dict)
    nodes: dict[str, Callable[[Any, Places, State], Any]] = field(default_factory=dict)
    """How to evaluate SymPy functions that are no scalar functions, by class name (such as Partial)."""


def value(expr: sp.Expr, at: Places, state: State) -> Any:
    """The expression at the places, in the state's kind of number."""
    if isinstance(expr, sp.Symbol):
        return _symbol(expr, at, state)
    if isinstance(expr, sp.Indexed):
        return _read(expr, at, state)
    if isinstance(expr, sp.Add | sp.Mul):
        return reduce(add if isinstance(expr, sp.Add) else mul, (value(a, at, state) for a in expr.args))
    if expr.is_number and expr.is_Atom:
        return _constant(expr, state.number)
    if isinstance(expr, sp.Pow):
        return state.number.power(value(expr.base, at, state), _exponent(expr.exp, at, state))
    if type(expr).__name__ in state.nodes:
        return state.nodes[type(expr).__name__](expr, at, state)
    arguments = [value(a, at, state) for a in expr.args]
    if isinstance(expr, Application):
        return _applied(type(expr), arguments[0], state)
    return state.number.apply(type(expr), *arguments)


@lru_cache(maxsize=4096)
def _constant(expr: sp.Expr, number: Number) -> Any:
    return number.constant(expr)


def _symbol(symbol: sp.Symbol, at: Places, state: State) -> Any:
    if symbol.is_integer:
        return state.number.convert(position(symbol, at, state.sizes))[()]
    if symbol in at:
        return at[symbol]
    return array_of(symbol.name, state)[()]


def _read(access: sp.Indexed, at: Places, state: State) -> Any:
    name = tensor_of(access)
    if name not in state.derivation.by_name:
        return state.number.convert(position(access, at, state.sizes))[()]
    found = array_of(name, state)[places_in(name, indices_of(access), at, state)]
    if state.number.dtype is object and any(v is None for v in np.ravel(np.asarray(found, dtype=object))):
        raise DeriveError(f"{access} is read before it is computed")
    return found


def array_of(name: str, state: State) -> Any:
    if name not in state.arrays:
        raise DeriveError(f"no array for '{name}'", do="Give one for every data, parameter and constant.")
    return state.arrays[name]


def places_in(name: str, indices: tuple[sp.Expr, ...], at: Places, state: State) -> tuple[Any, ...]:
    """The positions in the array of `name` that the index expressions mean; inside it, or an error."""
    shape, found = state.arrays[name].shape, []
    for expr, first, extent in zip(indices, state.starts[name], shape, strict=True):
        where = position(expr, at, state.sizes) - first
        if np.any(where < 0) or np.any(where >= extent):
            worst = int(np.min(where)) if np.any(where < 0) else int(np.max(where))
            raise DeriveError(f"'{name}' has no entry {expr} = {worst + first}; "
                              f"that index runs from {first} to {first + extent - 1}")
        found.append(where)
    return tuple(found)


def _exponent(expr: sp.Expr, at: Places, state: State) -> Any:
    """Whole exponents stay whole: x^p over p = 0..5 needs no logarithm."""
    return position(expr, at, state.sizes) if _whole(expr) else value(expr, at, state)


@lru_cache(maxsize=1024)
def _whole(expr: sp.Expr) -> bool:
    """Whether an exponent is built from indices and whole numbers alone."""
    if isinstance(expr, sp.Add | sp.Mul):
        return all(_whole(a) for a in expr.args)
    return isinstance(expr, sp.Integer) or (isinstance(expr, sp.Symbol) and bool(expr.is_integer))


def _applied(function: type[Application], z: Any, state: State) -> Any:
    """f(z), f'(z), ... by the definition of the record."""
    definition = _definition(function.record, function.order)
    places: dict[sp.Basic, Any] = {Z: z}
    if definition.has(A):
        places[A] = value(_definition(function.record, 0), {Z: z}, state)
    return value(definition, places, state)


@lru_cache(maxsize=1024)
def _definition(record: ScalarFunction, order: int) -> sp.Expr:
    return record.definition(order)
