r"""One weight: dC/dw^2_{3,5} as a sum over paths, in the shared form, and written out where that is short.

    --wrt "w[2][3,5]"   or   w2[3,5]      places count from 1, the neuron that the weight leads to first
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import sympy as sp

from derive.calculus.explain import Chain, Explanation, Line, explain
from derive.document.content import Block, Display, Document, Prose, Row, Section
from derive.errors import DeriveError, clip, nearest
from derive.forms.written_out import summands, written_out
from derive.ir import Derivation, Equation, Tensor, Term, indices_of, reads_of, tensor_of
from derive.latex.expression import Printer
from derive.latex.letters import escape
from derive.latex.lines import boxed_line, equation_row, pieces, reason_text
from derive.latex.names import Names
from derive.latex.sections import preface
from derive.notation import Notation

MOST_CHARACTERS = 6000
"""A formula of more characters than this is never written out."""
_ENTRY = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:\[\s*(\d+)\s*\])?\s*\[\s*(\d+(?:\s*,\s*\d+)*)\s*\]\s*")


@dataclass(frozen=True)
class Entry:
    """One entry of a tensor; places count from 0."""

    tensor: Tensor
    at: tuple[int, ...]


@dataclass(frozen=True)
class Length:
    """How long the formula of one entry is when it is written out, and what the shared form costs."""

    paths: int
    operations: int
    characters: int
    shared_operations: int
    shared_characters: int


def is_entry(name: str) -> bool:
    """Whether a name such as w[2][3,5] means a single entry."""
    return "[" in name


def entry(forward: Derivation, text: str) -> Entry:
    """The entry that w[2][3,5] or w2[3,5] names."""
    found = _ENTRY.fullmatch(text)
    if found is None:
        raise DeriveError(f"'{clip(text)}' names no single entry", do='Write it as --wrt "w[2][3,5]" or "w2[3,5]".')
    name = found[1] + (found[2] or "")
    known = [t.name for t in forward.tensors if t.role != "cost" and t.axes]
    if name not in known:
        raise DeriveError(f"there is nothing called '{name}' to differentiate by", do=nearest(name, known))
    tensor = forward.tensor(name)
    places = tuple(int(part) - 1 for part in found[3].split(","))
    sizes = tuple(axis.size for axis in tensor.axes)
    if not all(size.is_Integer for size in sizes):
        raise DeriveError("a single entry needs a network whose sizes are numbers", do="For example 3-4-2.")
    if len(places) != len(sizes) or any(not 0 <= p < n for p, n in zip(places, sizes, strict=False)):
        ranges = ", ".join(f"1..{size}" for size in sizes)
        raise DeriveError(f"{name} has no entry [{found[3]}]", do=f"Its entries are {name}[{ranges}].")
    return Entry(tensor, places)


def single_document(forward: Derivation, notation: Notation, wanted: Iterable[Entry],
                    length: Callable[[Entry], Length], expand: bool) -> Document:
    """The symbols, then each entry in a section of its own."""
    found = list(wanted)
    names = Names(explain(forward, [e.tensor.name for e in found], "delta").derivation, notation)
    front = preface(Printer(names), forward)
    sections = [Section(f"The derivative with respect to ${Printer(names).text(_read(e))}$",
                        tuple(_blocks(forward, notation, e, length(e), expand))) for e in found]
    return Document("The gradient of a single weight", f"in the notation of {escape(notation.title)}",
                    (*front, *sections))


def _read(one: Entry) -> sp.Expr:
    return one.tensor.at(*(sp.Integer(p) for p in one.at))


def _blocks(forward: Derivation, notation: Notation, one: Entry, length: Length, expand: bool) -> Iterator[Block]:
    bare = explain(forward, [one.tensor.name], "none")
    printer = Printer(Names(bare.derivation, notation))
    name = f"${printer.text(_read(one))}$"
    lines = bare.chain(one.tensor.name).lines[:2]
    yield Prose(_paths(name, length.paths))
    yield Display(tuple(_path_rows(printer, one, lines)))
    named = explain(forward, [one.tensor.name], "delta")
    yield Prose("The same with the errors of the layers named, so that nothing is computed twice. These are the "
                "equations that are used; every other weight of the layer shares them:")
    yield Display(tuple(_shared(Printer(Names(named.derivation, notation)), named, one)))
    yield Prose(_lengths(name, one, length))
    if expand:
        yield from _expanded(printer, one, lines[-1].equation, forward, length)


def _paths(name: str, paths: int) -> str:
    if paths == 1:
        return f"{name} reaches the cost along one path, so its derivative is one product:"
    return (f"{name} reaches the cost along {paths:,} paths. Each path is a product of local derivatives, one for each "
            "step, and the paths add up:")


def _path_rows(printer: Printer, one: Entry, lines: Iterable[Line]) -> Iterator[Row]:
    left = ""
    for line in lines:
        equation = _placed(line.equation, one)
        row = equation_row(printer, equation, reason_text(printer, line.reason))
        yield replace(row, left="" if left else row.left)
        left = row.left


def _placed(equation: Equation, one: Entry) -> Equation:
    """The equation at this entry; its sums stay."""
    put: dict[sp.Basic, sp.Basic] = {e: sp.Integer(p) for e, p in zip(equation.at, one.at, strict=True)}
    return replace(equation, at=tuple(sp.Integer(p) for p in one.at), free=(),
                   terms=tuple(term.renamed(put) for term in equation.terms))


def _shared(printer: Printer, named: Explanation, one: Entry) -> Iterator[Row]:
    """dC/dw at the entry, and the errors that it needs, as far as the cost."""
    chains = {chain.tensor.name: chain for chain in named.chains}
    chain = named.chain(one.tensor.name)
    equation = _placed(_textbook(chain), one)
    while True:
        yield equation_row(printer, equation)
        needed = [r for t in equation.terms for r in sorted(reads_of(t.body), key=str) if tensor_of(r) in chains]
        if not needed:
            return
        result = _textbook(chains[tensor_of(needed[0])])
        put: dict[sp.Basic, sp.Basic] = {old: new for old, new in zip(result.at, indices_of(needed[0]), strict=True)
                                         if new.is_Integer}
        equation = replace(result, at=tuple(e.xreplace(put) for e in result.at),
                           free=tuple(i for i in result.free if i.symbol not in put),
                           terms=tuple(t.renamed(put) for t in result.terms))


def _textbook(chain: Chain) -> Equation:
    return chain.lines[boxed_line(chain)].equation


def _lengths(name: str, one: Entry, length: Length) -> str:
    entries = int(sp.Mul(*(axis.size for axis in one.tensor.axes)))
    rest = "the one entry" if entries == 1 else f"all {entries:,} entries"
    return (f"Would that be a very long expression if every value were replaced by its own formula? For {name} it has "
            f"{_much(length.operations)} operations and {_much(length.characters)} characters. The shared form "
            f"computes {rest} of the array in {_much(length.shared_operations)} operations, and takes "
            f"{_much(length.shared_characters)} characters to write.")


def _much(value: int) -> str:
    """1,237,199,092, or a power of ten where nobody would count the digits."""
    if value < 10**12:
        return f"{value:,}"
    digits, power = f"{value:.1e}".split("e+")
    return rf"${digits} \cdot 10^{{{int(power)}}}$"


# -- written out -------------------------------------------------------------------------------


def _expanded(printer: Printer, one: Entry, equation: Equation, forward: Derivation, length: Length) -> Iterator[Block]:
    """Nothing but data and parameters on the right, every sum term by term."""
    if length.characters > MOST_CHARACTERS:
        raise DeriveError(f"written out, this derivative has {length.characters:,} characters",
                          do=f"Take a network where it has at most {MOST_CHARACTERS:,}, such as 2-2-1, "
                             "or leave --expand out.")
    whole = expanded(forward, equation, one)
    yield Prose("Written out:")
    yield Display((Row(printer.text(whole.lhs), pieces(printer, whole.terms)),))


def expanded(forward: Derivation, equation: Equation, one: Entry) -> Equation:
    """The gradient of the entry in terms of data and parameters alone."""
    put = {e: sp.Integer(p) for e, p in zip(equation.at, one.at, strict=True)}
    found = written_out(equation, put)
    known: dict[sp.Expr, sp.Expr] = {}
    return replace(found, terms=tuple(Term(_whole(forward, t.body, known)) for t in found.terms))


def _whole(forward: Derivation, body: sp.Expr, known: dict[sp.Expr, sp.Expr]) -> sp.Expr:
    """Every value in it replaced by its formula."""
    for access in sorted(reads_of(body), key=str):
        if access not in known:
            made = forward.defining(tensor_of(access))
            known[access] = _value(forward, made[0][0], access, known) if made else access
    return body.xreplace({access: known[access] for access in reads_of(body)})


def _value(forward: Derivation, equation: Equation, access: sp.Expr, known: dict[sp.Expr, sp.Expr]) -> sp.Expr:
    at = dict(zip(equation.at, indices_of(access), strict=True))
    return sp.Add(*(_whole(forward, one.body, known) for term in equation.terms for one in summands(term, at)))
