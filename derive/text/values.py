"""Arithmetic on sums of terms, as an expression is read from the leaves up.

A `Value` is `sum of Terms` with, in matrix form, `axes`: the indices that it still carries.
Products distribute over sums; whatever else meets a sum needs the sum to have a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sympy as sp

from derive.errors import DeriveError
from derive.ir import Index, Term

MAX_EXPONENT = 200


@dataclass(frozen=True)
class Value:
    terms: tuple[Term, ...]
    axes: tuple[Index, ...] = ()

    @property
    def body(self) -> sp.Expr | None:
        """The scalar expression, if no sum stands in it."""
        if len(self.terms) == 1 and not self.terms[0].summed:
            return self.terms[0].body
        return sp.Integer(0) if not self.terms else None

    def map(self, change: object) -> Value:
        return Value(tuple(t.map(change) for t in self.terms), self.axes)  # type: ignore[arg-type]


def plain(body: sp.Expr, axes: tuple[Index, ...] = ()) -> Value:
    return Value((Term(body),), axes)


def add(one: Value, other: Value) -> Value:
    """The sum; the parts without a sum sign become one body."""
    one, other, axes = aligned(one, other)
    terms = [*one.terms, *other.terms]
    flat = [t.body for t in terms if not t.summed]
    summed = tuple(t for t in terms if t.summed)
    return Value((*summed, Term(sp.Add(*flat))) if flat else summed, axes)


def aligned(one: Value, other: Value) -> tuple[Value, Value, tuple[Index, ...]]:
    """Both over the same axes, the last axis of one against the last of the other."""
    longer, shorter = (one, other) if len(one.axes) >= len(other.axes) else (other, one)
    tail = longer.axes[len(longer.axes) - len(shorter.axes):]
    for mine, theirs in zip(tail, shorter.axes, strict=False):
        if sp.expand(mine.size - theirs.size) != 0:
            raise DeriveError(f"shapes differ: {shape(one)} beside {shape(other)}",
                              do="Entry-by-entry operations need equal shapes; a product of matrices is written @.")
    moved = renamed(shorter, tail)
    return (longer, moved, longer.axes) if longer is one else (moved, longer, longer.axes)


def renamed(value: Value, axes: tuple[Index, ...]) -> Value:
    """The value over other index names."""
    renaming: dict[sp.Basic, sp.Basic] = {a.symbol: b.symbol for a, b in zip(value.axes, axes, strict=False)}
    return Value(tuple(t.renamed(renaming) for t in value.terms), axes)


def shape(value: Value) -> str:
    return "(" + ", ".join(str(a.size) for a in value.axes) + ")" if value.axes else "a scalar"


def power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    """base^exponent, with numbers kept to a size that can be worked with."""
    if exponent.is_Number and abs(exponent) > MAX_EXPONENT or base.is_Number and exponent.is_Number and (
            base.is_Rational and max(abs(base.p), base.q) > 10**30):
        raise DeriveError(f"an exponent beyond {MAX_EXPONENT}", do="Give the exponent a name, or use exp and log.")
    found = sp.Pow(base, exponent)
    if found.is_number and found.is_extended_real is False:  # of sigmoid(3)^2 SymPy does not know
        raise DeriveError("division by zero" if base == 0 else "the power is no real number")
    return found


def bound_names(value: Value) -> Iterator[str]:
    return (k.name for t in value.terms for k in t.summed)


def sum_over(value: Value, indices: Iterable[Index]) -> Value:
    over = tuple(indices)
    return Value(tuple(Term(t.body, (*over, *t.summed), t.where) for t in value.terms), value.axes)
