r"""Equations and chains as rows: what equals what, by which reason, under which tag."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import sympy as sp

from derive.calculus.explain import Chain, Line
from derive.calculus.factored import Factored, factored
from derive.calculus.rewrite import Reason
from derive.document.content import Row
from derive.forms.cases import Case
from derive.functions.record import equal
from derive.ir import Equation, Index, Loop, Term, equations_of, index_symbol, read, reads_of, size_symbol
from derive.latex.conditions import RELATIONS, sides
from derive.latex.expression import Printer
from derive.latex.letters import escape
from derive.latex.names import Names
from derive.latex.split import split, split_sum
from derive.latex.text import Level, fence
from derive.model.layer import layers

_LAYER = re.compile(r"[lL](-\d+)?,?")
_NUMBER = re.compile(r"\blayer (\d+)\b")
_PLACE = re.compile(r":\d+:\d+$")
RELATED = {"=": "=", "+=": r"\mathrel{+}="}
DERIVED = "each derivative worked out"


def equation_row(printer: Printer, equation: Equation, reason: str = "") -> Row:
    """One equation as a row; what is added to a value that is there already says so."""
    return Row(printer.text(equation.lhs), pieces(printer, equation.terms), reason, relation=RELATED[equation.op])


def pieces(printer: Printer, terms: Sequence[Term]) -> tuple[str, ...]:
    """The right-hand side in summands, each with its sign: positive ones first; what all share before a bracket."""
    shared = factored(terms)
    return (bracketed(printer, shared),) if shared else _summed(printer, terms)


def bracketed(printer: Printer, shared: Factored) -> str:
    """a (d - sum)"""
    negative, front = printer.signed(shared.front)
    inside = fence("".join(_summed(printer, shared.terms)))
    return ("-" if negative else "") + (inside if front.text == "1" else rf"{front.inside(Level.PRODUCT)}\,{inside}")


def _summed(printer: Printer, terms: Sequence[Term]) -> tuple[str, ...]:
    signed = [printer.term(t) for term in terms for t in _summands(printer, term)] or [(False, printer.number_zero)]
    signed.sort(key=lambda pair: pair[0])
    texts = []
    for number, (negative, piece) in enumerate(signed):
        body = piece.inside(Level.BIGSUM) if negative or len(signed) > 1 else piece.text
        mark = ("-" if number == 0 else " - ") if negative else ("" if number == 0 else " + ")
        texts.append(mark + body)
    return tuple(texts)


def _summands(printer: Printer, term: Term) -> list[Term]:
    """A body that is itself a sum, as terms; a content or common factor keeps it together."""
    if term.summed or term.where or not term.body.is_Add or not printer.opens(term.body):
        return [term]
    return [Term(body) for body in split_sum(printer.names, term.body)]


def reason_text(printer: Printer, reason: Reason) -> str:
    """A reason as LaTeX text with its formulas in dollars."""
    formulas = [f"${printer.text(a)}$" for a in reason.about]
    text = escape(reason.text).replace(r"\{", "{").replace(r"\}", "}")
    return text.format(*formulas).replace("$ = $", " = ")


def chain_rows(printer: Printer, case: Case, tag: str = "") -> Iterator[Row]:
    """All the lines that lead to one gradient; the textbook form is boxed and tagged."""
    chain = case.chain
    tensor, shown = chain.tensor, boxed_line(chain)
    left = printer.text(read(tensor.name, *chain.lines[0].equation.at))
    if printer.names.is_delta(tensor):
        defined = printer.names.fraction(tensor, chain.lines[0].equation.at)
        yield Row(left, (defined,), "by definition")
        left = ""
    else:
        defined = left
    kept = ""
    for number, line in enumerate(chain.lines):
        right = pieces(printer, _in_step(chain, line))
        reason = "" if line.reason.text == DERIVED else reason_text(printer, line.reason)
        if "".join(right) == defined:
            kept = reason
            continue
        reason, kept = reason or kept, ""
        here = number == shown
        yield Row(left, right, reason, tag if here else "", here)
        left = ""


def _in_step(chain: Chain, line: Line) -> Sequence[Term]:
    """The paths of the chain rule in the order in which their values will stand: positive ones first."""
    terms = line.equation.terms
    values = chain.lines[1].equation.terms if line is chain.lines[0] and len(chain.lines) > 1 else ()
    if len(values) != len(terms):
        return terms
    return [terms[n] for n in sorted(range(len(terms)), key=lambda n: bool(split(values[n].body).number < 0))]


def boxed_line(chain: Chain) -> int:
    """The last line; or the one before, if the last only puts in the slope of the activation."""
    return chain.boxed


def condition_text(printer: Printer, case: Case) -> str:
    """for l = L; for l < L"""
    texts = []
    for condition in case.where:
        left, right = sides(printer.names, condition)
        step = right + 1 if RELATIONS[type(condition)] == r"\le" else None
        texts.append(f"${printer.names.plain(left)} < {printer.names.plain(step)}$" if step is not None and
                     step.is_Symbol else f"${printer.condition(condition)}$")
    return "for " + " and ".join(texts) if texts else ""


def forward_rows(printer: Printer, statements: Sequence[Equation | Loop]) -> Iterator[Row]:
    """The equations of the forward pass, with what each one is."""
    for equation in equations_of(statements):
        row = equation_row(printer, equation, step_text(printer.names, equation))
        if "".join(row.right) != row.left:
            yield row


def said_once(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows of the forward pass, the layer said where it begins: what follows only says what it is."""
    before = ""
    for row in rows:
        layer, _, part = row.reason.partition(": ")
        yield replace(row, reason=part) if layer == before and layer.startswith("layer ") else row
        before = layer


