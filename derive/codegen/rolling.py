"""Equal layers as a loop: the same equations, said once.

    z2 = w2 @ a1;  a2 = f(z2);  z3 = w3 @ a2;  ...      becomes      for l = 2..10: z[l] = w[l] @ a[l-1]; a[l] = f(z[l])

In: equations in the order in which they are computed, one for each layer. Out: the same ones, with loops over tensors
that have a layer index, such as a network of any depth has. Only names change: z3 is z[3].
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import sympy as sp

from derive.codegen.repeats import Moves, Numbered, Run, Statements, moved_number
from derive.ir import (
    Equation,
    Index,
    Loop,
    Statement,
    Tensor,
    Term,
    equations_of,
    index_symbol,
    indices_of,
    mapped,
    read,
    tensor_of,
)

COUNTERS = ("l", "n", "layer", "l_")
KEPT = ("data", "constant", "cost")


@dataclass
class Rolled:
    """`members` says of which tensor with a layer index a numbered one is a layer."""

    statements: tuple[Statement, ...]
    tensors: dict[str, Tensor] = field(default_factory=dict)
    members: dict[str, tuple[str, int]] = field(default_factory=dict)
    was: dict[sp.Expr, str] = field(default_factory=dict)
    """Which numbered tensor the left side of an equation was; in a loop, that of the first round."""


def rolled(statements: Sequence[Statement], tensors: Mapping[str, Tensor], fixed: Collection[str] = ()) -> Rolled:
    """Loops for every run of equal layers; `fixed` names stay as they are."""
    work = _Rolling(tensors, frozenset(fixed))
    writes = [_first(s).target for s in statements]
    found = Statements([work.key(s) for s in statements], writes,
                       cache(lambda one, other: work.moved(statements[one], statements[other]))).runs()
    if not found:
        return Rolled(tuple(statements))
    for run in found:
        work.enlist(run)
    work.adopt()
    made: list[Statement] = []
    at = 0
    for run in found:
        made += [work.single(s) for s in statements[at:run.start]]
        made.append(work.loop(run, statements[run.start:run.start + run.period]))
        at = run.stop
    made += [work.single(s) for s in statements[at:]]
    return Rolled(tuple(made), work.layered(), work.members, work.was)


@dataclass
class _Rolling:
    tensors: Mapping[str, Tensor]
    fixed: frozenset[str]
    members: dict[str, tuple[str, int]] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    was: dict[sp.Expr, str] = field(default_factory=dict)
    counter: str = ""

    def __post_init__(self) -> None:
        taken = {*self.tensors, *(axis.name for t in self.tensors.values() for axis in t.axes)}
        self.counter = next(c for c in COUNTERS if c not in taken)

    # -- what is the same ------------------------------------------------------------------------------

    def key(self, statement: Statement) -> Hashable:
        if isinstance(statement, Loop):
            return (statement.index, statement.descending, statement.step, *map(self.key, statement.body))
        return (statement.op, statement.target.rstrip("0123456789"), statement.part, len(statement.terms),
                tuple(len(t.summed) for t in statement.terms))

    def moved(self, one: Statement, other: Statement) -> Moves | None:
        """The change of names that makes one statement another, if there is one."""
        pair = moved_number(_first(one).target, _first(other).target)
        if pair is None:
            return None
        step, there = pair[1].number - pair[0].number, _names(other)
        moves = {name: self._next(name, step, there) for name in _names(one)}
        if not all(self._alike(a, b) for a, b in moves.items()):
            return None
        return moves if _renamed(one, moves) == other else None

    def _next(self, name: str, step: int, there: Collection[str]) -> str:
        """The name in the next layer, if that is read there; else the name itself."""
        if name in self.fixed or self.tensors[name].role in KEPT:
            return name
        return next((other for other in sorted(there) if (pair := moved_number(name, other)) is not None
                     and pair[1].number - pair[0].number == step), name)

    def _alike(self, one: str, other: str) -> bool:
        a, b = self.tensors[one], self.tensors[other]
        return one == other or other not in self.fixed and _shape(a) == _shape(b) and a.role == b.role

    # -- tensors with a layer index --------------------------------------------------------------------

    def enlist(self, run: Run) -> None:
        """Everything that moves in a run belongs to a family."""
        for moves in run.moves:
            for one, other in moves.items():
                pair = moved_number(one, other) if one != other else None
                for name, numbered in zip((one, other), pair or (), strict=False):
                    self.members.setdefault(name, (self._family(name, numbered), numbered.number))

    def _family(self, name: str, numbered: Numbered) -> str:
        wanted = numbered.family
        while wanted in self.tensors or wanted in self.first and not self._alike(self.first[wanted], name):
            wanted += "_"
        self.first.setdefault(wanted, name)
        self.templates.setdefault(wanted, numbered.template)
        return wanted

    def adopt(self) -> None:
        """Values just before or after those of the loops: z1 is z[1] where there are z[2], z[3], ..."""
        for family, name in list(self.first.items()):
            numbers = {n for own, n in self.members.values() if own == family}
            for number in (min(numbers) - 1, max(numbers) + 1):
                other = Numbered(self.templates[family], number).name
                if other in self.tensors and self._alike(name, other):
                    self.members[other] = (family, number)

    def layered(self) -> dict[str, Tensor]:
        made, order = {}, {name: n for n, name in enumerate(self.tensors)}
        for family, name in sorted(self.first.items(), key=lambda one: order[one[1]]):
            numbers = [n for own, n in self.members.values() if own == family]
            layer = Index(self.counter, sp.Integer(max(numbers) - min(numbers) + 1), sp.Integer(min(numbers)), "layer")
            tensor = self.tensors[name]
            made[family] = replace(tensor, name=family, axes=(layer, *tensor.axes), label=None)
        return made

    # -- statements ------------------------------------------------------------------------------------

    def loop(self, run: Run, block: Sequence[Statement]) -> Loop:
        """The first block, counted; the counter is the number in the name of what it writes first."""
        moving = {one for one, other in run.moves[0].items() if one != other}
        begin = self.members[_first(block[0]).target][1]
        places = {name: (family, index_symbol(self.counter) + number - begin)
                  for name in moving for family, number in [self.members[name]]}
        body = mapped(block, lambda e: self._placed(e, places))
        way = run.step * (run.count - 1)
        index = Index(self.counter, sp.Integer(abs(way) + 1), sp.Integer(min(begin, begin + way)), "layer")
        return Loop(index, body, run.step < 0, abs(run.step))

    def single(self, statement: Statement) -> Statement:
        """A statement outside every loop: parameters and their gradients have their names there, too."""
        own = {name: (family, sp.Integer(number)) for name in _names(statement) if name in self.members
               for family, number in [self.members[name]] if self.by_layer(self.tensors[name])}
        return mapped((statement,), lambda e: self._placed(e, own))[0]

    def by_layer(self, tensor: Tensor) -> bool:
        return tensor.role == "value" or tensor.role == "adjoint" and self.tensors[tensor.of or ""].role == "value"

    def _placed(self, equation: Equation, places: Mapping[str, tuple[str, sp.Expr]]) -> Equation:
        put: dict[sp.Basic, sp.Basic] = {
            r: read(places[tensor_of(r)][0], places[tensor_of(r)][1], *indices_of(r))
            for r in equation.reads() if tensor_of(r) in places}
        terms = tuple(_mapped(t, put) for t in equation.terms)
        family, layer = places.get(equation.target, (equation.target, None))
        at = equation.at if layer is None else (layer, *equation.at)
        made = replace(equation, target=family, at=at, terms=terms)
        self.was[made.lhs] = equation.target
        return made


def _mapped(term: Term, put: Mapping[sp.Basic, sp.Basic]) -> Term:
    return term.map(lambda body: body.xreplace(dict(put)))


def _first(statement: Statement) -> Equation:
    """The equation, or the first one in the loop."""
    return next(equations_of((statement,)))


def _names(statement: Statement) -> Collection[str]:
    return dict.fromkeys(name for e in equations_of((statement,)) for name in (e.target, *e.names))


def _shape(tensor: Tensor) -> tuple[tuple[sp.Expr, sp.Expr, str], ...]:
    return tuple((axis.size, axis.start, axis.kind) for axis in tensor.axes)


def _renamed(statement: Statement, moves: Moves) -> Statement:
    def renamed(equation: Equation) -> Equation:
        put: dict[sp.Basic, sp.Basic] = {r: read(moves[tensor_of(r)], *indices_of(r)) for r in equation.reads()
                                         if moves[tensor_of(r)] != tensor_of(r)}
        return replace(equation, target=moves[equation.target], terms=tuple(_mapped(t, put) for t in equation.terms))

    return mapped((statement,), renamed)[0]
