"""How what a loop over time fills lies in memory, in plain code.

    h[s,t,j] = tanh(v[s,t,j])     is     h[t] = np.tanh(v[t])     where h is an array of which time is the first axis

A step is then one piece of memory, as it is in a list of steps. What only its own round reads is a value of that
round, and no array over time; where every entry is assigned, nothing need be zero before.

In: the statements of a function. Out: `Memory`, by which `Scope` reads and writes their arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sympy as sp

from derive.codegen.latest import latest
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
    """One read or write of a tensor, and the loops around it."""

    at: tuple[sp.Expr, ...]
    loops: tuple[Loop, ...]
    writer: Equation | None = None

    @property
    def time(self) -> Loop | None:
        """The loop over time in which it stands."""
        return self.loops[-1] if self.loops and self.loops[-1].index.kind == "time" else None


def memory(statements: Sequence[Statement], tensors: Mapping[str, Tensor], given: Iterable[str]) -> Memory:
    """`given` are the tensors that the function returns: those lie as the equations say."""
    uses: dict[str, list[Use]] = {}
    for equation, loops in walk(statements):
        uses.setdefault(equation.target, []).append(Use(equation.at, loops, equation))
        for access in equation.reads():
            uses.setdefault(tensor_of(access), []).append(Use(indices_of(access), loops))
    held = set(given)
    places = {name: place for name, own in uses.items()
              if name not in held and (place := _time(own)) is not None}
    whole = frozenset(name for name, own in uses.items() if fills(tensors[name], [
        (use.writer, use.loops) for use in own if use.writer]))
    passing = {name: place for name, place in places.items()
               if name in whole and _passes(tensors[name], uses[name], place)}
    first = {name: place for name, place in places.items()
             if name not in passing and any(axis.kind != "layer" for axis in tensors[name].axes[:place])}
    return Memory(first, passing | latest(statements, tensors, held | places.keys()), whole)


def _time(uses: Sequence[Use]) -> int | None:
    """The axis along which a loop over time writes; None where there is none, or more than one."""
    found = {place for use in uses if use.writer and use.time for place, expr in enumerate(use.at)
             if use.time.index.symbol in expr.free_symbols}
    return found.pop() if len(found) == 1 else None


def _passes(tensor: Tensor, uses: Sequence[Use], place: int) -> bool:
    """Whether each value is computed by one equation, and read in the round of a loop that computes it alone."""
    loops: dict[int, list[Use]] = {}
    for use in uses:
        loops.setdefault(id(use.time), []).append(use)
    return all(_stays(tensor, own, place) for own in loops.values())


def _stays(tensor: Tensor, uses: Sequence[Use], place: int) -> bool:
    """Whether one equation of a loop over time writes all that is read there, in each round what the round reads."""
    writers = [use.writer for use in uses if use.writer]
    time = uses[0].time
    if len(writers) != 1 or time is None:
        return False
    (writer,) = writers
    layers = {expr for axis, expr in zip(tensor.axes, writer.at, strict=True) if axis.kind == "layer"}
    plain = {*writer.at} - layers == {time.index.symbol, *(i.symbol for i in writer.free)}
    own = all(use.at[place] == time.index.symbol and layers <= {*use.at} for use in uses)
    return own and plain and writer.op == "=" and not any(t.where for t in writer.terms)


def fills(tensor: Tensor, writers: Iterable[tuple[Equation, tuple[Loop, ...]]]) -> bool:
    """Whether equations with `=`, in their loops, write every entry of the layers of which they write any: none twice,
    so as many as there are."""
    writers = [*writers]
    counts = [sp.Mul(*(i.size for i in e.free), *(_rounds(loop) for loop in loops if _counts(loop, e)))
              for e, loops in writers if e.op == "="]
    layers = {n for e, loops in writers for n in layers_written(tensor, e, loops)}
    sizes = [sp.Integer(len(layers)) if axis.kind == "layer" and layers else axis.size for axis in tensor.axes]
    return sp.expand(sp.Add(*counts) - sp.Mul(*sizes)) == 0


def layers_written(tensor: Tensor, equation: Equation, loops: Iterable[Loop]) -> set[sp.Expr]:
    """The numbers of the layers that it writes in these loops; none where they have no numbers."""
    found = {at for axis, at in zip(tensor.axes, equation.at, strict=True) if axis.kind == "layer"}
    for index, step in ((loop.index, loop.step) for loop in loops if loop.index.kind == "layer"):
        if index.size.is_Integer and index.start.is_Integer:
            found = {at.xreplace({index.symbol: sp.Integer(n)}) for at in found
                     for n in range(int(index.start), int(index.last) + 1, step)}
    return {at for at in found if at.is_Integer}


def _counts(loop: Loop, equation: Equation) -> bool:
    return any(loop.index.symbol in expr.free_symbols for expr in equation.at)


def _rounds(loop: Loop) -> sp.Expr:
    return loop.index.size if loop.step == 1 else sp.Integer((int(loop.index.size) - 1) // loop.step + 1)
