"""Shapes: every index must fit the axis that it indexes."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from derive.errors import DeriveError
from derive.ir.equation import Equation, indices_of, reads_of, shown, tensor_of
from derive.ir.index import Index, Tensor


def check_shapes(tensors: Mapping[str, Tensor], equation: Equation, parted: set[str]) -> None:
    """Refuse an equation in which an index runs beyond, or not all along, an axis.

    A plain index must have the size of the axis that it runs along. Affine expressions
    (`2*i+k`) must stay inside it where all sizes are numbers. Layer and time are counted
    by loops and are left to the interpreter, as are terms with conditions. In a `parted` tensor, written by
    several equations, an index need only stay inside, and so in its adjoint.
    """
    for term in equation.terms:
        ranges = {i.symbol: i for i in (*equation.free, *term.summed)}
        if not term.where:
            for access in sorted(reads_of(term.body), key=shown):
                _check_access(tensors[tensor_of(access)], indices_of(access), ranges, equation, parted, tensors)
    if equation.op == "=":
        _check_once(equation)
    if equation.op == "=" or any(reads_of(e) for e in equation.at):
        own = {i.symbol: i for i in equation.free}
        _check_access(tensors[equation.target], equation.at, own, equation, parted, tensors)


def _check_access(tensor: Tensor, at: tuple[sp.Expr, ...], ranges: dict[sp.Symbol, Index], equation: Equation,
                  parted: set[str], tensors: Mapping[str, Tensor]) -> None:
    parts = (tensor.of if tensor.role == "adjoint" else tensor.name) in parted
    for axis, said in zip(tensor.axes_at(at), at, strict=False):
        expr, whole = as_indices(said, tensors)
        if expr in whole:
            _check_whole(tensor, axis, whole[expr], equation)
        elif expr in ranges and not parts:
            index = ranges[expr]
            if index.kind in ("layer", "time") or axis.kind in ("layer", "time"):
                continue
            if index.size != axis.size and sp.expand(index.size - axis.size) != 0:
                raise DeriveError(
                    f"shapes differ: index '{index.name}' runs over {index.size} values, "
                    f"but that axis of '{tensor.name}' has {axis.size}",
                    where=equation.place,
                    do="Use another index for it, or correct the declared sizes.")
        elif (bounds := _bounds(expr, {**ranges, **whole})) and axis.size.is_Integer:
            low, high = bounds
            if low < axis.start or high > axis.last:
                reach = "" if low == high else f", which runs from {low} to {high}"
                raise DeriveError(
                    f"'{tensor.name}' is read at {said}{reach}, but its index runs from {axis.start} to {axis.last}",
                    where=equation.place,
                    do="Correct the sizes or the offset.")


def as_indices(expr: sp.Expr, tensors: Mapping[str, Tensor]) -> tuple[sp.Expr, dict[sp.Basic, Index]]:
    """A subscript with an index of its own range for each read in it: any of the words that x[t] may be."""
    found: dict[sp.Basic, Index] = {}
    if expr.is_Atom and expr.is_integer:
        return expr, found
    renaming: dict[sp.Basic, sp.Basic] = {}
    for access in sorted(reads_of(expr), key=lambda r: -len(reads_of(r))):
        among = tensors[tensor_of(access)].among
        if among is None:
            raise DeriveError(f"'{tensor_of(access)}' cannot stand in a subscript: it holds no whole numbers",
                              do="Declare data x[t] in 1000, for instance.")
        index = among.named(shown(access))
        found[index.symbol], renaming[access] = index, index.symbol
    return expr.xreplace(renaming), found


def _check_whole(tensor: Tensor, axis: Index, whole: Index, equation: Equation) -> None:
    """All numbers that x[t] may be are entries of the axis."""
    before, beyond = sp.expand(whole.start - axis.start), sp.expand(axis.last - whole.last)
    if not (before.is_nonnegative and beyond.is_nonnegative):
        raise DeriveError(
            f"shapes differ: {whole.name} is a number from {whole.start} to {whole.last}, "
            f"but that axis of '{tensor.name}' runs from {axis.start} to {axis.last}",
            where=equation.place, do="Correct the declared sizes.")


def _check_once(equation: Equation) -> None:
    """Refuse a left side such as z[p + q], of which several indices mean the same entry; z[width*p + q] is right."""
    for expr in equation.at:
        if reads_of(expr):
            raise DeriveError(f"several values may be written to one entry of '{equation.target}': {expr} may be "
                              "the same twice", where=equation.place, do="Write 0 to all of it, then add with +=.")
        own = [i for i in equation.free if i.symbol in expr.free_symbols and i.size != 1]
        reach = sp.Integer(0)
        for index in sorted(own, key=lambda i: (len(expr.coeff(i.symbol).free_symbols), expr.coeff(i.symbol))):
            step = expr.coeff(index.symbol)
            if len(own) > 1 and not sp.expand(step - reach).is_positive:
                raise DeriveError(f"several values are written to one entry of '{equation.target}'",
                                  where=equation.place, do="Write += to add them up.")
            reach = sp.expand(reach + step * (index.size - 1))


def _bounds(expr: sp.Expr, ranges: dict[sp.Symbol, Index]) -> tuple[sp.Expr, sp.Expr] | None:
    """The least and greatest value of an affine index expression, if both are numbers."""
    low = high = expr.as_coeff_Add()[0]
    for symbol in sorted(expr.free_symbols, key=shown):
        index = ranges.get(symbol)
        step = expr.coeff(symbol)
        if index is None or not step.is_Integer:
            return None
        ends = sorted([step * index.start, step * index.last], key=lambda e: e if e.is_Integer else sp.Integer(0))
        low, high = low + ends[0], high + ends[1]
    return (low, high) if low.is_Integer and high.is_Integer else None
