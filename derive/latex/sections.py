"""The sections that every form shares: what is assumed, the symbols, the cost layer by layer."""

from __future__ import annotations

from dataclasses import dataclass

from derive.ir import Derivation
from derive.latex.align import align
from derive.latex.expression import Printer
from derive.latex.letters import escape
from derive.latex.lines import forward_rows
from derive.latex.symbols import symbol_table


@dataclass(frozen=True)
class Section:
    """A heading and blocks of finished LaTeX."""

    title: str
    blocks: tuple[str, ...]


def preface(printer: Printer, forward: Derivation) -> list[Section]:
    """Assumptions, symbols, and the cost."""
    names = printer.names
    delta = bool(names.notation.delta) and any(
        names.is_delta(t) for t in names.derivation.of_role("adjoint"))
    start = (_sentences(printer), symbol_table(printer, delta))
    rows = list(forward_rows(printer, forward.statements))
    return [Section("What the symbols mean", tuple(b for b in start if b)),
            Section("The cost, step by step", (align(rows),))]


def _sentences(printer: Printer) -> str:
    names = printer.names
    said = [a[:1].upper() + a[1:] + "." for a in (escape(a) for a in names.derivation.assumptions)]
    if names.layered:
        label = names.notation.layer.format("l")
        said.append(f"The superscript ${label}$ is the number of a layer, not an exponent.")
    said.append(f"Indices count from {names.notation.counts_from}.")
    return " ".join(said)
