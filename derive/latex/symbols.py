r"""The table of symbols: every letter with its meaning and its range or shape, before it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import sympy as sp

from derive.document.content import Symbol, Symbols
from derive.functions.record import Application
from derive.ir import Equation, Index, Tensor, indices_of, reads_of, size_symbol, tensor_of
from derive.latex.expression import Printer
from derive.latex.letters import escape, letter, stepless
from derive.latex.lines import origin_text, part_text

MEANINGS = {"x": "input", "y": "target: the output that is wanted", "w": "weight", "b": "bias", "z": "weighted input",
            "a": "activation", "C": "cost"}
"""What a letter stands for in this program's own networks."""
ROLES = {"data": "given with each example", "parameter": "parameter", "constant": "constant", "value": "value",
         "cost": "cost"}
SIZES = {"L": "the number of the last layer", "m": "the number of examples"}
"""What a size stands for."""
NEURONS = "the number of neurons in layer ${}$"


class Whole(Protocol):
    """A printer of whole arrays, and the axes of an array in the order in which it lies on paper."""

    @property
    def whole(self) -> Printer: ...

    def lie(self, access: sp.Expr) -> tuple[sp.Symbol, ...]: ...


def symbol_table(printer: Printer, whole: Whole | None = None) -> Symbols:
    """One row a letter; the layers of a network share theirs. With `whole`, arrays stand without indices."""
    shown = whole.whole if whole else printer
    shape = _ranges if whole is None else lambda _, tensor: _shape(printer, whole.lie, tensor)
    rows = _gathered([(_stem(printer, group[0]), row) for group in _groups(printer)
                      for row in (_row(shown, group, shape), *_last_row(shown, group, shape))])
    delta = shown.names.delta_symbols()
    if delta is not None:
        bar, symbol = delta
        cost = letter(printer.names.cost)
        count = shown.names.error_count()
        times = rf"{count}\," if count else ""
        rows.append(Symbol(bar, rf"the error: ${times}\partial {cost} / \partial {symbol}$", f"as ${symbol}$"))
    gradient = shown.names.gradient_symbols()
    if gradient is not None:
        bar, fraction, symbol = gradient
        rows.append(Symbol(bar, f"the gradient: ${fraction}$", f"as ${symbol}$"))
    indices = (*_index_rows(printer), *(_counted_rows(printer) if whole is None else ()), *_example_rows(printer))
    return Symbols((*rows, *indices, *_size_rows(printer), *_sign_rows(printer, whole)))


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


def _groups(printer: Printer) -> Iterator[list[Tensor]]:
    """Tensors of one letter with numbered layers together; every other one alone."""
    found: dict[object, list[Tensor]] = {}
    for tensor in printer.names.derivation.tensors:
        if tensor.of is None:
            label = printer.names.label(tensor)
            numbered = label.layer is not None and label.letter != "x"
            alike = (label.letter, len(tensor.axes), tensor.role, *(axis.kind for axis in tensor.axes),
                     printer.names.meanings.get(tensor.name))
            found.setdefault(alike if numbered else tensor.name, []).append(tensor)
    yield from found.values()


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
        said = said or origin_text(equation.origin)
        return Symbol(symbol, said or meaning, shape(printer, first))
    if first.among is not None:
        meaning += f", each a whole number {_span(printer, first.among)}"
    if len(group) > 1:
        layers = [layer for t in group if (layer := names.label(t).layer) is not None]
        sizes = _listed([shape(printer, t) for t in group] if shape is not _ranges else
                        [_size(printer, [a.size for a, _ in names.arranged(t, t.at())]) for t in group])
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


# -- ranges and shapes ---------------------------------------------------------------------


def _ranges(printer: Printer, tensor: Tensor) -> str:
    """k = 1..784"""
    return ", ".join(_range(printer, axis) for axis in tensor.axes)


def _range(printer: Printer, axis: Index) -> str:
    names = printer.names
    step = names.notation.counts_from if axis.kind in ("axis", "sample") and axis.start == 0 else 0
    low, high = names.index(axis.start + step), names.index(sp.expand(axis.last + step))
    between = "" if sp.expand(axis.last - axis.start) == 1 else r"\dots, "
    name = names.index(axis.symbol)
    return f"${name} = {low}, {between}{high}$" if low != high else f"${name} = {low}$"


def _span(printer: Printer, among: Index) -> str:
    """from 1 to 1000, as paper counts them"""
    step = printer.names.notation.counts_from if among.start == 0 else 0
    return f"from ${printer.names.index(among.start + step)}$ to ${printer.names.index(sp.expand(among.last + step))}$"


def _shape(printer: Printer, lie: Callable[[sp.Expr], tuple[sp.Symbol, ...]], tensor: Tensor) -> str:
    """rows x columns of an array as it lies on paper; a vector is a column or a row."""
    sizes = {axis.symbol: axis.size for axis in tensor.axes}
    along = lie(tensor.at())
    lying = [sizes[symbol] for symbol in along]
    counted = [axis for axis in tensor.axes if axis.symbol not in along and axis.kind != "sample"]
    apart = [printer.names.index(a.symbol) if a.kind in ("layer", "time") else _range(printer, a).strip("$")
             for a in counted]
    if len(lying) == 1:
        lying.insert(1 if printer.names.notation.samples == "columns" else 0, sp.Integer(1))
    said = _size(printer, lying) if lying else ""
    return said + "".join(f", for each ${name}$" for name in apart)


