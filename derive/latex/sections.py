"""The sections that every form shares: what is assumed, the symbols, the cost layer by layer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import sympy as sp
from sympy.functions.elementary.hyperbolic import HyperbolicFunction

from derive.document.content import Block, Display, Prose, Row, Section
from derive.forms.composed import composed
from derive.functions.record import ScalarFunction
from derive.ir import Derivation, Term
from derive.latex.align import PAGE
from derive.latex.conditions import BRACKET
from derive.latex.counted import has_indexed_weights
from derive.latex.expression import STOP, Printer
from derive.latex.letters import escape
from derive.latex.lines import RELATED, equation_row, forward_rows, pieces, said_once
from derive.latex.measure import width
from derive.latex.symbols import Whole, symbol_table
from derive.latex.told import Told, everything

SIGNS = {
    RELATED["+="]: rf"${RELATED['+=']}$ adds to what is there already.",
    BRACKET: rf"A bracket such as ${BRACKET}z > 0\,]$ is 1 where it holds and 0 elsewhere.",
    STOP: rf"${STOP}(z)$ is $z$ as a number: nothing is passed back through it, its slope is 0.",
    r"\mathbf{1}": r"$\mathbf{1}$ is a vector of ones, as many as fit.",
    r"\bmod": r"$a \bmod b$ is what is left of $a$ when $b$ is taken away as often as it goes.",
}
"""What is said of a sign where it stands in a formula."""


def preface(printer: Printer, forward: Derivation, whole: Whole | None = None,
            told: Told | None = None) -> list[Section]:
    """Assumptions, symbols, and the cost; symbols of all that there is, or of what is told."""
    told = told or everything(printer.names.derivation)
    said = _sentences(printer, forward, told)
    functions = function_rows(printer, told)
    start: tuple[Block, ...] = (*([Prose(said)] if said else []), symbol_table(printer, told, whole),
                                *([Display(functions)] if functions else []))
    rows = list(said_once(forward_rows(printer, forward.statements)))
    cost = [Display(tuple(rows)), *_composed(printer, forward)]
    return [Section("What the symbols mean", start),
            Section("The cost, step by step", tuple(cost))]


def function_rows(printer: Printer, told: Told) -> tuple[Row, ...]:
    """Each function that acts on one number: what it is, and its slope."""
    taken = printer.names.derivation.by_name
    name = next(n for n in (printer.names.notation.weighted, "z", "t", "u", "v", "r") if n not in taken)
    z = sp.Symbol(name, real=True)
    rows: list[Row] = []
    for record in told.functions:
        if record.value(z) != z:
            slope = record.slope(z, record(z))
            rows += [_function_row(printer, record(z), _written(record.value(z)), f"activation {_said(record)}"),
                     _function_row(printer, record.derivative(1)(z), slope, _slope_text(record))]
    return tuple(rows)


def _written(value: sp.Expr) -> sp.Expr:
    """tanh(z) says nothing about tanh: the exponentials that it is made of."""
    return value.rewrite(sp.exp) if isinstance(value, HyperbolicFunction) else value


def _function_row(printer: Printer, left: sp.Expr, right: sp.Expr, reason: str) -> Row:
    return Row(printer.text(left), pieces(printer, [Term(right)]), reason)


def _said(record: ScalarFunction) -> str:
    return "as typed" if record.typed else escape(record.name.replace("_", "-"))


def _slope_text(record: ScalarFunction) -> str:
    """Its slope; and what it is taken to be where there is none."""
    tie = re.fullmatch(rf"{record.name}('+\(0\) = \S+)", record.ties)
    if tie:
        return f"its slope, with ${record.latex}{tie[1]}$ by convention"
    return f"its slope; {escape(record.ties)}" if record.ties else "its slope"


def _composed(printer: Printer, forward: Derivation) -> Iterator[Block]:
    """The cost as one formula, where it fits on a line."""
    whole = composed(forward)
    if whole is not None:
        row = equation_row(printer, whole)
        if width(row.left + "=" + "".join(row.right)) < PAGE:
            yield Prose("As one formula:")
            yield Display((row,))


def _sentences(printer: Printer, forward: Derivation, told: Told) -> str:
    names = printer.names
    said = [a[:1].upper() + a[1:] + "." for a in (escape(a) for a in names.derivation.assumptions)]
    if names.layered:
        label = names.notation.layer.format("l")
        said.append(f"The superscript ${label}$ is the number of a layer, not an exponent." if label else
                    "The first subscript is the number of a layer.")
    if any(axis.kind != "layer" for t in forward.tensors for axis in t.axes) and not has_indexed_weights(printer, told):
        said.append(f"Indices count from {names.notation.counts_from}.")
    return " ".join(said)


def with_signs(sections: Sequence[Section]) -> list[Section]:
    """Signs that not every reader knows are explained where some formula uses them."""
    rows = [row for section in sections for block in section.blocks if isinstance(block, Display) for row in block.rows]
    texts = [text for row in rows for text in (*row.right, row.reason, row.relation)]
    first = sections[0]
    known = " ".join(block.text for block in first.blocks if isinstance(block, Prose))
    said = " ".join(words for sign, words in SIGNS.items() if sign not in known and any(sign in text for text in texts))
    if not said:
        return [*sections]
    return [Section(first.title, (Prose(said), *first.blocks)), *sections[1:]]
