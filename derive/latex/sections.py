"""The sections that every form shares: what is assumed, the symbols, the cost layer by layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from derive.forms.composed import composed
from derive.ir import Derivation
from derive.latex.align import PAGE, align
from derive.latex.expression import Printer
from derive.latex.letters import escape
from derive.latex.lines import equation_row, forward_rows
from derive.latex.measure import width
from derive.latex.symbols import symbol_table


@dataclass(frozen=True)
class Section:
    """A heading and blocks of finished LaTeX."""

    title: str
    blocks: tuple[str, ...]


def preface(printer: Printer, forward: Derivation) -> list[Section]:
    """Assumptions, symbols, and the cost."""
    names = printer.names
    start = (_sentences(printer), symbol_table(printer, names.delta_symbols()))
    rows = list(forward_rows(printer, forward.statements))
    cost = [align(rows), *_composed(printer, forward)]
    return [Section("What the symbols mean", tuple(b for b in start if b)),
            Section("The cost, step by step", tuple(cost))]


def _composed(printer: Printer, forward: Derivation) -> Iterator[str]:
    """The cost as one formula, where it fits on a line."""
    whole = composed(forward)
    if whole is not None:
        row = equation_row(printer, whole)
        if width(row.left + "=" + "".join(row.right)) < PAGE:
            yield "As one formula:"
            yield align([row])


def _sentences(printer: Printer) -> str:
    names = printer.names
    said = [a[:1].upper() + a[1:] + "." for a in (escape(a) for a in names.derivation.assumptions)]
    if names.layered:
        label = names.notation.layer.format("l")
        said.append(f"The superscript ${label}$ is the number of a layer, not an exponent.")
    if any(axis.kind != "layer" for t in names.derivation.tensors for axis in t.axes):
        said.append(f"Indices count from {names.notation.counts_from}.")
    return " ".join(said)
