"""A scalar expression as operations on arrays, one statement each: what NumPy's ufuncs offer.

In: an expression over indices. Out: a reference to the value that holds it. Numbers come last and in one factor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

import sympy as sp

from derive.codegen.elementwise import CALLS, HELPERS
from derive.codegen.repeats import Numbered
from derive.codegen.stabilized import Vector
from derive.formulas.normal import in_normal_cdf, normal_cdf
from derive.functions.primitives import mod
from derive.functions.record import A, Application, ScalarFunction, Z, choose, equal, step
from derive.ir import indices_of, reads_of, shown, tensor_of
from derive.plan.amounts import common, parted
from derive.plan.record import ROWS, SHIFT, Apply, Contract, Reduce, Ref, Size, Value
from derive.plan.views import Unlowered, Views

if TYPE_CHECKING:
    from derive.plan.lower import Lowering


TRUTHS = ("np.greater", "np.equal")
LETTERS = (*"tuvwpqr", *(f"t{n}" for n in range(2, 1000)))


@dataclass
class Elementwise:
    """Lowers expressions over the letters of `sizes`; `made` are values of no name of their own."""

    host: Lowering
    sizes: dict[str, Size]
    views: Views
    of: str
    """What they are computed for: steps on the way are called after it."""
    family: Numbered | None = None
    """Of which layer that is."""
    made: set[str] = field(default_factory=set)
    bound: dict[sp.Symbol, Ref] = field(default_factory=dict)
    """What stands for a value that is there already."""

    def within(self, more: dict[str, Size]) -> Elementwise:
        return replace(self, sizes=self.views.in_order(self.sizes | more))

    def factor(self, factor: sp.Expr) -> Ref:
        """What is summed: 0 or 1 may be a truth value there."""
        return self.truth(factor) if isinstance(factor, equal) else self.lower(factor)

    def varies(self, expr: sp.Expr) -> bool:
        """Whether it is another number in every entry, or at every call."""
        return any(shown(s) in self.sizes for s in expr.free_symbols) or any(
            r in self.bound or self.host.tensors[tensor_of(r)].role != "constant" for r in reads_of(expr))

    def union(self, refs: Sequence[Ref], order: Sequence[str]) -> tuple[str, ...]:
        present = {a for ref in refs for a in ref.axes}
        return tuple(a for a in [*order, *(a for a in self.sizes if a not in order)] if a in present)

    def fresh(self, axes: tuple[str, ...], truth: bool = False) -> Ref:
        names = (f"{self.of}_{letter}" for letter in LETTERS)
        name = next(n for n in names if n not in self.host.values and n not in self.host.taken)
        own = self.family and self.family.after(name.removeprefix(self.of))
        self.host.values[name] = Value(name, tuple(self.sizes[a] for a in axes), truth=truth, nameless=True, family=own)
        self.made.add(name)
        return Ref(name, axes)

    def apply(self, function: str, args: tuple[Ref, ...], axes: tuple[str, ...] | None = None) -> Ref:
        each = () if function == "np.positive" else self.apart(args)
        if axes is None:  # what is taken apart lies apart in memory; else as an operand lies
            union = self.union(args, tuple(dict.fromkeys((*each, *self.sizes))))
            axes = next((r.axes for r in args if not each and {*r.axes} == {*union}), union)
        if not function.startswith("np."):
            self.host.scope().call(function)
        out = self.fresh(axes, function in TRUTHS)
        self.host.statements.append(Apply(out, function, args, each))
        return out

    def apart(self, args: Sequence[Ref]) -> tuple[str, ...]:
        """The axes within windows: what lies at one place of every window is taken at once."""
        found = {view.inner for view in map(self.views.view, args) if view is not None and view.inner}
        if len(found) > 1:
            raise Unlowered("windows of several kinds")
        return found.pop() if found else ()

    def constant(self, amount: sp.Expr) -> Ref:
        name = f"<{amount}>"
        self.host.values[name] = Value(name, (), "constant", amount=amount)
        return Ref(name)

    def scaled(self, ref: Ref, amount: sp.Expr) -> Ref:
        return ref if amount == 1 else self.apply("np.multiply", (ref, self.constant(amount)), ref.axes)

    def scaled_by(self, ref: Ref, front: sp.Expr) -> Ref:
        """A bracket times what stands before it: factors, then divisors, then the number."""
        above, below = sp.fraction(front)
        kept, amounts = parted(sp.Mul.make_args(above), self.varies)
        under, divided = parted(sp.Mul.make_args(below), self.varies)
        if kept:
            ref = self.apply("np.multiply", (ref, self.lower(sp.Mul(*kept))))
        if under:
            ref = self.apply("np.divide", (ref, self.lower(sp.Mul(*under))))
        return self.scaled(ref, sp.Mul(*amounts) / sp.Mul(*divided))

    # -- expressions -------------------------------------------------------------------------------

    def lower(self, expr: sp.Expr) -> Ref:
        if expr in self.bound:
            return self.bound[expr]
        if not self.varies(expr):
            return self.constant(expr)
        if isinstance(expr, sp.Indexed) or expr.is_Symbol:
            return self.read(expr)
        if _is_counted(expr):
            return self.counted(expr)
        for kind, rule in RULES:
            if isinstance(expr, kind):
                return rule(self, expr)
        name = CALLS.get(type(expr)) or HELPERS.get(type(expr).__name__)
        if name is None:
            raise Unlowered(str(expr))
        return self.apply(name, tuple(self.lower(a) for a in expr.args))

    def numbers(self, index: sp.Symbol) -> Ref:
        """The values of an index: 0, 1, 2, ... in an array."""
        span = self.span(index)
        return self.along(index, span, f"<{span}>")

    def counted(self, expr: sp.Expr) -> Ref:
        """What an expression of one index is for each of its values: the first step of each window."""
        index, *others = (s for s in expr.free_symbols if str(s) in self.sizes)
        amounts = [expr.xreplace({index: number}) for number in self.span(index)]
        if others or not all(amount.is_Rational for amount in amounts):
            raise Unlowered(str(expr))
        return self.along(index, sp.Tuple(*amounts), f"<{expr} for {index} in {self.span(index)}>")

    def span(self, index: sp.Symbol) -> sp.Range:
        size, start = self.sizes[str(index)], self.host.starts[str(index)]
        if size == ROWS or not start.is_Integer:
            raise Unlowered("an index of any size as a number")
        return sp.Range(start, start + size)

    def along(self, index: sp.Symbol, amount: sp.Basic, name: str) -> Ref:
        """An array of numbers that are known."""
        self.host.values[name] = Value(name, (self.sizes[str(index)],), "constant", amount=amount)
        return Ref(name, (str(index),))

    def read(self, access: sp.Expr) -> Ref:
        """An array by its indices, which may be places along an axis."""
        if access not in reads_of(access):
            return self.numbers(access)
        tensor = self.host.tensors[tensor_of(access)]
        if tensor.among is not None:
            raise Unlowered("whole numbers among numbers")
        timed = self.host.at_time(tensor, indices_of(access), self)
        if timed is not None:
            return timed
        if tensor.role == "constant":
            return self.constant(access)
        if self.host.values.get(name := self.host.key(tensor.name), Value(name, ())).role == "bound":
            raise Unlowered("a name of plain text")
        return self.views.seen(access, self)

    def add(self, expr: sp.Expr) -> Ref:
        """What is added first, then what is subtracted; a number after an array, unless the array is subtracted."""
        amount, rest = common(expr)
        if amount != 1:
            return self.scaled(self.lower(rest), amount)
        parts = sorted(expr.args, key=lambda a: (a.could_extract_minus_sign(), not self.varies(a), shown(a)))
        if parts[0].could_extract_minus_sign():
            total = self.mul(parts[0])
        else:
            total = self.lower(parts[0])
        for part in parts[1:]:
            minus = part.could_extract_minus_sign()
            total = self.apply("np.subtract" if minus else "np.add", (total, self.lower(-part if minus else part)))
        return total

    def mul(self, expr: sp.Expr) -> Ref:
        """Factors made of one tensor meet first: a*(1 - a) is a slope; then the rest, then the number."""
        return self.product(sp.Mul.make_args(expr), alone=True)

    def product(self, factors: Sequence[sp.Expr], alone: bool = False) -> Ref:
        """The product of these; unless it stands alone, something else is multiplied by it."""
        kept, amounts = parted(factors, self.varies)
        below: list[sp.Expr] = [1 / f for f in kept if f.is_Pow and f.exp.is_number and f.exp.is_negative]
        above = [f for f in kept if not (f.is_Pow and f.exp.is_number and f.exp.is_negative)]
        groups: dict[tuple[str, ...], Ref] = {}
        for factor in sorted(above, key=lambda f: (not self._is_forward(f), f.is_Add, shown(f))):
            of = tuple(sorted({tensor_of(r) for r in reads_of(factor)}))
            ref = self._factor(factor, not alone or len(above) + len(below) > 1)
            groups[of] = self.apply("np.multiply", (groups[of], ref)) if of in groups else ref
        refs = sorted(groups.values(), key=lambda r: self.host.values[r.name].truth)
        whole = self.lower(sp.Mul(*below)) if below else None
        small = next((n for n, r in enumerate(refs) if whole and whole.axes == r.axes), -1)
        if whole is not None and len({r.axes for r in refs}) > 1 and small >= 0:  # before it meets more axes
            refs[small], whole = self.apply("np.divide", (refs[small], whole)), None
        total = refs[0] if refs else None
        for ref in refs[1:]:
            assert total is not None
            total = self.apply("np.multiply", (total, ref))
        if whole is not None:
            total = self.apply("np.divide", (self.constant(sp.Integer(1)) if total is None else total, whole))
        assert total is not None
        return self.scaled(total, sp.Mul(*amounts))

    def _is_forward(self, factor: sp.Expr) -> bool:
        return all(r in self.bound or self.host.tensors[tensor_of(r)].role != "adjoint" for r in reads_of(factor))

    def _factor(self, factor: sp.Expr, among: bool) -> Ref:
        """A factor; among others what is 0 or 1 is a truth value, which multiplies as such."""
        return self.truth(factor) if among and isinstance(factor, step | equal) \
            and not _is_counted(factor) else self.lower(factor)

    def truth(self, factor: sp.Expr) -> Ref:
        if isinstance(factor, step):
            return self.apply("np.greater", (self.lower(factor.args[0]), self.constant(sp.Integer(0))))
        return self.apply("np.equal", tuple(self.lower(a) for a in factor.args))

    def equality(self, expr: sp.Expr) -> Ref:
        return self.apply("np.multiply", (self.truth(expr), self.constant(sp.Integer(1))))

    def power(self, expr: sp.Expr) -> Ref:
        base, exponent = expr.args
        if exponent.is_number and exponent.is_negative:
            return self.apply("np.divide", (self.constant(sp.Integer(1)), self.lower(1 / expr)))
        if exponent == 2:
            return self.apply("np.square", (self.lower(base),))
        if exponent == sp.Rational(1, 2):
            return self.apply("np.sqrt", (self.lower(base),))
        pair = self.lower(base), self.lower(exponent)
        return self.apply("np.power", pair, tuple(dict.fromkeys(pair[0].axes + pair[1].axes)))

    def application(self, expr: sp.Expr) -> Ref:
        z, begun = self.lower(expr.args[0]), len(self.host.statements)
        known = _fast(expr.record, expr.order)
        if known is not None:
            try:
                return replace(self, bound={Z: z}).lower(known)
            except Unlowered:
                self.host.statements[begun:] = []
        return self.apply(f"{expr.record.name}{'_slope' * expr.order}", (z,))

    def distribution(self, expr: sp.Expr) -> Ref:
        """Phi of z with exp(-z^2/2), which it needs, and which its slope is made of."""
        (z,) = expr.args
        return self.apply("normal_cdf", (self.lower(z), self.lower(sp.exp(-(z**2) / 2))))

    def vector(self, expr: sp.Expr) -> Ref:
        """softmax and its logarithm share the shifted exponentials."""
        z = self.views.whole(self.read(expr.args[0]))
        if expr.record.name not in ("softmax", "log_softmax") or not z.axes:
            raise Unlowered(expr.record.name)
        rest = tuple(a for a in z.axes if a != str(indices_of(expr.args[0])[-1]))
        top = self.fresh(rest)
        self.host.statements.append(Reduce(top, SHIFT, (z,)))
        shifted = self.apply("np.subtract", (z, top), z.axes)
        e = self.apply("np.exp", (shifted,), z.axes)
        total = self.fresh(rest)
        self.host.statements.append(Contract(total, (e,)))
        if expr.record.name == "softmax":
            return self.apply("np.divide", (e, total), z.axes)
        return self.apply("np.subtract", (shifted, self.apply("np.log", (total,))), z.axes)

    def chosen(self, expr: sp.Expr) -> Ref:
        condition, yes, no = expr.args
        return self.apply("np.where", (self.truth(step(condition)), self.lower(yes), self.lower(no)))

    def stepped(self, expr: sp.Expr) -> Ref:
        return self.apply("np.heaviside", (self.lower(expr.args[0]), self.constant(sp.Integer(0))))


def _is_counted(expr: sp.Expr) -> bool:
    """Whether it is made of indices alone, by what NumPy is not asked to do at every call."""
    return expr.has(mod) and not reads_of(expr)


@cache
def _fast(record: ScalarFunction, order: int) -> sp.Expr | None:
    """f(z), or f'(z), by operations that may share steps; SymPy takes long to make a tanh, and every layer has it."""
    if record.fast is None or order > 1:
        return None
    found = record.definition(1) if order else record.fast(Z)
    return None if A in found.free_symbols else in_normal_cdf(found)


RULES = ((sp.Add, Elementwise.add), (sp.Mul, Elementwise.mul), (sp.Pow, Elementwise.power),
         (Application, Elementwise.application), (normal_cdf, Elementwise.distribution), (Vector, Elementwise.vector),
         (step, Elementwise.stepped), (equal, Elementwise.equality), (choose, Elementwise.chosen))
