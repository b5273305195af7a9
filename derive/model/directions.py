"""A recurrent layer in both directions: its equations, and the same equations backwards in time.

    h[0,j] = 0                              h_back[T+1,j] = 0
    for t:                                  for t descending:
        h[t,j] = f(x[t], h[t-1])                h_back[t,j] = f_back(x[t], h_back[t+1])
    z[t,j] = h[t,j]                         z[t,j+n] = h_back[t,j]

Backwards is T + 1 - t for t, wherever a time stands: what comes in keeps its steps, and every other array has one
beside it that is read backwards. The layer gives both, one behind the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import sympy as sp

from derive.ir import (
    Derivation,
    Equation,
    Index,
    Statement,
    Tensor,
    Term,
    condition_at,
    indices_of,
    read,
    reread,
    tensor_of,
)

BACK = "_back"
"""At the end of the name of an array: the one that is read backwards in time."""
OUT = "z"
Renaming = dict[sp.Basic, sp.Basic]


def in_both_directions(block: Derivation) -> Derivation:
    """The equations, and the same backwards; what comes in, the first data, and the constants are those of both."""
    sequence, out = block.of_role("data")[0], block.tensor(OUT)
    time, width = next(axis for axis in sequence.axes if axis.kind == "time"), out.axes[-1].size
    same = {sequence.name, *(t.name for t in block.of_role("constant"))}
    back = _Backwards(time.start + time.last, block.by_name,
                      {t.name: t.name if t.name in same else t.name + BACK for t in block.tensors} | {OUT: OUT})
    both = replace(out, axes=(*out.axes[:-1], replace(out.axes[-1], size=2*width)))
    made = [back.tensor(t) for t in block.tensors if t.name not in {*same, OUT}]
    steps = [s for s in block.statements if not _gives(s)]
    gives = [s for s in block.statements if _gives(s)]
    return replace(
        block, tensors=(*(both if t.name == OUT else t for t in block.tensors), *made),
        statements=(*steps, *map(back.statement, steps), *gives, *(_behind(back.statement(s), width) for s in gives)))


def _gives(statement: Statement) -> bool:
    return isinstance(statement, Equation) and statement.target == OUT


def _behind(statement: Statement, width: sp.Expr) -> Statement:
    """z[t,j+n] for z[t,j]"""
    assert isinstance(statement, Equation)
    return replace(statement, at=(*statement.at[:-1], statement.at[-1] + width))


@dataclass(frozen=True)
class _Backwards:
    ends: sp.Expr
    """The first time and the last one, added: a time and the one that it becomes add up to the same."""
    tensors: dict[str, Tensor]
    names: dict[str, str]

    def tensor(self, tensor: Tensor) -> Tensor:
        return replace(tensor, name=self.names[tensor.name], axes=tuple(map(self.range, tensor.axes)))

    def range(self, index: Index) -> Index:
        return replace(index, start=self.ends - index.last) if index.kind == "time" else index

    def statement(self, statement: Statement, around: tuple[Index, ...] = ()) -> Statement:
        if isinstance(statement, Equation):
            return self.equation(statement, around)
        index, over = statement.index, statement.index.kind == "time"
        return replace(statement, index=self.range(index), descending=statement.descending != over,
                       body=tuple(self.statement(s, (*around, index)) for s in statement.body))

    def equation(self, equation: Equation, around: tuple[Index, ...]) -> Equation:
        turned = self.turned((*around, *equation.free))
        left = self.read(equation.lhs.xreplace(turned))
        return replace(equation, target=tensor_of(left), at=indices_of(left),
                       free=tuple(map(self.range, equation.free)),
                       terms=tuple(self.term(term, turned) for term in equation.terms))

    def term(self, term: Term, around: Renaming) -> Term:
        turned = around | self.turned(term.summed)
        return replace(term, body=reread(term.body.xreplace(turned), self.read),
                       summed=tuple(map(self.range, term.summed)),
                       where=tuple(condition_at(c, turned) for c in term.where))

    def turned(self, indices: Iterable[Index]) -> Renaming:
        return {i.symbol: self.ends - i.symbol for i in indices if i.kind == "time"}

    def read(self, access: sp.Expr) -> sp.Expr:
        """The read of the array backwards, at the times that the others become."""
        tensor = self.tensors[tensor_of(access)]
        at = zip(tensor.axes, indices_of(access), strict=True)
        return read(self.names[tensor.name], *(self.ends - e if axis.kind == "time" else e for axis, e in at))
