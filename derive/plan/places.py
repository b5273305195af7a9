"""Equations that write a tensor by other subscripts than its indices: rows, parts, windows that overlap.

    z[24*p + q] = x[p,q]      z is x, seen otherwise           x[i + u] += v[u,i]      one u after the other

In: an equation. Out: statements that write a view of the tensor, or that say of what it is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from derive.codegen.statements import covers
from derive.ir import Equation, Tensor
from derive.plan.record import Apply, Ref, Value, View
from derive.plan.terms import Terms
from derive.plan.views import Unlowered

if TYPE_CHECKING:
    from derive.plan.elementwise import Elementwise
    from derive.plan.lower import Lowering


def is_whole(equation: Equation, tensor: Tensor) -> bool:
    """Whether it writes every entry, by its indices."""
    return equation.op == "=" and equation.at == tuple(i.symbol for i in equation.free) and covers(equation, tensor)


def picks(equation: Equation, tensors: Mapping[str, Tensor]) -> bool:
    """Whether whole numbers of the data stand in it: plain text fills an array, which is then read like any other."""
    return equation.op == "=" and bool(equation.at) and any(tensors[n].among is not None for n in equation.names)


@dataclass(frozen=True)
class Places:
    """Adds statements to those of a lowering."""

    host: Lowering
    work: Elementwise

    def written(self, equation: Equation) -> None:
        tensor, name = self.host.tensors[equation.target], self.host.key(equation.target)
        whole = equation.op == "=" and covers(equation, tensor) and name not in self.host.values
        if whole:
            sizes = self.host.lying(tensor.name, tuple(self.host.size(a.size) for a in tensor.axes))
            self.host.values[name] = Value(name, sizes, self.host.role(tensor),
                                           family=self.host.family(equation.target))
            if self._is_seen(equation, name):
                return
        elif self.host.values.get(name, Value(name, ())).role not in ("value", "gradient"):
            raise Unlowered("a part of what plain text names")
        there = self.work.views.seen(equation.lhs, self.work)
        if {*there.axes} != {*self.work.sizes}:
            raise Unlowered("several values for one entry")
        view = self.work.views.view(there)
        inner = view.inner if view is not None else ()
        begun = len(self.host.statements)
        work = replace(self.work, sizes={a: self.work.sizes[a] for a in there.axes})
        total = Terms(self.host, work).total(equation, there.axes)
        if equation.op == "=" or self._is_first(equation, name, begun) and not (
                view is not None and self.work.views.meets(view, self.work.sizes)):
            self.host.into(there, total, work, inner)
        else:
            self.host.statements.append(Apply(there, "np.add", (there, total), inner))

    def _is_first(self, equation: Equation, name: str, begun: int) -> bool:
        """Whether zeros alone stand where it adds."""
        before = [s for s in self.host.statements[:begun] if s.out.name == name]
        zero = [self.host.values[r.name].amount == 0 for s in before for r in s.of]
        return self.host.added[equation.target] == 1 and zero == [True]

    def _is_seen(self, equation: Equation, name: str) -> bool:
        """Whether it only names the axes of another value in another way, of which it is then a view."""
        term, *more = equation.terms
        if more or term.summed or term.body not in equation.reads() or self.host.values[name].role != "value" \
                or self.host.added[equation.target]:
            return False
        rows = self.host.lying(equation.target, tuple(self.work.views.subscripts(equation.lhs, self.work.sizes)))
        of = self.work.lower(term.body)
        if of.axes != tuple(a for s in rows for a in s.letters) or self.work.views.view(of) is not None \
                or self.host.values[of.name].amount is not None:
            return False
        self.host.statements.append(View(Ref(name, tuple(
            s.letters[0] if len(s.letters) == 1 else f".{n}" for n, s in enumerate(rows))), (of,)))
        return True