def numbered(names: Names, said: str) -> str:
    """"layer 2, weighted input" with the number that the notation gives to the layer."""
    first = names.notation.first_layer
    if not first:
        return said
    said = _NUMBER.sub(lambda found: f"layer {int(found[1]) + first}", said)
    for symbol in (index_symbol("l"), size_symbol("L")):
        said = said.replace(f"layer ${symbol}$", f"layer ${names.number(symbol)}$")
    return said


def step_text(names: Names, equation: Equation) -> str:
    """What a step of the forward pass is: "layer 2, activation softmax: the exponentials"."""
    said = numbered(names, origin_text(equation.origin))
    part = names.meanings.get(equation.target) or part_text(equation)
    return f"{said}: {part}" if said and part else said


def part_text(equation: Equation) -> str:
    """What an inner value is, told from its equation: exponentials, their sum, a mean, the share of each."""
    body, summed = equation.terms[0].body, equation.terms[0].summed
    if len(equation.terms) != 1 or equation.terms[0].by == "max":
        return ""
    if isinstance(body, sp.exp):
        return "the exponentials"
    if isinstance(body, equal) and not summed:
        return "1 at the right place, else 0"
    above, below = body.as_numer_denom()
    if summed:
        if isinstance(body, equal):
            return "how many share the maximum"
        each = below == sp.Mul(*(k.size for k in summed))
        return "their sum" if isinstance(body, sp.Indexed) else _mean_text(above, summed) if each else ""
    if body.is_Pow and body.exp == sp.Rational(1, 2):
        return "the root"
    whole = (isinstance(below, sp.Indexed) or below.is_Symbol) and reads_of(below)
    if whole and isinstance(above, sp.Add) and len(above.args) == 2 and min(map(_sign, above.args)) < 0:
        return "standardized"
    return "the share of each" if isinstance(above, sp.Indexed) and whole and equation.part not in layers() else ""


def _sign(expr: sp.Expr) -> int:
    return -1 if expr.as_coeff_Mul()[0] < 0 else 1


def _mean_text(each: sp.Expr, summed: Sequence[Index]) -> str:
    """What the mean of these values is called: of (x[k] - u)^2 the variance, but not of (a[j] - y[j])^2."""
    if isinstance(each, sp.Indexed):
        return "the mean"
    if not each.is_Pow or each.exp != 2:
        return ""
    over = {k.symbol for k in summed}
    fixed = [r for r in reads_of(each.base) if not r.free_symbols & over]
    return "the mean of the squares" if not each.base.is_Add else "the variance" if len(fixed) == 1 else ""


def origin_text(origin: str) -> str:
    """"layer l, activation cross_entropy" as text: letters of layers are mathematics, places in a file are nothing."""
    if _PLACE.search(origin):
        return ""
    words = escape(origin.replace("_", "-")).split(" ")
    return " ".join(f"${w.rstrip(',')}$" + "," * w.endswith(",") if _LAYER.fullmatch(w) else w for w in words)
