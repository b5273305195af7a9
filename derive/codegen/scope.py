"""What the names of an equation mean in the emitted module.

In: a derivation. Out: the text of each tensor, of each size, of each whole number, and of a read
such as x[s, 2*i+k]: an array whose axes are the indices that it runs over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import sympy as sp

from derive.codegen.gathered import gathered
from derive.codegen.memory import Memory
from derive.codegen.picked import picked
from derive.codegen.piece import ATOM, POWER, PRODUCT, SUM, UNARY, Piece
from derive.codegen.subscripts import rows, running, window
from derive.errors import DeriveError
from derive.ir import Index, Tensor, indices_of, reads_of, shown, tensor_of

TAKEN = frozenset(
    "np rng dtype params grads init predict cost cost_and_gradients widths len range reversed float min max sum "
    "sorted dict zip l O I".split())
"""Names that the module uses itself, and letters that style checkers refuse."""


Entry = tuple[str, sp.Expr]
"""A tensor with a layer index, and the layer."""
COUNTERS = {"l": "layer", "I": "i", "O": "o"}


def counter_name(index: Index) -> str:
    """The name of a loop's counter; not one that style checkers refuse in Python."""
    return COUNTERS.get(index.name, index.name)


@dataclass
class Scope:
    """The tensors by name, the ranges of the indices in force, and the loop counters among them."""

    tensors: dict[str, Tensor]
    names: dict[str, str]
    ranges: dict[sp.Basic, Index] = field(default_factory=dict)
    counters: dict[sp.Basic, str] = field(default_factory=dict)
    helpers: list[str] = field(default_factory=list)
    """The functions that the emitted text calls, in order of first use."""
    sizes: list[sp.Symbol] = field(default_factory=list)
    """The sizes that the emitted text reads."""
    equal: dict[sp.Basic, sp.Basic] = field(default_factory=dict)
    """What a condition around the statement fixes: l is L."""
    dtype: str = ""
    """The dtype that numbers made from an index take."""
    added: frozenset[str] = frozenset()
    """Tensors to which something is added after they are written: they must not lie in another one's memory."""
    memory: Memory = Memory()
    own: Mapping[Entry, str] = field(default_factory=dict)
    """What an array of a layer is called by itself: h2 for h[2]."""
    local: Mapping[Entry, str] = field(default_factory=dict)
    """What it is called in the loop around the statement."""

    def within(self, indices: Iterable[Index]) -> Scope:
        """The same scope with further indices in force; helpers are shared."""
        return replace(self, ranges=self.ranges | {i.symbol: i for i in indices})

    def counting(self, counters: dict[sp.Basic, str]) -> Scope:
        """The same scope inside a Python loop."""
        return replace(self, counters=self.counters | counters)

    def call(self, name: str) -> str:
        """Note that a helper function is used; its name."""
        if name not in self.helpers:
            self.helpers.append(name)
        return name

    # -- whole numbers -----------------------------------------------------------------

    def whole(self, expr: sp.Expr) -> Piece:
        """A whole number known to Python: sizes, loop counters and what is made of them."""
        expr = sp.expand(expr)
        if expr.is_Integer:
            return Piece(str(expr), ATOM if expr >= 0 else UNARY, (), True)
        if reads_of(expr) & {expr}:
            return self.read(expr)
        if isinstance(expr, sp.Indexed):
            return Piece(f"widths[{self.whole(expr.indices[0]).text}]", ATOM, (), True)
        if expr.is_Symbol:
            if expr not in self.counters and expr.is_positive and expr not in self.sizes:
                self.sizes.append(expr)
            return Piece(self.counters.get(expr, str(expr)), ATOM, (), True)
        if expr.is_Add:
            return self._whole_sum(expr)
        if expr.is_Mul:
            factors = sorted(expr.args, key=lambda a: (not a.is_number, shown(a)))
            parts = [self.whole(a).at_least(POWER) for a in factors]
            return Piece(" * ".join(parts), PRODUCT, (), True)
        if expr.is_Pow and expr.exp.is_Integer and expr.exp > 0:
            return Piece(f"{self.whole(expr.base).at_least(ATOM)}**{expr.exp}", POWER, (), True)
        raise DeriveError(f"the whole number {expr} cannot be emitted", do="Write subscripts as sums such as 2*i + k.")

    def _whole_sum(self, expr: sp.Expr) -> Piece:
        ordered = sorted(expr.args, key=lambda a: (a.is_number, a.could_extract_minus_sign(), shown(a)))
        text = self.whole(ordered[0]).text
        for part in ordered[1:]:
            minus = part.could_extract_minus_sign()
            text += (" - " if minus else " + ") + self.whole(-part if minus else part).at_least(PRODUCT)
        return Piece(text, SUM, (), True)

    def numbers(self, symbol: sp.Symbol) -> Piece:
        """The values of an index as an array: 0, 1, 2, ..."""
        if symbol in self.counters or symbol not in self.ranges:
            return self.whole(symbol)
        index = self.ranges[symbol]
        first, stop = self.whole(index.start), self.whole(index.start + index.size)
        span = stop.text if index.start == 0 else f"{first.text}, {stop.text}"
        return Piece(f"np.arange({span})", ATOM, (symbol,))

    # -- reads ---------------------------------------------------------------------------

    def read(self, access: sp.Expr) -> Piece:
        """The array that a read reads, its axes in the order in which its indices stand."""
        name, at = tensor_of(access), indices_of(access)
        tensor = self.tensors[name]
        subscripts = [self.subscript(axis, expr) for axis, expr in self.memory.pairs(tensor, at)]
        return self._subscripted(self.array(tensor, at), subscripts, tensor, at)

    def array(self, tensor: Tensor, at: tuple[sp.Expr, ...]) -> str:
        """The array of which these are subscripts: of several layers that of one."""
        entry = self.entry(tensor.name, at)
        return self.names[tensor.name] if entry is None else self.local.get(entry) or self.in_layer(*entry)

    def entry(self, name: str, at: tuple[sp.Expr, ...]) -> Entry | None:
        """Which layer it is; nothing, where there is but one array: what only its own round reads has one for all."""
        layers = [expr for axis, expr in zip(self.tensors[name].axes, at, strict=True) if axis.kind == "layer"]
        return (name, layers[0]) if layers and name not in self.memory.passing else None

    def in_layer(self, name: str, layer: sp.Expr) -> str:
        """The array of a layer: h[layer]"""
        return self.layered(self.names[name], layer)

    def layered(self, text: str, expr: sp.Expr) -> str:
        """One layer of a value (a[l - 1]) or of a parameter (params[f"w{l}"])."""
        place = self.whole(expr).text
        if "{}" in text:
            return text.replace("{}", place if expr.is_Integer else "{" + place + "}")
        return f"{text}[{place}]"

    def _subscripted(self, text: str, subscripts: list[tuple[str, tuple[sp.Symbol, ...]]], tensor: Tensor,
                     at: tuple[sp.Expr, ...]) -> Piece:
        axes = tuple(symbol for _, symbols in subscripts for symbol in symbols)
        if any(not s for s, _ in subscripts) or len(set(axes)) != len(axes):
            forms = (self._reshaped, self._windowed) if not any(map(reads_of, at)) else (partial(picked, self),)
            return next((found for form in forms if (found := form(text, tensor, at))), None) or \
                gathered(self, text, tensor, at)
        while subscripts and subscripts[-1][0] == ":":
            subscripts = subscripts[:-1]
        inside = ", ".join(s for s, _ in subscripts)
        return Piece(f"{text}[{inside}]" if inside else text, ATOM, axes, tensor.role == "constant")

    def _pairs(self, tensor: Tensor, at: tuple[sp.Expr, ...]) -> list[tuple[Index, sp.Expr, list[Index]]]:
        """Each axis of the array, its subscript, and the indices that run in it."""
        return [(axis, expr, running(expr, self.ranges, self.counters)) for axis, expr in self.memory.pairs(tensor, at)]

    def _reshaped(self, text: str, tensor: Tensor, at: tuple[sp.Expr, ...]) -> Piece | None:
        """z[width*p + q, u], one axis being one index after the other: z.reshape(height, width), or that of z[:, u]."""
        order: list[Index] = []
        pairs = self._pairs(tensor, at)
        at_number = [":" if indices else self.subscript(axis, expr)[0] for axis, expr, indices in pairs]
        while at_number[-1:] == [":"]:
            at_number.pop()
        text += f"[{', '.join(at_number)}]" if at_number else ""
        for axis, expr, indices in pairs:
            if not indices:
                continue
            found = rows(expr, axis, indices)
            if found is None and (len(indices) != 1 or self.subscript(axis, expr)[0] != ":"):
                return None
            order += found or indices
        if len({i.name for i in order}) != len(order):
            return None
        sizes = ", ".join(self.whole(i.size).text for i in order)
        return Piece(f"{text}.reshape({sizes})", ATOM, tuple(i.symbol for i in order))

    def _windowed(self, text: str, tensor: Tensor, at: tuple[sp.Expr, ...]) -> Piece | None:
        """x[2*i + u]: a view in which every i has its window."""
        order, inner, slices = [], [], []
        for place, (axis, expr, indices) in enumerate(self._pairs(tensor, at)):
            found = window(expr, axis, indices)
            if found is None and (len(indices) != 1 or not self.subscript(axis, expr)[0]):
                return None
            slices.append(":" if found else self.subscript(axis, expr)[0])
            order.append(found.outer if found else indices[0])
            if found is not None:
                inner.append(found.inner)
                said = [str(place), str(found.outer.size), str(found.inner.size)]
                said += [f"{name}={value}" for name, value, usual in (
                    ("step", found.step, 1), ("gap", found.gap, 1), ("first", found.first, 0)) if value != usual]
                text = f"{self.call('windows')}({text}, {', '.join(said)})"
        every = [*order, *inner]
        if len({i.name for i in every}) != len(every) or any(s != ":" for s in slices):
            return None
        return Piece(text, ATOM, tuple(i.symbol for i in every), within=tuple(i.symbol for i in inner))

    def subscript(self, axis: Index, expr: sp.Expr) -> tuple[str, tuple[sp.Symbol, ...]]:
        """A slice or a number along one axis; empty where only an array of numbers will do."""
        running = sorted((s for s in expr.free_symbols if s in self.ranges and s not in self.counters), key=shown)
        if not running:
            return self.whole(expr - axis.start).text, ()
        symbol = running[0]
        index, step = self.ranges[symbol], expr.coeff(symbol)
        rest = sp.expand(expr - step * symbol)
        if len(running) > 1 or not (step.is_Integer and step > 0) or symbol in rest.free_symbols:
            return "", tuple(running)
        first = sp.expand(expr.xreplace({symbol: index.start}) - axis.start)
        last = sp.expand(expr.xreplace({symbol: index.last}) - axis.start)
        whole = first == 0 and step == 1 and sp.expand((last - axis.size + 1).xreplace(self.equal)) == 0
        return ":" if whole else self._slice(first, last, step), (symbol,)

    def _slice(self, first: sp.Expr, last: sp.Expr, step: sp.Expr) -> str:
        start = "" if first == 0 else self.whole(first).text
        stride = f":{step}" if step != 1 else ""
        return f"{start}:{self.whole(last + 1).text}{stride}"
