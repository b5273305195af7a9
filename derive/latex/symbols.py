r"""The table of symbols: every letter with its meaning and its range or shape, before it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import sympy as sp

from derive.document.content import Symbol, Symbols
from derive.functions.record import Application
from derive.ir import Equation, Tensor, reads_of
from derive.latex import counted, purpose
from derive.latex.counted import groups
from derive.latex.expression import Printer
from derive.latex.letters import escape, letter, stepless
from derive.latex.lines import origin_text, part_text
from derive.latex.ranges import listed, ranges, shape_text, size_text, whole_numbers
from derive.latex.told import Told

MEANINGS = {"x": "input", "y": "target: the output that is wanted", "w": "weight", "b": "bias", "z": "weighted input",
            "a": "activation", "C": "cost"}
"""What a letter stands for in this program's own networks."""
ROLES = {"data": "given with each example", "parameter": "parameter", "constant": "constant", "value": "value",
         "cost": "cost"}


class Whole(Protocol):
    """A printer of whole arrays, and the axes of an array in the order in which it lies on paper."""

    @property
    def whole(self) -> Printer: ...

    def lie(self, access: sp.Expr) -> tuple[sp.Symbol, ...]: ...


def symbol_table(printer: Printer, told: Told, whole: Whole | None = None) -> Symbols:
    """One row a letter; the layers of a network share theirs. With `whole`, arrays stand without indices."""
    shown = whole.whole if whole else printer
    shape = ranges if whole is None else lambda _, tensor: shape_text(printer, whole.lie, tensor)
    every = (group if whole else [told.as_read(tensor) for tensor in group] for group in groups(printer, told))
    arrays = _gathered([(_stem(printer, group[0]), row) for group in every
                        for row in (_row(shown, group, shape), *_last_row(shown, group, shape))])
    return Symbols((*arrays, *_gradient_rows(shown, told), *counted.rows(printer, told, whole is not None)))


def _gradient_rows(printer: Printer, told: Told) -> Iterator[Symbol]:
    """The letters that gradients have."""
    names = printer.names
    delta = names.delta_symbols() if any(map(names.is_error, told.tensors)) else None
    if delta is not None:
        bar, symbol = delta
        count = names.error_count()
        times = rf"{count}\," if count else ""
        said = rf"the error: ${times}\partial {letter(names.cost)} / \partial {symbol}$"
        alike = "" if count == "" or names.has_error_of_weighted else ", and so for every value of an example"
        yield Symbol(bar, said + alike, f"as ${symbol}$")
    gradient = names.gradient_symbols()
    if gradient is not None:
        bar, fraction, symbol = gradient
        yield Symbol(bar, f"the gradient: ${fraction}$", f"as ${symbol}$")


def _stem(printer: Printer, tensor: Tensor) -> str:
    """The u of u_f, u_i, u_g: what letters of the same kind have in common; nothing where a letter stands alone."""
    stem, mark, _ = printer.names.label(tensor).letter.partition("_")
    return stem if mark else ""


def _gathered(rows: Sequence[tuple[str, Symbol]]) -> list[Symbol]:
    """One row for the letters of one stem that mean the same and have the same range: those of the gates of an LSTM."""
    found: dict[object, Symbol] = {}
    for number, (stem, row) in enumerate(rows):
        key = (stem, row.meaning, row.sizes) if stem else number
        before = found.get(key)
        found[key] = row if before is None else replace(row, formula=f"{before.formula},\\ {row.formula}")
    return list(found.values())


def _row(printer: Printer, group: Sequence[Tensor], shape: Callable[[Printer, Tensor], str]) -> Symbol:
    first, names = group[0], printer.names
    label = names.label(first)
    own = MEANINGS if first.label is not None else {}
    known = stepless(label.letter)
    meaning = own.get(known, ROLES[first.role]) if first.role != "constant" else ROLES["constant"]
    symbol = names.read(first.at())
    if known not in own and first.role == "value":
        equation = names.derivation.defining(first.name)[0][0]
        said = names.meanings.get(first.name) or part_text(equation) or _function_text(printer, equation)
        said = said or origin_text(equation.origin) or purpose.made_of(names, first)
        return Symbol(symbol, said or meaning, shape(printer, first))
    if first.among is not None:
        meaning += f", each a whole number {whole_numbers(printer, first.among)}"
    if len(group) > 1:
        layers = [layer for t in group if (layer := names.label(t).layer) is not None]
        sizes = listed([shape(printer, t) for t in group] if shape is not ranges else
                        [size_text(printer, [a.size for a, _ in names.arranged(t, t.at())]) for t in group])
        span = spans([(names.index(n), n) for n in (layer + names.shift(first) for layer in layers)])
        usual = min(group, key=lambda t: max((len(axis.name) for axis in t.axes), default=0))
        shown = sizes if any(t.axes for t in group) else ""
        return Symbol(names.layered_symbol(usual), f"{meaning}, layers {span}", shown)
    if first.name in names.meanings:
        meaning = names.meanings[first.name]
    elif label.layer is not None and label.letter != "x":
        meaning += f" of layer ${names.index(label.layer + names.shift(first))}$"
    if first.value is not None:
        meaning += f", ${printer.text(first.value)}$"
    if first.label is None and len(group) == 1 and (done := purpose.use(names, first)):
        meaning += f": {done}"
    return Symbol(symbol, meaning, shape(printer, first))


def spans(layers: Sequence[tuple[str, sp.Expr]]) -> str:
    """1 to 3; 1 and 3; 1, 3 to 5: the numbers of layers, neighbours as a span."""
    runs: list[list[tuple[str, sp.Expr]]] = []
    for text, number in layers:
        if runs and sp.expand(number - runs[-1][-1][1]) == 1:
            runs[-1].append((text, number))
        else:
            runs.append([(text, number)])
    said = [f"${run[0][0]}$" + (f" to ${run[-1][0]}$" if run[1:] else "") for run in runs]
    return " and ".join([", ".join(said[:-1]), said[-1]] if said[1:] else said)


def _function_text(printer: Printer, equation: Equation) -> str:
    """"sigmoid of z", where a value is a function of one other."""
    body = equation.terms[0].body
    plain = len(equation.terms) == 1 and isinstance(body, Application) and len(reads_of(body.args[0])) == 1
    return f"{escape(body.record.name)} of ${printer.text(body.args[0])}$" if plain else ""


def _last_row(printer: Printer, group: Sequence[Tensor], shape: Callable[[Printer, Tensor], str]) -> Iterator[Symbol]:
    """The letter that the last layer has of its own."""
    last, names = group[-1], printer.names
    if len(group) > 1 and names.is_last(names.label(last)):
        meaning = f"{MEANINGS[names.label(last).letter]} of the last layer"
        yield Symbol(printer.text(last.at()), meaning, shape(printer, last))
