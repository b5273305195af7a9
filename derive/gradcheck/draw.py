"""Random numbers for what a derivation leaves open, such that its facts hold.

In: a derivation. Out: a number for each size and each constant without one, an array for each data
tensor. A fact `sum_j y[j] = 1` makes each row of y a distribution; else data lie between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from derive.gradcheck.emitted import Array
from derive.ir import Derivation, Fact, Index, Tensor, reads_of, tensor_of

EXAMPLES, LAYERS = 3, 3
CONSTANT = sp.Rational(3, 10)
SMALLEST, WIDTHS = 2, (4, 3, 5, 2)
"""Sizes by letters are drawn as 2, 3, 4, ... (none twice, so that no axis passes for another); n[l] as `WIDTHS`."""


def with_constants(derivation: Derivation) -> Derivation:
    """The derivation with a number for every constant that has none (lambda)."""
    return replace(derivation, tensors=tuple(
        replace(t, value=CONSTANT) if t.role == "constant" and t.value is None and not t.axes else t
        for t in derivation.tensors))


def draw_sizes(derivation: Derivation) -> dict[str, Any]:
    """A number for each letter in a size, by name; a list for widths n[l] that follow the layer."""
    sizes = [axis.size for tensor in derivation.tensors for axis in (*tensor.axes, *_among(tensor))]
    rows = sorted({str(node.base.label) for size in sizes for node in size.atoms(sp.Indexed)})
    counted = {axis.symbol for tensor in derivation.tensors for axis in tensor.axes}
    letters = sorted({str(s) for size in sizes for s in size.free_symbols - counted} - set(rows))
    letters = [name for name in letters if not any(name.startswith(f"{row}[") for row in rows)]
    drawn: dict[str, Any] = {name: SMALLEST + place for place, name in enumerate(letters)}
    samples = {str(axis.size) for tensor in derivation.tensors for axis in tensor.axes if axis.kind == "sample"}
    drawn |= {name: EXAMPLES for name in samples & set(drawn)}
    return drawn | ({"L": LAYERS} if rows else {}) | {row: list(WIDTHS) for row in rows}


def _among(tensor: Tensor) -> tuple[Index, ...]:
    return () if tensor.among is None else (tensor.among,)


def shape_of(tensor: Tensor, sizes: Mapping[str, Any]) -> tuple[int, ...]:
    """The numbers of entries along the axes."""
    return tuple(number_of(axis.size, sizes) for axis in tensor.axes)


def number_of(size: sp.Expr, sizes: Mapping[str, Any]) -> int:
    """A size with its letters filled in: 2*n0 + 1, or n[L]."""
    letters = (s for s in size.free_symbols if isinstance(sizes.get(str(s)), int))
    plain = size.xreplace({s: sp.Integer(sizes[str(s)]) for s in letters})
    rows = {node: sp.Integer(sizes[str(node.base.label)][int(node.indices[0])]) for node in plain.atoms(sp.Indexed)}
    return int(plain.xreplace(rows))


def draw_data(derivation: Derivation, sizes: Mapping[str, Any], rng: np.random.Generator) -> dict[str, Array]:
    """Numbers between 0 and 1 for every data tensor; whole ones of their range where they stand in subscripts."""
    arrays = {tensor.name: _drawn(tensor, sizes, rng) for tensor in derivation.of_role("data")}
    for fact in derivation.facts:
        _make_true(fact, arrays)
    return arrays


def _drawn(tensor: Tensor, sizes: Mapping[str, Any], rng: np.random.Generator) -> Array:
    if tensor.among is None:
        return rng.uniform(0.05, 0.95, shape_of(tensor, sizes))
    first = number_of(tensor.among.start, sizes)
    return rng.integers(first, first + number_of(tensor.among.size, sizes), shape_of(tensor, sizes))


def _make_true(fact: Fact, arrays: Mapping[str, Array]) -> None:
    """Scale the last axis of the data so that a fact `sum_j y[j] = c` holds."""
    names = [tensor_of(node) for node in reads_of(fact.left.body) if node == fact.left.body]
    if len(fact.left.summed) == 1 and names and names[0] in arrays and fact.right.is_Number:
        array = arrays[names[0]]
        array *= float(fact.right) / array.sum(axis=-1, keepdims=True)
