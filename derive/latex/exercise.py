r"""An exercise: the network and what to derive, numbers to check against, graded hints, and the solution apart.

The hints are the reasons and the first lines of the very chains that the solution prints.
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.calculus.explain import Explanation, explain
from derive.calculus.local import local_derivatives
from derive.document.content import Block, Display, Prose, Row, Section
from derive.errors import DeriveError
from derive.ir import Derivation
from derive.latex.expression import Printer
from derive.latex.index import index_sections
from derive.latex.lines import pieces, reason_text
from derive.latex.names import Names
from derive.latex.numbers import Worked
from derive.latex.sections import preface
from derive.notation import Notation
from derive.worked import Numbers, example

SOLUTION = "Solution: "


def exercise_sections(forward: Derivation, notation: Notation, wrt: tuple[str, ...],
                      numbers: Numbers) -> list[Section]:
    """The statement, the sample, three hints, the solution."""
    explanation = explain(forward, wrt, "delta")
    printer = Printer(Names(explanation.derivation, notation))
    symbols, cost, *_ = preface(printer, forward)
    solution = index_sections(forward, notation, wrt)[len(preface(printer, forward)):]
    return [
        symbols,
        Section("The network", cost.blocks),
        Section("The exercise", tuple(_statement(printer, explanation, wrt))),
        Section("Numbers to check against", tuple(_sample(forward, notation, wrt, numbers))),
        *_hints(printer, explanation),
        *(Section(f"{SOLUTION}{part.title[:1].lower()}{part.title[1:]}", part.blocks, apart=n == 0)
          for n, part in enumerate(solution)),
    ]


def _statement(printer: Printer, explanation: Explanation, wrt: tuple[str, ...]) -> Iterator[Block]:
    wanted = [f"${printer.text(explanation.chain(name).tensor.at())}$" for name in wrt]
    listed = ", ".join(wanted[:-1]) + " and " + wanted[-1] if len(wanted) > 1 else wanted[0]
    yield Prose(f"Derive {listed} with pen and paper: start at the cost and go back layer by layer, and say for each "
                "step why it holds.")
    yield Prose("Then write each result for a whole layer at once, with vectors and matrices, and check that the "
                "shapes fit.")


def _sample(forward: Derivation, notation: Notation, wrt: tuple[str, ...], numbers: Numbers) -> Iterator[Block]:
    """What is given, and the cost and gradients that should come out."""
    explanation = explain(forward, wrt, "delta")
    try:
        worked = Worked(explanation, notation, example(explanation, numbers.values, numbers.seed), numbers)
    except DeriveError as error:
        yield Prose(f"No sample is printed here: {error.what}. Check your formulas with ``derive check''.")
        return
    yield Prose("With these numbers")
    yield worked.given()
    yield Prose(f"your formulas should give, rounded to {numbers.digits} significant digits,")
    yield worked.results([forward.cost, *(explanation.chain(name).tensor.name for name in wrt)])


def _hints(printer: Printer, explanation: Explanation) -> Iterator[Section]:
    """First in words, then the chain rule, then its factors."""
    reasons, rules, factors = list[str](), list[Row](), dict[str, Row]()
    for chain in explanation.chains:
        first = chain.lines[0]
        reasons.append(reason_text(printer, first.reason) + ".")
        rules.append(Row(printer.text(chain.tensor.at()), pieces(printer, first.equation.terms)))
        for node, value in local_derivatives(explanation, first):
            row = Row(printer.text(node), pieces(printer, [value]))
            factors.setdefault(row.left, row)
    said = tuple(Prose(text) for text in dict.fromkeys(reasons))
    yield Section("First hint: how each quantity reaches the cost", said)
    yield Section("Second hint: the chain rule", (Display(tuple(rules)),))
    yield Section("Third hint: the local derivatives", (Display(tuple(factors.values())),))
