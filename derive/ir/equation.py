r"""Equations and loops: the sentences.

    lhs[I]  =  sum over terms of  sum_{K}  body(I, K)      (only where the conditions hold)

Shallow on purpose: the body is scalar, sums stand only in front of a term. A sum inside a
nonlinear function is given a name of its own by whoever builds the equations, so that every
derivative is scalar calculus and every intermediate value is computed once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Literal

import sympy as sp

from derive.ir.index import Index, read


@dataclass(frozen=True)
class Term:
    """sum over `summed` of `body`, restricted to where every condition of `where` holds.

    With `by` "max" it is the greatest of these instead of their sum, and the only term of its equation.
    """

    body: sp.Expr
    summed: tuple[Index, ...] = ()
    where: tuple[sp.Basic, ...] = ()
    by: Literal["sum", "max"] = "sum"

    def map(self, change: Callable[[sp.Expr], sp.Expr]) -> Term:
        return replace(self, body=change(self.body))

    def renamed(self, renaming: dict[sp.Basic, sp.Basic]) -> Term:
        """Free symbols replaced; the caller makes sure that nothing is captured."""
        return Term(
            replaced(self.body, renaming),
            tuple(k.where(renaming) for k in self.summed),
            tuple(condition_at(c, renaming) for c in self.where),
            self.by,
        )


def condition_at(condition: sp.Basic, renaming: dict[sp.Basic, sp.Basic]) -> sp.Basic:
    """A condition with symbols replaced, kept as it stands even where it becomes plainly true (L = L)."""
    left, right = (side.xreplace(renaming) for side in condition.args)
    return condition.func(left, right, evaluate=False)


@dataclass(frozen=True)
class Equation:
    """`target[at] = terms` (or `+=`), for every value of the `free` indices.

    With `=` each entry of the target is written once; with `+=` several values of the free
    indices may add to the same entry (a push such as `x_bar[2*i+k] += w[k]*z_bar[i]`).
    `origin` says in plain words where it comes from ("layer 2"); `via` is, for an adjoint,
    the pair (what was read from, what is read): dC/d(read) gets dC/d(left) * d(left)/d(read).
    """

    target: str
    at: tuple[sp.Expr, ...]
    free: tuple[Index, ...]
    terms: tuple[Term, ...]
    op: Literal["=", "+="] = "="
    origin: str = field(default="", compare=False)
    via: tuple[sp.Expr, sp.Expr] | None = field(default=None, compare=False)
    part: str = field(default="", compare=False)
    """What the equation is one line of, by name: e, s and a of a softmax all say "softmax"."""

    @property
    def lhs(self) -> sp.Expr:
        return read(self.target, *self.at)

    @property
    def place(self) -> str:
        """Where it is, for a message."""
        return self.origin or f"equation of '{self.target}'"

    @property
    def is_max(self) -> bool:
        """Whether it takes the greatest value of its one term."""
        return self.terms[0].by == "max"

    @property
    def ties(self) -> sp.Expr:
        """How many share the greatest value; an equation of its own follows that of a maximum and counts them."""
        return read(ties_of(self.target), *self.at)

    def map(self, change: Callable[[sp.Expr], sp.Expr]) -> Equation:
        return replace(self, terms=tuple(term.map(change) for term in self.terms))

    def reads(self) -> list[sp.Expr]:
        """Every tensor read on the right or in a subscript, in a fixed order, each once."""
        return list(self._reads)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the tensors that are read, each once."""
        return tuple(dict.fromkeys(map(tensor_of, self._reads)))

    @cached_property
    def _reads(self) -> tuple[sp.Expr, ...]:
        places = (*self.at, *(c for term in self.terms for c in term.where))
        inside = {r for place in places if not place.is_Integer for r in reads_of(place)}
        return tuple(sorted({r for term in self.terms for r in reads_of(term.body)} | inside, key=shown))


SUM = "s"
"""The letter of a sum that got a name of its own: s1, s2. Its number is no layer."""


def ties_of(target: str) -> str:
    """The name of the tensor that counts how many share the maximum `target`."""
    return f"n_{target}"


@dataclass(frozen=True)
class Loop:
    """The statements in order, for index = start..last one after the other (or backwards), or every so many of them."""

    index: Index
    body: tuple[Statement, ...]
    descending: bool = False
    step: int = 1


Statement = Equation | Loop


@lru_cache(maxsize=100_000)
def shown(expr: sp.Basic) -> str:
    """An expression as SymPy's text: a key to sort by that does not change from run to run."""
    if isinstance(expr, sp.Indexed):
        return f"{tensor_of(expr)}[{', '.join(map(shown, expr.indices))}]"
    return expr.name if isinstance(expr, sp.Symbol) else str(expr)


@lru_cache(maxsize=100_000)
def reads_of(expr: sp.Expr) -> frozenset[sp.Expr]:
    """The tensor reads in an expression: `Indexed` and symbols, but not the whole numbers j, m, n[l].

    Of w[x[t],j] those are w[x[t],j] and x[t].
    """
    found: set[sp.Expr] = set()
    stack = [expr]
    while stack:
        node = stack.pop()
        if isinstance(node, sp.Indexed | sp.Symbol):
            name = node.base.label if isinstance(node, sp.Indexed) else node  # it is asked once for all its entries
            if not name.is_integer:
                found.add(node)
                stack.extend(i for i in indices_of(node) if not i.is_Atom or not i.is_integer)
        else:
            stack.extend(node.args)
    return frozenset(found)


def replaced(expr: sp.Expr, renaming: dict[sp.Basic, sp.Basic]) -> sp.Expr:
    """`xreplace` of indices and sizes, but that equal reads stay one object: SymPy takes long to make an `Indexed`."""
    moving = {old: new for old, new in renaming.items() if old != new}
    if not moving:
        return expr
    reads: dict[sp.Basic, sp.Basic] = {}
    for access in reads_of(expr):
        at = indices_of(access)
        there = tuple(i.xreplace(moving) for i in at)
        if there != at:
            reads[access] = read(tensor_of(access), *there)
    return expr.xreplace(reads | moving)


def reread(expr: sp.Expr, change: Callable[[sp.Expr], sp.Expr]) -> sp.Expr:
    """The expression with each read changed, a read in a subscript before the one around it."""
    changed: dict[sp.Basic, sp.Basic] = {}
    for access in sorted(reads_of(expr), key=lambda r: (len(reads_of(r)), shown(r))):
        at = indices_of(access)
        inner = tuple(i.xreplace(changed) for i in at) if len(reads_of(access)) > 1 else at
        changed[access] = change(access if inner == at else read(tensor_of(access), *inner))
    return expr.xreplace(changed)


def tensor_of(access: sp.Expr) -> str:
    """The name of the tensor that a read reads."""
    name: str = (access.base.label if isinstance(access, sp.Indexed) else access).name
    return name


def indices_of(access: sp.Expr) -> tuple[sp.Expr, ...]:
    return tuple(access.indices) if isinstance(access, sp.Indexed) else ()
