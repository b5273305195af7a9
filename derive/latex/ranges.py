r"""Ranges and shapes as the table of symbols says them: k = 1, ..., 784; 16 x 784; from 1 to 1000."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sympy as sp

from derive.ir import Index, Tensor
from derive.latex.expression import Printer


def ranges(printer: Printer, tensor: Tensor) -> str:
    """k = 1..784"""
    return ", ".join(range_text(printer, axis) for axis in tensor.axes)


def range_text(printer: Printer, axis: Index) -> str:
    names = printer.names
    step = names.notation.counts_from if axis.kind in ("axis", "sample") and axis.start == 0 else 0
    low, high = names.index(axis.start + step), names.index(sp.expand(axis.last + step))
    between = "" if sp.expand(axis.last - axis.start) == 1 else r"\dots, "
    name = names.index(axis.symbol)
    return f"${name} = {low}, {between}{high}$" if low != high else f"${name} = {low}$"


def whole_numbers(printer: Printer, among: Index) -> str:
    """from 1 to 1000, as paper counts them"""
    step = printer.names.notation.counts_from if among.start == 0 else 0
    return f"from ${printer.names.index(among.start + step)}$ to ${printer.names.index(sp.expand(among.last + step))}$"


def shape_text(printer: Printer, lie: Callable[[sp.Expr], tuple[sp.Symbol, ...]], tensor: Tensor) -> str:
    """rows x columns of an array as it lies on paper; a vector is a column or a row."""
    sizes = {axis.symbol: axis.size for axis in tensor.axes}
    along = lie(tensor.at())
    lying = [sizes[symbol] for symbol in along]
    counted = [axis for axis in tensor.axes if axis.symbol not in along and axis.kind != "sample"]
    apart = [printer.names.index(a.symbol) if a.kind in ("layer", "time") else range_text(printer, a).strip("$")
             for a in counted]
    if len(lying) == 1:
        lying.insert(1 if printer.names.notation.samples == "columns" else 0, sp.Integer(1))
    said = size_text(printer, lying) if lying else ""
    return said + "".join(f", for each ${name}$" for name in apart)


def size_text(printer: Printer, sizes: Sequence[sp.Expr]) -> str:
    return "$" + (r" \times ".join(printer.names.index(size) for size in sizes) or "1") + "$"


def listed(shapes: list[str]) -> str:
    """The sizes of a tensor in each layer: 16 x 784, 16 x 16, 10 x 16; said once where all are the same."""
    if len(set(shapes)) == 1:
        return shapes[0]
    return ", ".join([*shapes[:3], r"$\dots$", shapes[-1]] if len(shapes) > 6 else shapes)
