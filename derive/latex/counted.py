r"""The rows of the table of symbols below the arrays: indices, sizes and signs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import sympy as sp

from derive.document.content import Symbol
from derive.ir import Index, Tensor, indices_of, size_symbol, tensor_of
from derive.latex.expression import Printer
from derive.latex.letters import letter
from derive.latex.ranges import range_text
from derive.latex.told import Told
from derive.notation import Notation

SIZES = {"L": "the number of the last layer", "m": "the number of examples"}
"""What a size stands for."""
NEURONS = "the number of neurons in layer ${}$"


def groups(printer: Printer, told: Told) -> Iterator[list[Tensor]]:
    """Tensors of one letter with numbered layers together; every other one alone."""
    found: dict[object, list[Tensor]] = {}
    for tensor in told.tensors:
        if tensor.of is None:
            label = printer.names.label(tensor)
            numbered = label.layer is not None and label.letter != "x"
            alike = (label.letter, len(tensor.axes), tensor.role, *(axis.kind for axis in tensor.axes),
                     printer.names.meanings.get(tensor.name))
            found.setdefault(alike if numbered else tensor.name, []).append(tensor)
    yield from found.values()


def rows(printer: Printer, told: Told, whole: bool) -> Iterator[Symbol]:
    """Indices, what else is counted, examples, sizes, and the signs between whole arrays."""
    yield from _index_rows(printer, told)
    if not whole:
        yield from _counted_rows(printer, told)
    yield from _example_rows(printer, told)
    yield from _size_rows(printer, told)
    if whole:
        yield from _sign_rows(printer.names.notation)


def has_indexed_weights(printer: Printer, told: Told) -> bool:
    """Whether the table says where the indices count from."""
    return any(True for _ in _index_rows(printer, told))


def _index_rows(printer: Printer, told: Told) -> Iterator[Symbol]:
    """Which index of a weight is where it leads, and which where it comes from: of a dense layer, if there is one."""
    names, alone = printer.names, [group[0].name for group in groups(printer, told) if len(group) == 1]
    found = sorted(_leading(printer, told), key=lambda one: one[0].name in names.meanings)
    for tensor, to, come in found[:1]:
        layered = tensor.label is not None and tensor.label.layer is not None and tensor.name not in alone
        symbol = names.layered_symbol(tensor) if layered else printer.text(tensor.at())
        yield Symbol(rf"{to},\,{come}", f"neurons: ${symbol}$ leads to ${to}$ from ${come}$",
                     f"counted from {names.notation.counts_from}")


def _counted_rows(printer: Printer, told: Told) -> Iterator[Symbol]:
    """The ranges of indices that are no axis of an array, i of z[2*i+u]; in which layer, where a letter has others."""
    names, found = printer.names, dict[tuple[str, sp.Expr], tuple[Index, Tensor]]()
    known = {(axis.name, axis.size) for t in names.derivation.tensors for axis in t.axes}
    for equation in (e for e in told.equations if names.derivation.tensor(e.target).of is None):
        tensor = names.derivation.tensor(equation.target)
        for index in (*equation.free, *(k for term in equation.terms for k in term.summed)):
            if (index.name, index.size) not in known and index.kind == "axis" and not index.size.free_symbols:
                found.setdefault((index.name, index.size), (index, tensor))
    ranges = Counter(name for name, _ in known | found.keys())
    doubled = {tensor.name for index, tensor in found.values() if ranges[index.name] > 1}
    rows = dict[str, list[Index]]()
    for index, tensor in found.values():
        layer = names.label(tensor).layer if tensor.name in doubled else None
        where = "in the sums" if layer is None else f"in layer ${names.index(layer + names.shift(tensor))}$"
        rows.setdefault(where, []).append(index)
    for where, some in rows.items():
        letters = r",\,".join(names.index(index.symbol) for index in some)
        yield Symbol(letters, f"counted {where}", ", ".join(range_text(printer, index) for index in some))


def _leading(printer: Printer, told: Told) -> Iterator[tuple[Tensor, str, str]]:
    """Weights with two indices: to which one each leads, and from which it comes."""
    names = printer.names
    for equation in names.derivation.equations():
        for access in sorted((r for r in equation.reads() if tensor_of(r) in told.arrays), key=str):
            tensor = names.derivation.tensor(tensor_of(access))
            inner = [axis for axis in tensor.axes if axis.kind == "axis"]
            if tensor.label is None or tensor.label.letter != "w" or len(inner) != 2:
                continue
            pairs = list(zip(tensor.axes, indices_of(access), strict=True))
            to = [names.index(a.symbol) for a, e in pairs if a.kind == "axis" and e in equation.at]
            come = [names.index(a.symbol) for a, e in pairs if a.kind == "axis" and e not in equation.at]
            if len(to) == len(come) == 1:
                yield tensor, to[0], come[0]


def _example_rows(printer: Printer, told: Told) -> Iterator[Symbol]:
    sample = next((axis for t in told.tensors for axis in t.axes if axis.kind == "sample"), None)
    if sample is not None:
        names, first = printer.names, printer.names.notation.counts_from
        name, last = names.index(sample.symbol), names.index(sample.last + first)
        yield Symbol(name, "an example", rf"${name} = {first}, \dots, {last}$")


def _size_rows(printer: Printer, told: Told) -> Iterator[Symbol]:
    """The letters of sizes: L, m, n_l."""
    names = printer.names
    axes = [axis for tensor in told.tensors for axis in tensor.axes]
    used = {str(s) for axis in axes for s in axis.size.free_symbols | axis.last.free_symbols}
    layers = [names.label(t).layer for t in told.tensors]
    used |= {str(s) for layer in layers if layer is not None for s in layer.free_symbols}
    ragged = next((axis.size for axis in axes if isinstance(axis.size, sp.Indexed)), None)
    if ragged is not None:
        yield Symbol(f"{letter(names.notation.widths or str(ragged.base.label))}_l", NEURONS.format("l"))
    for name, meaning in SIZES.items():
        if name in used:
            shown = names.index(size_symbol(name) + (names.notation.first_layer if name == "L" else 0))
            yield Symbol(shown, meaning)


def _sign_rows(notation: Notation) -> Iterator[Symbol]:
    yield Symbol(rf"{{}}^{notation.transpose}", "transpose: rows become columns")
    yield Symbol(notation.hadamard, "product entry by entry")
