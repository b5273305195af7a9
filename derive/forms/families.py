"""Axes that count matrices rather than rows or columns: the heads of an attention.

    e[h,t,r] = sum_i q[h,t,i]*k[h,r,i]     is a product of matrices for each h:     e_h = q_h k_h^T

In: a derivation. Out: such axes, as (tensor, axis): an index on the left that two factors of a product have in
common, and the same index wherever an equation passes it on.
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from derive.ir import Derivation, Equation, Term, indices_of, reads_of, tensor_of

Axes = frozenset[tuple[str, str]]


def families(derivation: Derivation) -> Axes:
    """The axes that stand below a letter when its matrix is written as a whole."""
    equations = [e for e in derivation.equations() if derivation.tensor(e.target).of is None]
    found = {place for e in equations for index in _shared(derivation, e) for place in _places(derivation, e, index)}
    linked = [_places(derivation, e, index) for e in equations for index in _indices(e)] if found else []
    while more := {place for places in linked if places & found for place in places} - found:
        found |= more
    return frozenset(found)


def _shared(derivation: Derivation, equation: Equation) -> Iterator[sp.Symbol]:
    """Indices of neurons on the left that both factors of a product of matrices have."""
    axes = derivation.tensor(equation.target).axes
    for axis, e in zip(axes, equation.at, strict=True):
        if axis.kind == "axis" and e.is_Symbol and any(_is_product(term, e) for term in equation.terms):
            yield e


def _is_product(term: Term, index: sp.Symbol) -> bool:
    """Whether two factors have the index, a sum that both take part in, and each one more."""
    factors = [f for f in sp.Mul.make_args(term.body) if isinstance(f, sp.Indexed) and index in f.indices]
    summed = {k.symbol for k in term.summed}
    return len(factors) == 2 and all(len(f.indices) == 3 and all(e.is_Symbol for e in f.indices) for f in factors) \
        and len(summed & {*factors[0].indices} & {*factors[1].indices}) == 1


def _indices(equation: Equation) -> set[sp.Symbol]:
    every = (e for access in (equation.lhs, *equation.reads()) for e in indices_of(access))
    return {e for e in every if e.is_Symbol}


def _places(derivation: Derivation, equation: Equation, index: sp.Symbol) -> set[tuple[str, str]]:
    """The axes that an index runs along in an equation."""
    accesses = (equation.lhs, *(r for term in equation.terms for r in reads_of(term.body)))
    tensors = [(derivation.tensor(tensor_of(access)), indices_of(access)) for access in accesses]
    return {(tensor.name, axis.name) for tensor, at in tensors for axis, e in zip(tensor.axes, at, strict=True)
            if e == index}
