"""Subscripts that are more than an index as views: rows, windows, strides and parts of an axis.

    a[s, 24*p + q]      a reshape of a            x[s, 2*i + u]      what lies at 2*i + u: a window u for every i

In: a read of an equation, or its left side. Out: a `View` of the value, whose axes are the indices. What does not lie
in one piece is copied before a product reads it, once for all products.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy as sp

from derive.codegen.subscripts import rows, running, window
from derive.ir import Equation, Index, index_symbol, indices_of, shown, tensor_of
from derive.plan.record import Along, Apply, Ref, Size, Value, View

if TYPE_CHECKING:
    from derive.plan.elementwise import Elementwise
    from derive.plan.lower import Lowering

Axes = tuple[str, ...]
Sizes = dict[str, Size]


class Unlowered(Exception):
    """These statements cannot say it."""


@dataclass(frozen=True)
class Subscript:
    """One axis: its letters in the order in which they run through it, or places along it."""

    letters: Axes = ()
    along: Along | None = None


@dataclass(frozen=True)
class Views:
    """The views of one equation; `beside` are the letters of each array that it reads or writes."""

    host: Lowering
    beside: tuple[frozenset[str], ...]
    accesses: tuple[sp.Expr, ...]

    @classmethod
    def of(cls, host: Lowering, equation: Equation) -> Views:
        every = (equation.lhs, *equation.reads())
        return cls(host, tuple(frozenset(map(shown, r.free_symbols)) for r in every), every)

    # -- subscripts --------------------------------------------------------------------------------

    def subscripts(self, access: sp.Expr, sizes: Sizes) -> list[Subscript]:
        tensor = self.host.tensors[tensor_of(access)]
        ranges: dict[sp.Basic, Index] = {index_symbol(a): Index(a, self.host.extent(n), self.host.starts[a])
                                         for a, n in sizes.items()}
        return [self._subscript(axis, expr, ranges)
                for axis, expr in zip(tensor.axes, indices_of(access), strict=True)]

    def _subscript(self, axis: Index, expr: sp.Expr, ranges: dict[sp.Basic, Index]) -> Subscript:
        inside = running(expr, ranges, {})
        if len(inside) == 1 and inside[0].size == axis.size and \
                sp.expand(expr - inside[0].symbol) == axis.start - inside[0].start:
            return Subscript((inside[0].name,))
        order = rows(expr, axis, inside)
        if order is not None and not (len(order) == 2 and self._is_window(*order)):
            return Subscript(tuple(i.name for i in order))
        found = window(expr, axis, inside)
        if found is not None:
            return Subscript((), Along(found.first, found.outer.name, found.step, found.inner.name, found.gap))
        return Subscript((), self._places(axis, expr, inside))

    def _is_window(self, outer: Index, inner: Index) -> bool:
        """Whether something is the same for all of a window."""
        return any(outer.name in letters and inner.name not in letters for letters in self.beside)

    def _places(self, axis: Index, expr: sp.Expr, inside: list[Index]) -> Along:
        """One place, or places at equal distances."""
        first = sp.expand(expr.xreplace({i.symbol: i.start for i in inside}) - axis.start)
        step = expr.coeff(inside[0].symbol) if inside else sp.Integer(1)
        linear = not inside or not sp.expand(expr - step * inside[0].symbol).free_symbols
        if len(inside) > 1 or not (linear and first.is_Integer and first >= 0 and step.is_Integer and step > 0):
            raise Unlowered(str(expr))
        return Along(int(first), inside[0].name if inside else "", int(step))

    def in_order(self, sizes: Sizes) -> Sizes:
        """The letters with those of a window before its places, so that what is computed runs along the places."""
        order = [*sizes]
        for access in self.accesses:
            if {shown(s) for s in access.free_symbols} & {*sizes} and access.has(sp.Indexed):
                try:
                    places = [s.along for s in self.subscripts(access, sizes) if s.along and s.along.inner]
                except Unlowered:
                    continue
                for place in places:
                    order.remove(place.inner)
                    order.insert(min(order.index(p.outer) for p in places), place.inner)
        return {a: sizes[a] for a in order}

    # -- reads and writes --------------------------------------------------------------------------

    def seen(self, access: sp.Expr, work: Elementwise) -> Ref:
        """The value with these indices as axes: a reshape, where one axis is several of them; then what lies at places
        along an axis."""
        subscripts = self.host.lying(tensor_of(access), tuple(self.subscripts(access, work.sizes)))
        name = self.host.key(tensor_of(access))
        every = [a for s in subscripts for a in (*s.letters, *((s.along.outer, s.along.inner) if s.along else ())) if a]
        if len(set(every)) < len(every):
            raise Unlowered("a diagonal")
        stem, is_window = name, any(s.along and s.along.inner for s in subscripts)
        if is_window and self.host.values[name].role in ("data", "parameter"):
            name = self._copied(name)
        own = tuple(f".{n}" for n in range(len(subscripts)))
        axes = tuple(a for letter, s in zip(own, subscripts, strict=True) for a in s.letters or (letter,))
        sizes = dict(zip(own, self.host.values[name].sizes, strict=True)) | work.sizes
        ref = Ref(name, axes)
        if len(axes) > len(subscripts):
            ref = self._view(stem, "split", Ref(name, own), axes, sizes)
        if not any(s.along for s in subscripts):
            return ref
        places = [p for s in subscripts for p in ([s.along] if s.along else [Along(0, a) for a in s.letters])]
        return self._view(stem, "windows" if is_window else "part", ref, _laid(places), sizes, places)

    def _copied(self, name: str) -> str:
        """What is given at every call lies elsewhere each time: a view of a copy is made once."""
        value = self.host.values[name]
        copy = Ref(self._named(name, "copy", value.sizes), tuple(f".{n}" for n in range(len(value.sizes))))
        self.host.statements.append(Apply(copy, "np.positive", (Ref(name, copy.axes),)))
        return copy.name

    def _view(self, stem: str, behind: str, of: Ref, axes: Axes, sizes: Sizes, places: Sequence[Along] = ()) -> Ref:
        made = Ref(self._named(stem, behind, tuple(sizes[a] for a in axes)), axes)
        self.host.statements.append(View(made, (of,), tuple(places)))
        self.host.stems[made.name] = stem
        return made

    def _named(self, of: str, behind: str, sizes: tuple[Size, ...]) -> str:
        base = self.host.values[of]
        names = (f"_{behind}{n or ''}" for n in range(1000))
        after = next(a for a in names if of + a not in self.host.values and of + a not in self.host.taken)
        self.host.values[of + after] = Value(of + after, sizes, truth=base.truth, nameless=True,
                                             family=base.after(after))
        return of + after

    # -- what lies in one piece --------------------------------------------------------------------

    def view(self, ref: Ref) -> View | None:
        """The statement that makes it, if it is what lies at places of another value."""
        if ref.name not in self.host.stems:
            return None
        return next((s for s in reversed(self.host.statements)
                     if isinstance(s, View) and s.out.name == ref.name and s.places), None)

    def whole(self, ref: Ref) -> Ref:
        """The value, or a copy of it that lies in one piece."""
        view = self.view(ref)
        if view is None:
            return ref
        sizes = self.host.values[ref.name].sizes
        made = self._named(self.host.stems[ref.name], "patches" if view.inner else "piece", sizes)
        self.host.statements.append(Apply(Ref(made, ref.axes), "np.positive", (ref,)))
        return Ref(made, ref.axes)

    def meets(self, view: View, sizes: Sizes) -> bool:
        """Whether it shows any entry twice."""
        return any(p.inner and p.step < p.gap * (int(sizes[p.inner]) - 1) + 1
                   and p.gap < p.step * (int(sizes[p.outer]) - 1) + 1 for p in view.places)


def _laid(places: Sequence[Along]) -> Axes:
    """The letters in an order of which a copy runs along memory: those of a window before its places, if these come
    last, and else behind them."""
    outer, inner = [p.outer for p in places if p.outer], [p.inner for p in places if p.inner]
    windows = [n for n, p in enumerate(p for p in places if p.outer) if p.inner]
    if not windows:
        return tuple(outer)
    at = windows[0] if windows[-1] == len(outer) - 1 else windows[-1] + 1
    return *outer[:at], *inner, *outer[at:]
