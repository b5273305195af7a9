r"""The index form: every kept gradient with its sums and indices, line by line, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator

from derive.explain import Chain, Explanation, explain
from derive.forms.cases import cases
from derive.ir import Derivation
from derive.latex.align import align
from derive.latex.expression import Printer
from derive.latex.lines import chain_rows, condition_text
from derive.latex.names import Names
from derive.latex.sections import Section, preface
from derive.notation import Notation

KINDS = {"b": "bias", "w": "weight"}


def index_sections(forward: Derivation, notation: Notation, wrt: tuple[str, ...]) -> list[Section]:
    """The preface, then one section a layer, in the order in which backpropagation runs."""
    explanation = explain(forward, wrt, notation.policy)
    printer = Printer(Names(explanation.derivation, notation))
    return [*preface(printer, forward), *gradients(explanation, printer)]


def gradients(explanation: Explanation, printer: Printer) -> Iterator[Section]:
    """The chains of one layer together."""
    blocks: dict[str, list[str]] = {}
    first = True
    for chain in explanation.chains:
        for case in cases(chain):
            kind = kind_of(printer, case.chain, first)
            first = first and kind != "output"
            tag = printer.names.notation.tag(kind) if tagged(explanation, printer) else ""
            said = condition_text(printer, case)
            block = align(list(chain_rows(printer, case, tag)))
            block = f"{said[:1].upper()}{said[1:]}:\n{block}" if said else block
            blocks.setdefault(title_of(printer, case.chain), []).append(block)
    for title, some in blocks.items():
        yield Section(title, tuple(some))


def tagged(explanation: Explanation, printer: Printer) -> bool:
    """Whether the equations are the four of backpropagation: they are stated through delta = dC/dz."""
    return printer.names.layered and any(printer.names.is_delta(chain.tensor) for chain in explanation.chains)


def kind_of(printer: Printer, chain: Chain, first: bool) -> str:
    """output, hidden, bias or weight: which of the four equations of backpropagation it is."""
    inner = printer.names.derivation.tensor(chain.tensor.of or "")
    letter = printer.names.label(inner).letter
    if letter == "z":
        return "output" if first else "hidden"
    return KINDS.get(letter, "")


def title_of(printer: Printer, chain: Chain) -> str:
    """The heading under which a gradient stands."""
    inner = printer.names.derivation.tensor(chain.tensor.of or "")
    layer = printer.names.label(inner).layer
    if layer is None:
        return "The gradient"
    text = printer.names.index(layer)
    return f"Layer {text if text.isdigit() else f'${text}$'}"
