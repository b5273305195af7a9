"""How what a loop over time fills lies in memory, in plain code.

    h[s,t,j] = tanh(v[s,t,j])     is     h[t] = np.tanh(v[t])     where h is an array of which time is the first axis

A step is then one piece of memory, as it is in a list of steps. What only its own round reads is a value of that
round, and no array over time; where every entry is assigned, nothing need be zero before.

In: the statements of a function. Out: `Memory`, by which `Scope` reads and writes their arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sympy as sp

from derive.ir import Equation, Index, Loop, Statement, Tensor, indices_of, tensor_of, walk

Pair = tuple[Index, sp.Expr]


@dataclass(frozen=True)
class Memory:
    """Which axis of a tensor comes first, which one its values do not keep, and the tensors that are assigned whole."""

    first: Mapping[str, int] = field(default_factory=dict)
    passing: Mapping[str, int] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()

    def pairs(self, tensor: Tensor, at: tuple[sp.Expr, ...]) -> list[Pair]:
        """The axes of the array, in their order in memory, and their subscripts; a layer is none of them."""
        pairs = [*zip(tensor.axes_at(at), at, strict=True)]
        if tensor.name in self.passing:
            del pairs[self.passing[tensor.name]]
        if tensor.name in self.first:
            pairs.insert(0, pairs.pop(self.first[tensor.name]))
        return [pair for pair in pairs if pair[0].kind != "layer"]


@dataclass(frozen=True)
class Use:
    """One read or write of a tensor, and the innermost loop around it."""

    at: tuple[sp.Expr, ...]
    loop: Loop | None
    writer: Equation | None = None


def memory(statements: Sequence[Statement], tensors: Mapping[str, Tensor], given: Iterable[str]) -> Memory:
    """`given` are the tensors that the function returns: those lie as the equations say."""
    uses: dict[str, list[Use]] = {}
    for equation, loops in walk(statements):
        loop = loops[-1] if loops else None
        uses.setdefault(equation.target, []).append(Use(equation.at, loop, equation))
        for access in equation.reads():
            uses.setdefault(tensor_of(access), []).append(Use(indices_of(access), loop))
    held = set(given)
    places = {name: place for name, own in uses.items()
              if name not in held and (place := _time(tensors[name], own)) is not None}
    whole = frozenset(name for name, own in uses.items() if fills(tensors[name], [
        (use.writer, use.loop) for use in own if use.writer]))
    passing = {name: place for name, place in places.items() if name in whole and _passes(uses[name], place)}
    first = {name: place for name, place in places.items() if place > 0 and name not in passing}
    return Memory(first, passing, whole)


def _time(tensor: Tensor, uses: Sequence[Use]) -> int | None:
    """The axis along which a loop over time writes; None where there is none, or more than one."""
    if any(axis.kind == "layer" for axis in tensor.axes):
        return None
    found = {place for use in uses if use.writer and use.loop and use.loop.index.kind == "time"
             for place, expr in enumerate(use.at) if use.loop.index.symbol in expr.free_symbols}
    return found.pop() if len(found) == 1 else None


def _passes(uses: Sequence[Use], place: int) -> bool:
    """Whether each value is computed by one equation, and read in the round of a loop that computes it alone."""
    writers = [use for use in uses if use.writer]
    if len(writers) != 1 or writers[0].writer is None or writers[0].loop is None:
        return False
    writer, loop = writers[0].writer, writers[0].loop
    own = all(use.loop is loop and use.at[place] == loop.index.symbol for use in uses)
    plain = set(writer.at) == {loop.index.symbol, *(i.symbol for i in writer.free)}
    return own and plain and writer.op == "=" and not any(t.where for t in writer.terms)


def fills(tensor: Tensor, writers: Iterable[tuple[Equation, Loop | None]]) -> bool:
    """Whether equations with `=`, each in an innermost loop, write every entry: none twice, so as many as there are."""
    counts = [sp.Mul(*(index.size for index in _written(e, loop))) for e, loop in writers if e.op == "="]
    return sp.expand(sp.Add(*counts) - sp.Mul(*(axis.size for axis in tensor.axes))) == 0


def _written(equation: Equation, loop: Loop | None) -> Iterator[Index]:
    """The indices that its left side runs through."""
    yield from equation.free
    if loop is not None and any(loop.index.symbol in expr.free_symbols for expr in equation.at):
        yield loop.index
