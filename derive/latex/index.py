r"""The index form: every kept gradient with its sums and indices, line by line, each with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import sympy as sp

from derive.calculus.explain import Chain, Explanation, explain
from derive.calculus.kinds import kind_of
from derive.document.content import Display, Row, Section
from derive.forms.cases import Case, cases, renumbered
from derive.forms.scale import in_scale
from derive.ir import Derivation, indices_of, reads_of, tensor_of
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
    for chain in by_step(explanation.chains):
        some = blocks.setdefault(title_of(printer, chain), [])
        for case in cases(chain):
            kind = kind_of(explanation, case.chain, case.chain.result.terms)
            case = renumbered(case, printer.names.shift(explanation.derivation.tensor(chain.tensor.of or "")))
            rows = tuple(rows_of(case, printer.names.notation.tag(kind)))
            some.append(Display(rows, condition_text(printer, case) or every_text(printer, chain, some)))
    for title, some in blocks.items():
        yield Section(title, tuple(some))


def by_step(chains: Sequence[Chain]) -> list[Chain]:
    """The gradients of a loop over time as one step takes them: dC/dh[t] before dC/dc[t], which reads it."""
    named, found = {chain.tensor.name: chain for chain in chains}, list[Chain]()
    begun: set[str] = set()

    def put(chain: Chain) -> None:
        if chain.tensor.name not in begun:
            begun.add(chain.tensor.name)
            for access in sorted(_read_in_step(chain), key=str):
                if tensor_of(access) in named:
                    put(named[tensor_of(access)])
            found.append(chain)

    for chain in chains:
        put(chain)
    return found


def _read_in_step(chain: Chain) -> set[sp.Expr]:
    """What the result reads, but for the steps after: those are known already."""
    reads = set[sp.Expr]().union(*(reads_of(term.body) for term in chain.result.terms))
    return {r for r in reads if all(e.is_number or not e.as_coeff_Add()[0] for e in indices_of(r))}


def every_text(printer: Printer, chain: Chain, before: Sequence[Display]) -> str:
    """For every t: said once, where another condition stood above what holds for every step or layer."""
    counted = [printer.names.index(axis.symbol) for axis in chain.tensor.axes if axis.kind in ("layer", "time")]
    said = f"for every {' and '.join(f'${name}$' for name in counted)}"
    above = next((display.condition for display in reversed(before) if display.condition), said)
    return said if counted and said != above else ""


def title_of(printer: Printer, chain: Chain) -> str:
    """The heading under which a gradient stands."""
    inner = printer.names.derivation.tensor(chain.tensor.of or "")
    layer = printer.names.label(inner).layer
    if layer is None:
        return "The gradient"
    text = printer.names.number(layer)
    return f"Layer {text if text.isdigit() else f'${text}$'}"
