"""Values of layers of which only the latest one is ever read: one name serves all of them, in plain code.

    z[layer] = a[layer - 1] @ w.T;  a[layer] = tanh(z[layer])      is      z = a[layer - 1] @ w.T;  a[layer] = tanh(z)

What nobody reads again is not kept: ten layers of 256, 256 examples, take 0.8 of the time, since memory that is given
back to the system at the end of each call comes back page by page. In a network of L layers, L a letter, all are kept.

In: statements in their order. Out: the tensors, and the place of their layer among their axes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sympy as sp

from derive.ir import Equation, Statement, Tensor, equations_of, indices_of, tensor_of

Counters = Mapping[sp.Symbol, int]


def latest(statements: Sequence[Statement], tensors: Mapping[str, Tensor], held: Collection[str]) -> dict[str, int]:
    """Those of which each reading is one of what was written last, and whole; `held` are others in any case."""
    places = {name: axis for name in dict.fromkeys(e.target for e in equations_of(statements))
              if name not in held and (axis := _layer(tensors[name])) is not None}
    run = _Run(places)
    for equation, counters in _run(statements, {}):
        run.take(equation, counters)
    return run.places


@dataclass
class _Run:
    """The candidates that are left, and the layer that was written last of each."""

    places: dict[str, int]
    last: dict[str, int] = field(default_factory=dict)
    known: dict[sp.Expr, tuple[sp.Symbol | None, int, int]] = field(default_factory=dict)
    """A layer such as l + 1 by its counter, how often that counts, and what is added."""

    def take(self, equation: Equation, counters: Counters | None) -> None:
        """One equation, as it runs in this round; without counters nothing is known of its rounds."""
        for access in equation.reads():
            name = tensor_of(access)
            if name in self.places and (counters is None or self._number(
                    indices_of(access)[self.places[name]], counters) != self.last.get(name)):
                del self.places[name]
        if equation.target in self.places:
            number = None if counters is None or not _is_whole(equation, self.places[equation.target]) else \
                self._number(equation.at[self.places[equation.target]], counters)
            if number is None:
                del self.places[equation.target]
            else:
                self.last[equation.target] = number

    def _number(self, layer: sp.Expr, counters: Counters) -> int | None:
        if layer not in self.known:
            self.known[layer] = _linear(layer)
        symbol, times, rest = self.known[layer]
        return rest if symbol is None else times * counters[symbol] + rest if symbol in counters else None


def _linear(layer: sp.Expr) -> tuple[sp.Symbol | None, int, int]:
    """l + 1 as (l, 1, 1), and 3 as (None, 0, 3); what is neither counts by a letter that counts nothing."""
    symbols = sorted(layer.free_symbols, key=str)
    if not symbols:
        return None, 0, int(layer)
    rest = sp.expand(layer - (times := layer.coeff(symbols[0])) * symbols[0])
    known = times.is_Integer and rest.is_Integer
    return (symbols[0], int(times), int(rest)) if known else (sp.Symbol(""), 1, 0)


def _layer(tensor: Tensor) -> int | None:
    """The place of its only layer among its axes."""
    places = [n for n, axis in enumerate(tensor.axes) if axis.kind == "layer"]
    return places[0] if len(places) == 1 else None


def _is_whole(equation: Equation, place: int) -> bool:
    """Whether it assigns all of the layer at once, under no condition."""
    others = (*equation.at[:place], *equation.at[place + 1:])
    return equation.op == "=" and others == tuple(i.symbol for i in equation.free) and not any(
        t.where for t in equation.terms)


def _run(statements: Sequence[Statement], counters: Counters | None) -> Iterator[tuple[Equation, Counters | None]]:
    """The equations in the order in which they run, with the layer of each round; one round of any other loop."""
    for s in statements:
        if isinstance(s, Equation):
            yield s, counters
        elif s.index.kind != "layer":
            yield from _run(s.body, counters)
        elif counters is None or not (s.index.size.is_Integer and s.index.start.is_Integer):
            yield from _run(s.body, None)
        else:
            numbers = range(int(s.index.start), int(s.index.last) + 1, s.step)
            for number in reversed(numbers) if s.descending else numbers:
                yield from _run(s.body, {**counters, s.index.symbol: number})
