"""The sections that every form shares: what is assumed, the symbols, the cost layer by layer."""

from __future__ import annotations

from collections.abc import Iterator

from derive.content import Block, Display, Prose, Section
from derive.forms.composed import composed
from derive.ir import Derivation
from derive.latex.align import PAGE
from derive.latex.expression import Printer
from derive.latex.letters import escape
from derive.latex.lines import equation_row, forward_rows
from derive.latex.measure import width
from derive.latex.symbols import symbol_table


def preface(printer: Printer, forward: Derivation) -> list[Section]:
    """Assumptions, symbols, and the cost."""
    names = printer.names
    said = _sentences(printer)
    start: tuple[Block, ...] = (*([Prose(said)] if said else []), symbol_table(printer, names.delta_symbols()))
    rows = list(forward_rows(printer, forward.statements))
    cost = [Display(tuple(rows)), *_composed(printer, forward)]
    return [Section("What the symbols mean", start),
            Section("The cost, step by step", tuple(cost))]


def _composed(printer: Printer, forward: Derivation) -> Iterator[Block]:
    """The cost as one formula, where it fits on a line."""
    whole = composed(forward)
    if whole is not None:
        row = equation_row(printer, whole)
        if width(row.left + "=" + "".join(row.right)) < PAGE:
            yield Prose("As one formula:")
            yield Display((row,))


def _sentences(printer: Printer) -> str:
    names = printer.names
    said = [a[:1].upper() + a[1:] + "." for a in (escape(a) for a in names.derivation.assumptions)]
    if names.layered:
        label = names.notation.layer.format("l")
        said.append(f"The superscript ${label}$ is the number of a layer, not an exponent.")
    if any(axis.kind != "layer" for t in names.derivation.tensors for axis in t.axes):
        said.append(f"Indices count from {names.notation.counts_from}.")
    return " ".join(said)
