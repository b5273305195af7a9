r"""The table of symbols: every letter with its meaning and its range, before it is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sympy as sp

from derive.content import Symbol, Symbols
from derive.ir import Tensor
from derive.latex.expression import Printer
from derive.latex.letters import letter
from derive.latex.lines import origin_text

MEANINGS = {"x": "input", "y": "target: the output that is wanted", "w": "weight", "b": "bias", "z": "weighted input",
            "a": "activation", "C": "cost"}
"""What a letter stands for in this program's own networks."""
ROLES = {"data": "given with each example", "parameter": "parameter", "constant": "constant", "value": "value",
         "cost": "cost"}


def symbol_table(printer: Printer, delta: tuple[str, str] | None) -> Symbols:
    """One row a letter; the layers of a network share theirs. `delta`: dC/dz and z, if it has a letter."""
    rows = [_row(printer, group) for group in _groups(printer)]
    if delta is not None:
        bar, symbol = delta
        cost = letter(printer.names.cost)
        rows.append(Symbol(bar, rf"the error: $\partial {cost} / \partial {symbol}$", f"as ${symbol}$"))
    return Symbols(tuple(rows))


def _groups(printer: Printer) -> Iterator[list[Tensor]]:
    """Tensors of one letter with numbered layers together; every other one alone."""
    found: dict[object, list[Tensor]] = {}
    for tensor in printer.names.derivation.tensors:
        if tensor.role != "adjoint":
            label = printer.names.label(tensor)
            numbered = label.layer is not None and label.letter != "x"
            found.setdefault((label.letter, len(tensor.axes)) if numbered else tensor.name, []).append(tensor)
    yield from found.values()


def _row(printer: Printer, group: Sequence[Tensor]) -> Symbol:
    first, names = group[0], printer.names
    label = names.label(first)
    own = MEANINGS if first.label is not None else {}
    meaning = own.get(label.letter, ROLES[first.role]) if first.role != "constant" else ROLES["constant"]
    if label.letter not in own and first.role == "value":
        meaning = origin_text(names.derivation.defining(first.name)[0][0].origin) or meaning
        return Symbol(printer.text(first.at()), meaning, _ranges(printer, first))
    symbol = printer.text(first.at())
    if len(group) > 1:
        layers = [names.label(t).layer for t in group]
        symbol = names.layered_symbol(first)
        shapes = _widths(printer, group) if any(t.axes for t in group) else ""
        span = f"layers ${names.index(layers[0])}$ to ${names.index(layers[-1])}$"
        return Symbol(symbol, f"{meaning}, {span}", shapes)
    if label.layer is not None and label.letter != "x":
        meaning += f" of layer ${names.index(label.layer)}$"
    if first.value is not None:
        meaning += f", ${printer.text(first.value)}$"
    return Symbol(symbol, meaning, _ranges(printer, first))


def _ranges(printer: Printer, tensor: Tensor) -> str:
    """k = 1..784"""
    names, texts = printer.names, []
    for axis in tensor.axes:
        step = names.notation.counts_from if axis.kind in ("axis", "sample") and axis.start == 0 else 0
        low, high = names.index(axis.start + step), names.index(sp.expand(axis.last + step))
        texts.append(rf"${names.index(axis.symbol)} = {low}, \dots, {high}$" if low != high
                     else f"${names.index(axis.symbol)} = {low}$")
    return ", ".join(texts)


def _widths(printer: Printer, group: Sequence[Tensor]) -> str:
    """The sizes of a tensor in each layer: 16 x 784, 16 x 16, 10 x 16."""
    shapes = [r" \times ".join(printer.names.index(a.size) for a in t.axes) or "1" for t in group]
    if len(shapes) > 6:
        shapes = [*shapes[:3], r"\dots", shapes[-1]]
    return "sizes $" + ",\\; ".join(shapes) + "$"
