"""A bridge: one step between two levels of a derivation, argued for a network at hand.

In: the equations of a network, a notation. Out: a document: `derive why transpose`. Each bridge is one
file in derive/bridges/, found by looking: sentences, and equations that the engine derives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, cached_property

import sympy as sp

from derive.calculus.explain import Explanation, Line, explain
from derive.calculus.inline import inline
from derive.calculus.rewrite import RULES, Reason
from derive.calculus.rewrite import known as facts_of
from derive.document.content import Block, Document, Prose, Section
from derive.errors import DeriveError, nearest
from derive.forms.cases import Case, cases
from derive.forms.relettered import line_in
from derive.forms.written_out import written_out
from derive.ir import Derivation, Equation, Index, Tensor, Term, index_symbol, reads_of, tensor_of
from derive.latex.letters import escape
from derive.latex.sections import preface, with_signs
from derive.latex.steps import Entries, Forms, Laid, Part, Said, Shown, Step, blocks, kept
from derive.latex.told import spoken_of
from derive.notation import Notation
from derive.registry import discover

HIDDEN = "3-4-2"
UNSAID = Reason("")


@dataclass(frozen=True)
class Layer:
    """z2[j] = sum_k w2[j,k]*a1[k] + b2[j], where a1 = f(z1): the names of these tensors."""

    input: str
    before: str
    weight: str
    weighted: str


@dataclass(frozen=True)
class Setting:
    """The network that a bridge is told on."""

    one: Derivation
    many: Derivation
    summed: Derivation
    """A minibatch whose cost is the sum over the examples rather than their mean."""
    notation: Notation

    @cached_property
    def layer(self) -> Layer:
        """The last layer that reads the activations of another."""
        found = [layer for equation in self.one.equations() if (layer := self._dense(equation)) is not None]
        if not found:
            raise DeriveError("this bridge needs two layers of neurons, one after the other",
                              do=f"For example: derive why sum {HIDDEN}")
        return found[-1]

    def _dense(self, equation: Equation) -> Layer | None:
        for term in equation.terms:
            tensors = [self.one.tensor(tensor_of(r)) for r in sorted(reads_of(term.body), key=str)]
            weights = [t for t in tensors if t.role == "parameter" and len(t.axes) == 2]
            inputs = [t for t in tensors if t.role == "value" and len(t.axes) == 1]
            if len(tensors) == 2 and weights and inputs and len(term.summed) == 1:
                before = self._source(inputs[0].name)
                if before:
                    return Layer(inputs[0].name, before, weights[0].name, equation.target)
        return None

    def _source(self, name: str) -> str:
        """z where a = f(z) entry by entry."""
        equation = self.defining(name)
        reads = [tensor_of(r) for r in equation.reads()]
        alike = len(equation.terms) == 1 and not equation.terms[0].summed and len(reads) == 1
        return reads[0] if alike else ""

    @cached_property
    def explanation(self) -> Explanation:
        """dC/da and dC/dz of the layer before, dC/dw of the layer, with errors dC/dz named."""
        here = self.layer
        return explain(self.one, [here.input, here.before, here.weighted, here.weight], "delta")

    def defining(self, name: str) -> Equation:
        return self.one.defining(name)[0][0]


@dataclass(frozen=True)
class Bridge:
    """`tell` gives the parts of the argument; `on` is the network it is told on by default."""

    name: str
    title: str
    question: str
    tell: Callable[[Setting], list[Part]]
    within: Callable[[Setting], Explanation] = field(default=lambda setting: setting.explanation)
    on: str = HIDDEN
    choices: tuple[tuple[str, str], ...] = ()


@cache
def bridges() -> dict[str, Bridge]:
    return {entry.name: entry for entry in discover("derive.bridges")}


def bridge(name: str) -> Bridge:
    known = bridges()
    if name not in known:
        raise DeriveError(f"there is no bridge '{name}'", do=nearest(name, sorted(known)))
    return known[name]


def document(one: Bridge, setting: Setting) -> Document:
    """The symbols first, then the argument. Every gradient on these pages is a derivative as it stands, and m times
    none: they tell where the 1/m comes from."""
    setting = replace(setting, notation=replace(setting.notation, error_scale="1"))
    parts, within = one.tell(setting), one.within(setting)
    form = Forms(setting.notation).of(within)
    front = preface(form.indexed, within.forward, told=spoken_of(within.derivation, _formulas(parts, within)))[0]
    said: tuple[Block, ...] = (Prose(one.question), *blocks(parts, within, setting.notation))
    return Document(one.title, f"in the notation of {escape(setting.notation.title)}",
                    tuple(with_signs((front, Section(one.title, said)))))


def _formulas(parts: Iterable[Part], within: Explanation) -> Iterator[tuple[Derivation, sp.Expr]]:
    """All that is shown, with the derivation that it belongs to."""
    for part in parts:
        match part:
            case Said(_, about):
                yield from ((within.derivation, one) for one in about)
            case Shown(steps, inner):
                for step in steps:
                    yield from ((inner.derivation, one) for one in step.formulas)
            case Laid(left, factors, inner):
                every = (left, *(e for factor in factors for row in factor for e in row if e is not None))
                yield from ((inner.derivation, one) for one in every)


# -- words that the bridges share --------------------------------------------------------------


def line_of(explanation: Explanation, of: str, rule: str) -> Line:
    """The line of a gradient's chain that a rule made."""
    found = explanation.chain(of).line(rule)
    assert found is not None, f"no line '{rule}' for {of}"
    return found


