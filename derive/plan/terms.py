"""The terms of an equation as statements: one added to the other, each a sum of products or an expression.

    z[s,j] = sum(x[s,k]*w[j,k], k) + b[j]        becomes        t1[s,j] = x[s,k]*w[j,k];  t2[s,j] = t1[s,j] + b[j]

In: an equation, the letters of its axes. Out: the value that they add up to. What is added up over the examples counts,
in a total, by their share of the minibatch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy as sp

from derive.calculus.factored import factored
from derive.codegen.products import separated
from derive.ir import Equation, Term, reads_of, tensor_of
from derive.plan.amounts import parted
from derive.plan.products import Products, squares_apart
from derive.plan.record import ROWS, SHARE, Ref, Size

if TYPE_CHECKING:
    from derive.plan.elementwise import Elementwise
    from derive.plan.lower import Lowering


@dataclass(frozen=True)
class Terms:
    """Adds statements to those of a lowering; `work` knows the axes of what the equation writes."""

    host: Lowering
    work: Elementwise

    def total(self, equation: Equation, axes: tuple[str, ...]) -> Ref:
        """All terms, one added to the other."""
        tensor = self.host.tensors[equation.target]
        counted = tensor.role in ("cost", "adjoint") or equation.target == self.host.cost
        by_row = ROWS in self.work.sizes.values()
        if not by_row and (counted or any(self._is_total(t) for t in equation.terms)):
            self.host.totals.add(equation.target)  # what counts in part does so once, and not where it is read again
        shared = factored(equation.terms) if by_row else None
        if shared is None:
            return self._added(equation.terms, axes, counted)
        return self.work.scaled_by(self._added(shared.terms, axes, counted), shared.front)

    def _added(self, terms: Sequence[Term], axes: tuple[str, ...], counted: bool) -> Ref:
        """One term after the other; what has a minus sign is subtracted."""
        total: Ref | None = None
        for term in (t for whole in terms for t in separated(whole)):
            minus = total is not None and bool(term.body.as_coeff_Mul()[0] < 0)
            value = self._term(term.map(lambda body: -body) if minus else term, axes, counted)
            function = "np.subtract" if minus else "np.add"
            total = value if total is None else self.work.apply(function, (total, value), axes)
        assert total is not None
        return total

    def _term(self, term: Term, axes: tuple[str, ...], counted: bool) -> Ref:
        """One term; in a total, what no example changes counts in part."""
        self.host.starts |= {k.symbol.name: k.start for k in term.summed}
        work = self.work.within({k.symbol.name: self.host.size(k.size) for k in term.summed})
        if term.by == "max":
            return Products(self.host, work).reduced("np.max", work.lower(term.body),
                                                     [k.symbol.name for k in term.summed])
        alone = counted and self.host.sample is not None and not self._is_by_example(term.body, work)
        body = term.body * SHARE if alone else term.body
        return self._summed(term, body, axes, work) if term.summed else work.lower(body)

    def _summed(self, term: Term, body: sp.Expr, axes: tuple[str, ...], work: Elementwise) -> Ref:
        """A sum of products; what it does not run over is multiplied outside."""
        summed = [k.symbol for k in term.summed]
        idle = [k.size * (SHARE if self.host.size(k.size) == ROWS else 1) for k in term.summed
                if k.symbol not in body.free_symbols]
        factors = squares_apart(sp.Mul.make_args(sp.Mul(body, *idle)))
        inner = [f for f in factors if any(s in f.free_symbols for s in summed)]
        outer = [f for f in factors if f not in inner]
        if not inner:
            return work.lower(sp.Mul(*outer))
        kept, amounts = parted(inner, work.varies)
        products = Products(self.host, work)
        beside = products.beside(inner, [f for f in outer if work.varies(f)])
        total = products.contracted(kept, [s.name for s in summed])
        return products.times(total, beside, sp.Mul(*(f for f in outer if not work.varies(f)), *amounts), axes)

    def _is_by_example(self, body: sp.Expr, work: Elementwise) -> bool:
        """Whether its value changes from example to example, or is a total already."""
        return (ROWS in work.sizes.values() or any(ROWS in self._sizes_of(r) for r in body.atoms(sp.Indexed))
                or any(tensor_of(r) in self.host.totals for r in reads_of(body)))

    def _is_total(self, term: Term) -> bool:
        return any(self.host.size(k.size) == ROWS for k in term.summed) or any(
            tensor_of(r) in self.host.totals for r in reads_of(term.body))

    def _sizes_of(self, access: sp.Expr) -> list[Size]:
        return [self.host.size(a.size) for a in self.host.tensors[tensor_of(access)].axes]
