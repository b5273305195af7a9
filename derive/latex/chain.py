r"""The chain form: one neuron a layer, so that the chain rule stands bare.

    \frac{\partial C}{\partial w} = \underbrace{\frac{\partial z}{\partial w}}_{\text{how active the input is}} ...
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from derive.calculus.explain import Chain, Explanation, Line, explain
from derive.calculus.local import local_derivatives
from derive.calculus.partials import Partial
from derive.calculus.rewrite import known, use_slopes
from derive.document.content import Block, Display, Prose, Row, Section
from derive.forms.cases import Case
from derive.forms.chain import from_end, single_neurons
from derive.forms.composed import with_values
from derive.ir import Derivation, Equation
from derive.latex.expression import Printer
from derive.latex.lines import chain_rows, pieces
from derive.latex.names import Names
from derive.latex.product import path
from derive.latex.sections import preface
from derive.notation import Notation

MEANINGS = {("z", "w"): ("how active", "the input is"), ("z", "b"): ("the bias", "counts in full"),
            ("a", "z"): ("how responsive", "the neuron is"), ("z", "a"): ("how strong", "the weight is"),
            ("z", "x"): ("how strong", "the weight is"), ("C", "a"): ("how wrong", "the output is"),
            ("C_0", "a"): ("how wrong", "the output is"), ("C", "z"): ("how wrong", "the output is")}
"""What a local derivative means, by the letters above and below."""
MAX_BRACES = 5


def chain_sections(forward: Derivation, notation: Notation, wrt: tuple[str, ...]) -> list[Section]:
    """The network as a chain of single neurons, and each gradient as the product of its factors."""
    single = single_neurons(forward)
    if notation.layers_from_end:
        single = from_end(single, with_input=notation.input == notation.activation)
    explanation = explain(single, wrt, "none")
    printer = Printer(Names(explanation.derivation, notation))
    front = preface(printer, explanation.forward)
    if any(axis.kind == "axis" for t in forward.tensors for axis in t.axes):
        said = "One neuron in each layer, so that nothing needs an index."
        front[0] = Section(front[0].title, (Prose(said), *front[0].blocks))
    shown: set[str] = set()
    return [*front, *(_section(explanation, printer, chain, shown) for chain in explanation.chains)]


def _section(explanation: Explanation, printer: Printer, chain: Chain, shown: set[str]) -> Section:
    assert chain.tensor.of is not None
    inner = printer.names.derivation.tensor(chain.tensor.of)
    title = f"The derivative with respect to ${printer.text(inner.at())}$"
    return Section(title, tuple(_blocks(explanation, printer, chain, shown)))


def _blocks(explanation: Explanation, printer: Printer, chain: Chain, shown: set[str]) -> Iterator[Block]:
    """The factors under braces, each factor that is new, and their product."""
    first, *rest = chain.lines
    if first.rule == "chain rule":
        yield Display((Row(printer.text(chain.tensor.at()), braced(printer, first.equation)),))
        rows = [row for row in local_rows(explanation, printer, first) if row.left not in shown]
        if rows:
            yield Prose("where" if not shown else "where, besides the factors above,")
            yield Display(tuple(rows))
            shown |= {row.left for row in rows}
        yield Prose("Put together:")
    lines = rest or [first]
    if len(lines) > 1 and lines[-1].rule == "slope of the activation":
        lines.pop()
    rows = list(chain_rows(printer, Case(Chain(chain.tensor, tuple(lines)))))
    values = with_values(explanation.forward, lines[-1].equation)
    if values is not None:
        rows.append(Row("", pieces(printer, values.terms), "with the values above put in"))
    yield Display(tuple(rows))


def local_rows(explanation: Explanation, printer: Printer, line: Line) -> list[Row]:
    """Each factor with its value, in the order of the path; a slope also in terms of the output."""
    local = local_derivatives(explanation, line)
    order = {text: n for n, text in enumerate(path(printer.names, [(p, printer.factor_piece(p)) for p, _ in local]))}
    rows = []
    for node, value in local:
        slope = use_slopes(known(explanation.forward), Equation("", (), (), (value,)))
        after = " = " + "".join(pieces(printer, slope[0].terms)) if slope else ""
        rows.append(Row(printer.text(node), (*pieces(printer, [value]), *([after] if after else []))))
    return sorted(rows, key=lambda row: order[row.left])


def braced(printer: Printer, equation: Equation) -> tuple[str, ...]:
    """The factors of the chain rule, each with its meaning under a brace where there is room."""
    texts = []
    for number, term in enumerate(equation.terms):
        factors = list(sp.Mul.make_args(term.body))
        partials = [f for f in factors if isinstance(f, Partial)]
        if len(partials) < len(factors) or len(partials) > MAX_BRACES:
            text = printer.term(term)[1].text
        else:
            pairs = {printer.factor_piece(f).text: f for f in partials}
            inorder = path(printer.names, [(f, printer.factor_piece(f)) for f in partials])
            text = r"\;".join(_brace(printer, pairs[one], one) for one in inorder)
        texts.append((" + " if number else "") + text)
    return tuple(texts)


def _brace(printer: Printer, partial: sp.Expr, text: str) -> str:
    names = printer.names
    letters = tuple(names.label(t).letter if (t := names.tensor(side)) is not None else "" for side in partial.args)
    if letters not in MEANINGS:
        return text
    words = r" \\ ".join(rf"\text{{{part}}}" for part in MEANINGS[letters])
    return rf"\underbrace{{{text}}}_{{\substack{{{words}}}}}"
