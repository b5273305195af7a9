r"""The chain form: one neuron a layer, so that the chain rule stands bare.

    \frac{\partial C}{\partial w} = \underbrace{\frac{\partial z}{\partial w}}_{\text{how active the input is}} ...
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from derive.explain import Chain, Explanation, explain, local_derivatives
from derive.forms.cases import Case
from derive.forms.chain import from_end, single_neurons
from derive.ir import Derivation, Equation
from derive.latex.align import Row, align
from derive.latex.expression import Printer
from derive.latex.lines import chain_rows, pieces
from derive.latex.names import Names
from derive.latex.product import path
from derive.latex.sections import Section, preface
from derive.notation import Notation
from derive.partials import Partial

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
    front[0] = Section(front[0].title, ("One neuron in each layer, so that nothing needs an index.", *front[0].blocks))
    return [*front, *(_section(explanation, printer, chain) for chain in explanation.chains)]


def _section(explanation: Explanation, printer: Printer, chain: Chain) -> Section:
    assert chain.tensor.of is not None
    inner = printer.names.derivation.tensor(chain.tensor.of)
    return Section(f"The derivative with respect to ${printer.text(inner.at())}$", tuple(_blocks(explanation, printer, chain)))


def _blocks(explanation: Explanation, printer: Printer, chain: Chain) -> Iterator[str]:
    first = chain.lines[0]
    if first.rule == "chain rule":
        yield align([Row(printer.text(chain.tensor.at()), braced(printer, first.equation))])
        local = local_derivatives(explanation, first)
        order = {text: n for n, text in enumerate(path(printer.names, [(p, printer.factor_piece(p)) for p, _ in local]))}
        rows = [Row(printer.text(node), pieces(printer, [value])) for node, value in local]
        if rows:
            yield "Each factor is the derivative of one equation above:"
            yield align(sorted(rows, key=lambda row: order[row.left]))
            yield "Put together:"
    yield align(list(chain_rows(printer, Case(Chain(chain.tensor, chain.lines[1:] or chain.lines)))))


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
