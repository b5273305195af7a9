"""A fragment of equations put into a network: tensors renamed, sizes set, indices as they are.

    z[j] = sum(w[j,k]*x[k], k) + b[j]     becomes     z2[j] = sum(w2[j,k]*a1[k], k) + b2[j]
                                         or     z[l,j] = sum(w[l,j,k]*a[l-1,k], k) + b[l,j]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import zip_longest
from textwrap import dedent

import sympy as sp

from derive.ir import (
    Derivation,
    Equation,
    Fact,
    Index,
    Label,
    Statement,
    Tensor,
    Term,
    indices_of,
    mapped,
    read,
    reread,
    tensor_of,
    ties_of,
)
from derive.text import read_block

Renaming = dict[sp.Basic, sp.Basic]


@dataclass(frozen=True)
class Place:
    """Where a tensor of a fragment stands: `name[at, own indices]`, made with the axes `around` in front."""

    name: str
    at: tuple[sp.Expr, ...] = ()
    around: tuple[Index, ...] = ()
    label: Label | None = None
    shift: tuple[sp.Expr, ...] = ()
    """How far its own axes start behind those of the fragment: an index from 1 reads an array that counts from 0."""

    def read(self, own: Sequence[sp.Expr]) -> sp.Expr:
        """The read of the tensor at its own indices."""
        return read(self.name, *self.at, *(e + d for e, d in zip_longest(own, self.shift, fillvalue=sp.Integer(0))))


@dataclass(frozen=True)
class Piece:
    """What a fragment adds to a network."""

    tensors: tuple[Tensor, ...] = ()
    statements: tuple[Statement, ...] = ()
    facts: tuple[Fact, ...] = ()


@cache
def fragment(text: str, name: str) -> Derivation:
    """The equations of a layer, activation or cost, read once."""
    return read_block(dedent(text), name)


def fixed(block: Derivation, name: str, value: sp.Expr) -> Derivation:
    """The fragment with a parameter or constant set to a number; terms that become zero are gone."""
    def put(equation: Equation) -> Equation:
        values: Renaming = {r: value for r in equation.reads() if tensor_of(r) == name}
        changed = zip(equation.terms, equation.map(lambda body: body.xreplace(values)).terms, strict=True)
        kept = tuple(new for old, new in changed if new.body != 0 or old.body == 0)
        return replace(equation, terms=kept or (Term(sp.Integer(0)),))

    others = tuple(tensor for tensor in block.tensors if tensor.name != name)
    return replace(block, tensors=others, statements=mapped(block.statements, put))


def sizes_from(block: Derivation, name: str, axes: tuple[Index, ...]) -> Renaming:
    """The named sizes of the fragment's tensor `name`, as they are when it has these axes."""
    own = block.tensor(name).axes
    return {mine.size: theirs.size for mine, theirs in zip(own, axes, strict=True) if mine.size.is_Symbol}


def place(block: Derivation, places: dict[str, Place], sizes: Renaming, *, origin: str, part: str = "") -> Piece:
    """The fragment with every tensor at its place. Its data are not made anew: they are already there."""
    places = places | {ties_of(e.target): _counting(places[e.target]) for e in block.equations() if e.is_max}

    def moved(equation: Equation) -> Equation:
        here = places[equation.target]
        return Equation(here.name, (*here.at, *(_moved(e, places).xreplace(sizes) for e in equation.at)),
                        tuple(i.where(sizes) for i in equation.free),
                        tuple(_term(t, places, sizes) for t in equation.terms), equation.op, origin=origin, part=part)

    made = tuple(_tensor(t, places[t.name], sizes) for t in block.tensors if t.role != "data")
    return Piece(made, mapped(block.statements, moved), tuple(_fact(f, places, sizes) for f in block.facts))


def _counting(here: Place) -> Place:
    """Where the number of those that share a maximum stands."""
    return replace(here, name=ties_of(here.name), label=here.label and Label("n", here.label.layer))


def _fact(fact: Fact, places: dict[str, Place], sizes: Renaming) -> Fact:
    """The fact at its place: true for every layer where its tensors have a layer index."""
    left = _term(fact.left, places, sizes)
    around = {i.symbol: i for here in places.values() for i in here.around if i.symbol in here.at}
    layers = tuple(index for symbol, index in around.items() if symbol in left.body.free_symbols)
    right = _term(Term(fact.right), places, sizes).body
    return Fact(left, right, (*layers, *(i.where(sizes) for i in fact.free)))


def _tensor(tensor: Tensor, here: Place, sizes: Renaming) -> Tensor:
    axes = (*here.around, *(axis.where(sizes) for axis in tensor.axes))
    return replace(tensor, name=here.name, axes=axes, label=here.label)


def _term(term: Term, places: dict[str, Place], sizes: Renaming) -> Term:
    return replace(term, body=_moved(term.body, places)).renamed(sizes)


def _moved(expr: sp.Expr, places: dict[str, Place]) -> sp.Expr:
    return reread(expr, lambda access: places[tensor_of(access)].read(indices_of(access)))
