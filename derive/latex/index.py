r"""The index form: every kept gradient with its sums and indices, line by line, each with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from derive.calculus.explain import Chain, Explanation, explain
from derive.calculus.kinds import kind_of
from derive.document.content import Display, Row, Section
from derive.forms.cases import Case, cases, renumbered
from derive.forms.scale import in_scale
from derive.ir import Derivation
from derive.latex.expression import Printer
from derive.latex.lines import chain_rows, condition_text
from derive.latex.names import Names
from derive.latex.sections import preface
from derive.notation import Notation


def index_sections(forward: Derivation, notation: Notation, wrt: tuple[str, ...]) -> list[Section]:
    """The preface, then one section a layer, in the order in which backpropagation runs."""
    explanation = in_scale(explain(forward, wrt, notation.policy), notation.error_scale)
    printer = Printer(Names(explanation.derivation, notation))
    return [*preface(printer, forward),
            *gradients(explanation, printer, lambda case, tag: chain_rows(printer, case, tag))]


def gradients(explanation: Explanation, printer: Printer,
              rows_of: Callable[[Case, str], Iterable[Row]]) -> Iterator[Section]:
    """One section a layer, one display a gradient; `rows_of` writes a case with its tag."""
    blocks: dict[str, list[Display]] = {}
    for chain in explanation.chains:
        for case in cases(chain):
            kind = kind_of(explanation, case.chain, case.chain.result.terms)
            case = renumbered(case, printer.names.shift(explanation.derivation.tensor(chain.tensor.of or "")))
            display = Display(tuple(rows_of(case, printer.names.notation.tag(kind))), condition_text(printer, case))
            blocks.setdefault(title_of(printer, case.chain), []).append(display)
    for title, some in blocks.items():
        yield Section(title, tuple(some))


def title_of(printer: Printer, chain: Chain) -> str:
    """The heading under which a gradient stands."""
    inner = printer.names.derivation.tensor(chain.tensor.of or "")
    layer = printer.names.label(inner).layer
    if layer is None:
        return "The gradient"
    text = printer.names.number(layer)
    return f"Layer {text if text.isdigit() else f'${text}$'}"
