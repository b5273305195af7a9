"""Sums of products over any axes as statements that one matrix product, or a stack of them, can do.

    g[o,u] = sum(d[s,o,i]*x[s,u,i], s, i)     is     t[s,o,u] = sum(d[s,o,i]*x[s,u,i], i);  g[o,u] = sum(t[s,o,u], s)

since s and i do not lie side by side in d. In: one or two values with their letters. Out: statements, and the sum.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import sympy as sp

from derive.plan.matrices import Axes, are_beside, inner_axes, matrices
from derive.plan.measured import DEFAULT
from derive.plan.record import ROWS, Contract, Reduce, Ref
from derive.plan.views import Unlowered

if TYPE_CHECKING:
    from derive.plan.elementwise import Elementwise
    from derive.plan.lower import Lowering


@dataclass(frozen=True)
class Products:
    """Adds statements to those of a lowering; new values get their names from `work`."""

    host: Lowering
    work: Elementwise

    def contracted(self, factors: Sequence[sp.Expr], summed: Sequence[str]) -> Ref:
        """The sum of the product of the factors."""
        refs = self._merged([self.work.factor(f) for f in factors])
        out = tuple(a for a in self.work.union(refs, tuple(self.work.sizes)) if a not in summed)
        if len(refs) > 2:
            raise Unlowered("a product of three arrays")
        if len(refs) == 1:
            return self.total(refs[0], out)
        refs = [self.work.views.whole(r) for r in refs]
        return self._stated(out, *refs) if self._is_product(refs, out, summed) else self.product(refs[0], refs[1], out)

    def beside(self, inner: Sequence[sp.Expr], outer: Sequence[sp.Expr]) -> list[Ref]:
        """What a sum of the inner factors is multiplied by: what has no axes but its own first, then the rest."""
        known = {s for f in inner for s in f.free_symbols}
        near = [f for f in outer if all(s in known for s in f.free_symbols if str(s) in self.work.sizes)]
        return [self.work.product(factors) for factors in (near, [f for f in outer if f not in near]) if factors]

    def times(self, total: Ref, beside: Sequence[Ref], number: sp.Expr, axes: Axes) -> Ref:
        """A sum times these and a number, which meets it before the axes of others do."""
        for ref in beside:
            if {*ref.axes} - {*total.axes}:
                total, number = self.work.scaled(total, number), sp.Integer(1)
            total = self.work.apply("np.multiply", (total, ref), self.work.union((total, ref), axes))
        return self.work.scaled(total, number)

    def _merged(self, refs: list[Ref]) -> list[Ref]:
        """Factors whose letters another one has are multiplied into it, until two are left."""
        while len(refs) > 2:
            found = next(((a, b) for a in refs for b in refs if a is not b and set(a.axes) <= set(b.axes)), None)
            if found is None:
                raise Unlowered("a product of three arrays")
            small, large = found
            joint = self.work.apply("np.multiply", (large, small), large.axes)
            refs = [joint, *(r for r in refs if r is not small and r is not large)]
        return refs

    def _is_product(self, refs: Sequence[Ref], out: Axes, summed: Sequence[str]) -> bool:
        """A matrix product of at most two axes each, or the inner product of two alike."""
        one, other = refs
        if not out:
            return one.axes == other.axes
        shared = set(one.axes) & set(other.axes)
        return (len(shared) == 1 and shared <= set(summed) and max(len(one.axes), len(other.axes)) <= 2
                and len(set(one.axes) | set(other.axes)) == len(out) + 1)

    def _stated(self, out: Axes, *of: Ref) -> Ref:
        made = self.work.fresh(out)
        self.host.statements.append(Contract(made, of))
        return made

    def reduced(self, function: str, ref: Ref, gone: Collection[str]) -> Ref:
        """The greatest along these axes, or the sum; of windows, what lies at one place of each after the other."""
        view = self.work.views.view(ref)
        each = view.inner if view is not None and {*view.inner} == {*gone} else ()
        made = self.work.fresh(tuple(a for a in ref.axes if a not in gone))
        self.host.statements.append(Reduce(made, function, (ref if each else self.work.views.whole(ref),), each))
        return made

    def total(self, ref: Ref, out: Axes) -> Ref:
        """The sum over the axes that `out` lacks: axes side by side at once, the last ones first."""
        gone = [a for a in ref.axes if a not in out]
        if gone and self.work.views.view(ref) is not None:
            return self.reduced("np.add", ref, gone)
        if not set(ref.axes) - set(out):
            return ref
        if len(ref.axes) <= 2 or not out:
            return self._stated(out, ref)
        kept: Axes = ref.axes
        while places := [n for n, a in enumerate(kept) if a not in out]:
            last = places[-1]
            first = next(n for n in range(last, -1, -1) if n == 0 or kept[n - 1] in out)
            kept = kept[:first] + kept[last + 1:]
            ref = self._stated(kept, ref)
        return ref

    def product(self, one: Ref, other: Ref, out: Axes) -> Ref:
        """The sum of the products of two values."""
        small, large = sorted((one, other), key=lambda r: len(r.axes))
        form = matrices(one.axes, other.axes, out)
        if {*small.axes} <= {*large.axes} and (form is None or form.stack):
            return self.total(self.work.apply("np.multiply", (one, other), large.axes), out)
        first, second = (self.total(r, tuple(a for a in r.axes if a in out or a in beside.axes))
                         for r, beside in ((one, other), (other, one)))
        if (first, second) != (one, other):  # with fewer axes it may be a product of another form
            return self.product(first, second, out)
        inner = inner_axes(one.axes, other.axes, out)
        if not inner:
            return self.work.apply("np.multiply", (one, other), out)
        if matrices(one.axes, other.axes, out) is not None:
            return self._stated(out, one, other)
        return self.in_two(one, other, inner, out)

    def in_two(self, one: Ref, other: Ref, inner: Axes, out: Axes) -> Ref:
        """Some of the axes first, the others afterwards; or of copies with other axes last, if those are smaller."""
        first = next(n for n in range(1, len(inner) + 1) if n == len(inner) or all(
            are_beside(r.axes, inner[n:]) for r in (one, other)))
        loose = [not are_beside(r.axes, inner) for r in (one, other)]
        copied = sum(self.entries(r.axes) for r, is_loose in zip((one, other), loose, strict=True) if is_loose)
        parts = (*inner[:first], *(a for a in out if a not in inner))
        if first < len(inner) and self.entries(parts) <= copied:
            return self.total(self._stated(parts, one, other), out)
        one, other = (self.with_last(r, inner) if is_loose else r
                      for r, is_loose in zip((one, other), loose, strict=True))
        return self._stated(out, one, other)

    def with_last(self, ref: Ref, inner: Axes) -> Ref:
        """A copy that has these axes last."""
        return self.work.apply("np.positive", (ref,), (*(a for a in ref.axes if a not in inner), *inner))

    def entries(self, axes: Axes) -> int:
        sizes = [self.work.sizes[a] for a in axes]
        return prod(DEFAULT.typical_rows if n == ROWS else int(n) for n in sizes)


def squares_apart(factors: tuple[sp.Expr, ...]) -> list[sp.Expr]:
    """(a - y)^2 as two factors: an inner product needs no array of squares."""
    found: list[sp.Expr] = []
    for factor in factors:
        found += [factor.base, factor.base] if factor.is_Pow and factor.exp == 2 else [factor]
    return found
