"""Equations as statements of a plan, one operation each.

    delta1[s,j] = sum(a1[s,j]*delta2[s,q]*w2[q,j]*(1 - a1[s,j]), q)     becomes

    t1 = 1 - a1;  t2 = a1*t1;  t3 = delta2 @ w2;  delta1 = t3*t2

In: equations of a minibatch, safe to compute. Out: statements, and the values that they name. An equation that these
statements cannot say (a gather, a scatter, a case) stays as the plain style writes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import TypeVar

import sympy as sp

from derive.codegen.repeats import Numbered, numbered
from derive.codegen.scope import Scope
from derive.errors import DeriveError
from derive.ir import Equation, Index, Loop, Tensor
from derive.plan.elementwise import Elementwise
from derive.plan.note import Note
from derive.plan.orders import Order
from derive.plan.places import Places, is_whole
from derive.plan.plainly import plain_equation, plain_loop
from derive.plan.record import ROWS, Apply, Plain, Plan, Ref, Role, Size, Statement, Value, View
from derive.plan.slopes import Slopes
from derive.plan.terms import Terms
from derive.plan.views import Unlowered, Views

Item = TypeVar("Item")


@dataclass
class Lowering:
    """Makes the statements of one plan; `sample` is the symbol of the size of the minibatch."""

    tensors: dict[str, Tensor]
    names: dict[str, str]
    scope: Callable[[], Scope]
    sample: sp.Symbol | None
    cost: str
    note: Callable[[Equation], tuple[Note, ...]]
    families: Mapping[str, Numbered]
    """Of the tensors that are one of several."""
    statements: list[Statement] = field(default_factory=list)
    values: dict[str, Value] = field(default_factory=dict)
    starts: dict[str, sp.Expr] = field(default_factory=dict)
    """Where the indices of the equation at hand begin."""
    arrays: set[str] = field(default_factory=set)
    """Tensors that are written part by part."""
    looped: set[str] = field(default_factory=set)
    """Tensors that a loop over time writes, or adds to."""
    orders: Mapping[str, Order] = field(default_factory=dict)
    """Of tensors whose axes lie in memory otherwise than they stand in the equations."""
    totals: set[str] = field(default_factory=set)
    """Tensors that are sums over the examples: their terms are not shared out again."""
    added: Counter[str] = field(default_factory=Counter)
    """How many equations add to each tensor."""
    slopes: Slopes = field(default_factory=Slopes)
    stems: dict[str, str] = field(default_factory=dict)
    """What the views are views of, in the end."""

    @cached_property
    def taken(self) -> frozenset[str]:
        """Names that a step on the way may not have."""
        return frozenset(self.names.values())

    def size(self, size: sp.Expr) -> Size:
        if self.sample is not None and size == self.sample:
            return ROWS
        if size.is_Integer:
            return int(size)
        raise Unlowered(f"the size {size}")

    def extent(self, size: Size) -> sp.Expr:
        """A size as the equations have it."""
        return self.sample if size == ROWS and self.sample is not None else sp.Integer(size)

    def zero(self) -> Ref:
        self.values["<0>"] = Value("<0>", (), "constant", amount=sp.Integer(0))
        return Ref("<0>")

    def given(self, tensor: Tensor, role: Role) -> None:
        """Data and parameters are values from the start."""
        name = self.names[tensor.name]
        try:
            sizes = tuple(self.size(a.size) for a in tensor.axes)
        except Unlowered:
            raise DeriveError(f"fast code needs numbers for all sizes; {tensor.name} has none",
                              do="Name the widths, or take --style plain.") from None
        self.values[name] = Value(name, sizes, role, family=self.family(tensor.name))

    def equation(self, equation: Equation) -> None:
        """The statements of one equation."""
        self.noted(equation, self.note(equation))

    def noted(self, equation: Equation, notes: tuple[Note, ...]) -> None:
        """The statements of one equation, and what is said where they begin."""
        begun, known = len(self.statements), len(self.values)
        try:
            if equation.target in self.arrays | self.looped and not self.is_timed(equation.target):
                raise Unlowered("a part of an array")
            self._stated(self.slopes.opened(equation))
        except Unlowered:
            self.statements[begun:] = []
            self.values = dict(islice(self.values.items(), known))
            self._plain(equation)
        if len(self.statements) > begun:
            first = self.statements[begun]
            self.statements[begun] = replace(first, notes=(*notes, *first.notes))

    def _stated(self, equation: Equation) -> None:
        if any(t.where for t in equation.terms):
            raise Unlowered("a case")
        tensor = self.tensors[equation.target]
        whole = is_whole(equation, tensor) or self.is_at_times(equation)
        free = self.free(equation) if whole else equation.free
        self.starts = {i.symbol.name: i.start for i in free}
        sizes, views = {i.symbol.name: self.size(i.size) for i in free}, Views.of(self, equation)
        work = Elementwise(self, sizes, views, self.key(equation.target), self.family(equation.target))
        if whole:
            self._named(equation, Terms(self, work).total(equation, tuple(sizes)), tuple(sizes), work)
        else:
            Places(self, replace(work, sizes=views.in_order(sizes))).written(equation)

    def role(self, tensor: Tensor) -> Role:
        return "gradient" if tensor.role == "adjoint" and self._of_parameter(tensor) else "value"

    def free(self, equation: Equation) -> tuple[Index, ...]:
        """The indices of what an equation writes, in the order of its axes in memory."""
        if equation.at != tuple(i.symbol for i in equation.free):
            raise Unlowered("a part of a tensor")
        return self.lying(equation.target, equation.free)

    def lying(self, tensor: str, of_axes: tuple[Item, ...]) -> tuple[Item, ...]:
        """What belongs to the axes of a tensor, in the order in which they lie in memory."""
        return tuple(of_axes[n] for n in self.orders[tensor]) if tensor in self.orders else of_axes

    def made(self, equation: Equation, axes: tuple[str, ...], work: Elementwise) -> str:
        """The name of the value that an equation writes."""
        name = self.key(equation.target)
        sizes: tuple[Size, ...] = tuple(work.sizes[a] for a in axes)
        self.values[name] = Value(name, sizes, self.role(self.tensors[equation.target]),
                                  family=self.family(equation.target))
        return name

    def _named(self, equation: Equation, total: Ref, axes: tuple[str, ...], work: Elementwise) -> None:
        """The last statement writes the tensor itself, not a value of no name."""
        if equation.op != "=":
            raise Unlowered("a part of a sum")
        self.into(Ref(self.made(equation, axes, work), axes), total, work)

    def into(self, there: Ref, total: Ref, work: Elementwise, each: tuple[str, ...] = ()) -> None:
        """The last value is computed where it belongs; or copied there."""
        last = self.statements[-1] if self.statements else None
        view = work.views.view(there)
        if isinstance(last, View) and last.out == total and not last.places and self._is_only(there, total):
            del self.values[total.name]
            self.statements[-1] = replace(last, out=there)
        elif last is not None and last.out == total and total.name in work.made and {*total.axes} == {*there.axes} and (
                isinstance(last, Apply) and (view is None or bool(each) or last.function.startswith("np."))
                or view is None and (total.axes == there.axes or len(last.of) == 2)):
            if isinstance(last, Apply):
                if each and last.each and {*each} != {*last.each}:
                    raise Unlowered("windows in windows")
                last = replace(last, each=each or last.each)
            del self.values[total.name]
            self.statements[-1] = replace(last, out=there)
        else:
            self.statements.append(Apply(there, "np.positive", (total,), each))

    def _is_only(self, there: Ref, total: Ref) -> bool:
        """Whether a value can be the view that it would be a copy of: it is no gradient, and nothing is added to it."""
        return (self.values[there.name].role == "value" and there.axes == total.axes
                and not any(self.key(name) == there.name for name in self.added))

    def _of_parameter(self, tensor: Tensor) -> bool:
        return self.tensors[tensor.of or ""].role in ("parameter", "data")

    def key(self, tensor: str) -> str:
        """The name of a tensor in the plan: that of its Python variable, or grad_w1 for grads["w1"]."""
        shown = self.names[tensor]
        return f"grad_{self.tensors[tensor].of}" if shown.startswith("grads[") else shown

    def family(self, tensor: str) -> Numbered | None:
        """Of which layer the value of a tensor is; what the caller gets has its own name."""
        of = self.families.get(tensor)
        return None if of is None or tensor == self.cost else numbered(self.key(tensor), of.number)

    def is_timed(self, tensor: str) -> bool:
        """Whether a loop over time is a loop of statements that may write it entry by entry."""
        return False

    def is_at_times(self, equation: Equation) -> bool:
        """Whether it writes all of a tensor at some of its times."""
        return False

    def at_time(self, tensor: Tensor, at: tuple[sp.Expr, ...], work: Elementwise) -> Ref | None:
        """What is read of a tensor that has a time; here none has."""
        return None

    # -- what is left ----------------------------------------------------------------------------

    def array(self, name: str, full: bool = False) -> None:
        """What is written part by part is an array of zeros first, unless it is `full` in the end."""
        tensor, key = self.tensors[name], self.key(name)
        if name not in self.looped:
            axes = tuple(f".{n}" for n in range(len(tensor.axes)))
            self.values[key] = Value(key, tuple(self.size(a.size) for a in tensor.axes), self.role(tensor),
                                     family=self.family(name))
            if full:
                return
            self.statements.append(Apply(Ref(key, axes), "np.positive", (self.zero(),)))
            return
        if not tensor.axes:
            return
        sizes = tuple(self.size(a.size) for a in tensor.axes)
        gradient = self.names[name].startswith("grads[")
        self.arrays.add(name)
        self.values[key] = Value(key, sizes if gradient else (), "gradient" if gradient else "bound")
        shape = str(sizes[0]) if len(sizes) == 1 else f"({', '.join(map(str, sizes))})"
        made = f"np.zeros({shape}, {self.scope().dtype})"
        self.statements.append(Plain(Ref(key), (f"{key}[...] = 0" if gradient else f"{key} = {made}",)))

    def loop(self, loop: Loop) -> None:
        """A loop over time, as the plain style writes it."""
        plain_loop(self, loop)

    def _plain(self, equation: Equation) -> None:
        plain_equation(self, equation, {})

    def plan(self) -> Plan:
        return Plan(tuple(self.statements), dict(self.values), self.names[self.cost], sample=self.sample)