def _size(printer: Printer, sizes: Sequence[sp.Expr]) -> str:
    return "$" + (r" \times ".join(printer.names.index(size) for size in sizes) or "1") + "$"


def _listed(shapes: list[str]) -> str:
    """The sizes of a tensor in each layer: 16 x 784, 16 x 16, 10 x 16; said once where all are the same."""
    if len(set(shapes)) == 1:
        return shapes[0]
    return ", ".join([*shapes[:3], r"$\dots$", shapes[-1]] if len(shapes) > 6 else shapes)


def has_indexed_weights(printer: Printer) -> bool:
    """Whether the table says where the indices count from."""
    return any(True for _ in _index_rows(printer))


# -- indices, sizes and signs --------------------------------------------------------------


def _index_rows(printer: Printer) -> Iterator[Symbol]:
    """Which index of a weight is where it leads, and which where it comes from: of a dense layer, if there is one."""
    names, alone = printer.names, [group[0].name for group in _groups(printer) if len(group) == 1]
    found = sorted(_leading(printer), key=lambda one: one[0].name in names.meanings)
    for tensor, to, come in found[:1]:
        layered = tensor.label is not None and tensor.label.layer is not None and tensor.name not in alone
        symbol = names.layered_symbol(tensor) if layered else printer.text(tensor.at())
        yield Symbol(rf"{to},\,{come}", f"neurons: ${symbol}$ leads to ${to}$ from ${come}$",
                     f"counted from {names.notation.counts_from}")


def _counted_rows(printer: Printer) -> Iterator[Symbol]:
    """The ranges of indices that are no axis of an array: i of z[2*i+u]."""
    names, found = printer.names, dict[str, Index]()
    known = {(axis.name, axis.size) for t in names.derivation.tensors for axis in t.axes}
    for equation in (e for e in names.derivation.equations() if names.derivation.tensor(e.target).of is None):
        for index in (*equation.free, *(k for term in equation.terms for k in term.summed)):
            if (index.name, index.size) not in known and index.kind == "axis" and not index.size.free_symbols:
                found.setdefault(index.name, index)
    if found:
        letters = r",\,".join(names.index(index.symbol) for index in found.values())
        yield Symbol(letters, "counted in the sums", ", ".join(_range(printer, index) for index in found.values()))


def _leading(printer: Printer) -> Iterator[tuple[Tensor, str, str]]:
    """Weights with two indices: to which one each leads, and from which it comes."""
    names = printer.names
    for equation in names.derivation.equations():
        for access in sorted(equation.reads(), key=str):
            tensor = names.derivation.tensor(tensor_of(access))
            inner = [axis for axis in tensor.axes if axis.kind == "axis"]
            if tensor.label is None or tensor.label.letter != "w" or len(inner) != 2:
                continue
            pairs = list(zip(tensor.axes, indices_of(access), strict=True))
            to = [names.index(a.symbol) for a, e in pairs if a.kind == "axis" and e in equation.at]
            come = [names.index(a.symbol) for a, e in pairs if a.kind == "axis" and e not in equation.at]
            if len(to) == len(come) == 1:
                yield tensor, to[0], come[0]


def _example_rows(printer: Printer) -> Iterator[Symbol]:
    tensors = printer.names.derivation.tensors
    sample = next((axis for t in tensors for axis in t.axes if axis.kind == "sample"), None)
    if sample is not None:
        names, first = printer.names, printer.names.notation.counts_from
        name, last = names.index(sample.symbol), names.index(sample.last + first)
        yield Symbol(name, "an example", rf"${name} = {first}, \dots, {last}$")


def _size_rows(printer: Printer) -> Iterator[Symbol]:
    """The letters of sizes: L, m, n_l."""
    names = printer.names
    axes = [axis for tensor in names.derivation.tensors for axis in tensor.axes]
    used = {str(s) for axis in axes for s in axis.size.free_symbols | axis.last.free_symbols}
    layers = [names.label(t).layer for t in names.derivation.tensors]
    used |= {str(s) for layer in layers if layer is not None for s in layer.free_symbols}
    ragged = next((axis.size for axis in axes if isinstance(axis.size, sp.Indexed)), None)
    if ragged is not None:
        yield Symbol(f"{letter(names.notation.widths or str(ragged.base.label))}_l", NEURONS.format("l"))
    for name, meaning in SIZES.items():
        if name in used:
            shown = names.index(size_symbol(name) + (names.notation.first_layer if name == "L" else 0))
            yield Symbol(shown, meaning)


def _sign_rows(printer: Printer, whole: Whole | None) -> Iterator[Symbol]:
    if whole is not None:
        notation = printer.names.notation
        yield Symbol(rf"{{}}^{notation.transpose}", "transpose: rows become columns")
        yield Symbol(notation.hadamard, "product entry by entry")