def put_in(explanation: Explanation, of: str, others: Iterable[str]) -> list[Line]:
    """The gradient of one value with those of others put in, line after line: dC/du and dC/dv away from dC/dx."""
    away = {chain.tensor.name: chain.result for chain in map(explanation.chain, others)}
    lines = [explanation.chain(of).lines[-1]]
    known = tuple(sorted((r for r in lines[0].equation.reads() if tensor_of(r) in away), key=str))
    said = " and ".join(f"{{{n}}}" for n in range(len(known)))
    lines.append(Line(inline(lines[0].equation, away), "put in", Reason(f"{said} put in", known)))
    context = facts_of(explanation.forward)
    for rule in RULES:
        done = rule.apply(context, lines[-1].equation)
        if done is not None:
            lines.append(Line(done[0], rule.name, done[1]))
    return lines


def in_letters(lines: Iterable[Line], at: Iterable[sp.Expr], others: str) -> list[Line]:
    """Lines with the indices of the gradient called as in `at`, and those under sums by `others` in turn."""
    given = list(lines)
    letters = {i.name: str(e) for i, e in zip(given[0].equation.free, at, strict=True)}
    summed = {k.name: k for line in given for t in line.equation.terms for k in t.summed}
    free = (c for c in others if c not in letters.values())
    letters |= {name: next(free) for name in summed if name not in letters}
    return [line_in(line, letters) for line in given]


def steps(lines: Iterable[Line], boxed: bool = False) -> tuple[Step, ...]:
    """Lines of a chain as steps, the last one boxed if so wished."""
    given = list(lines)
    return tuple(Step(line.equation, line.reason, joined=n > 0, boxed=boxed and n == len(given) - 1)
                 for n, line in enumerate(given))


def through_time(explanation: Explanation, of: str) -> list[tuple[Step, ...]]:
    """A gradient at the last step, and at those before it: each as steps, over the times for which it holds."""
    return [steps([replace(line, equation=_holding(case, line.equation)) for line in case.chain.lines], boxed=True)
            for case in cases(explanation.chain(of))]


def _holding(case: Case, equation: Equation) -> Equation:
    """The equation over those values of its free indices that the conditions of a case leave."""
    ends = {c.lhs: c.rhs for c in case.where if isinstance(c, sp.Le)}
    fixed = {c.lhs for c in case.where if isinstance(c, sp.Eq)}
    free = tuple(replace(i, size=sp.expand(ends[i.symbol] - i.start + 1)) if i.symbol in ends else i
                 for i in equation.free if i.symbol not in fixed)
    return replace(equation, free=free)


def at_first(equation: Equation, value: int = 0) -> Equation:
    """The first entry, its sums written out."""
    return written_out(equation, {index.symbol: sp.Integer(value) for index in equation.free})


def renamed(equation: Equation, name: str) -> Equation:
    """A vector equation with another letter for its free index."""
    (index,) = equation.free
    put: dict[sp.Basic, sp.Basic] = {index.symbol: index.named(name).symbol}
    return Equation(equation.target, tuple(e.xreplace(put) for e in equation.at), (index.named(name),),
                    tuple(t.renamed(put) for t in equation.terms), origin=equation.origin)


def stated(left: sp.Expr, terms: tuple[Term, ...], free: tuple[Index, ...], reason: Reason = UNSAID) -> Step:
    """left = terms for every value of the free indices, where left is no entry of a tensor."""
    return Step(Equation("", (), free, terms), reason, left=left)


def square(tensor: Tensor) -> Entries:
    """The entries of a matrix; long ones with dots."""
    rows, columns = (kept(int(axis.size)) for axis in tensor.axes)
    return tuple(tuple(None if i is None or k is None else tensor.at(sp.Integer(i), sp.Integer(k)) for k in columns)
                 for i in rows)


def square_of(equation: Equation, axes: dict[str, Index]) -> Entries:
    """The values of an equation over two indices, (rows, columns), as a matrix."""
    (row, rows), (column, columns) = axes.items()

    def entry(i: int | None, k: int | None) -> sp.Expr | None:
        if i is None or k is None:
            return None
        at = {index_symbol(row): sp.Integer(i), index_symbol(column): sp.Integer(k)}
        return sp.Add(*(t.body for t in written_out(equation, at).terms))

    return tuple(tuple(entry(i, k) for k in kept(int(columns.size))) for i in kept(int(rows.size)))


def across(entries: Entries) -> Entries:
    """Rows and columns exchanged."""
    return tuple(zip(*entries, strict=True))


def upright(tensor: Tensor) -> Entries:
    """A vector as a column."""
    return tuple((None if i is None else tensor.at(sp.Integer(i)),) for i in kept(int(tensor.axes[0].size)))

