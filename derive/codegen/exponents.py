"""A sum of exponentials in two parts: the greatest exponent, and the sum of what lies below it.

    s = sum(c[j]*exp(u[j]), j)     is     s = exp(top)*rest     with     top = max(u[j], j)
                                          below[j] = u[j] - top,     rest = sum(c[j]*exp(below[j]), j)

All of it holds for any number top, so no gradient passes through it: stop(top).

In: the equation of s. Out: the equations of top, below and rest, and what reads of s are to be written as.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import product

import sympy as sp

from derive.functions.record import maximum, stop
from derive.ir import Equation, Index, Tensor, Term, indices_of, reads_of, shown, tensor_of

Factors = Mapping[str, Equation]
"""By name: what is a product with an exponential, entry by entry, e[j] = c*exp(u[j])."""


@dataclass(frozen=True)
class InParts:
    """s = exp(top)*rest, and the equations that compute it."""

    total: Equation
    top: Equation
    rest: Equation
    below: Mapping[sp.Expr, Equation]
    """By exponent u."""
    lines: tuple[Equation, ...]
    tensors: tuple[Tensor, ...]

    def parts(self, access: sp.Expr) -> sp.Expr:
        """s[i] by its two parts."""
        at = dict(zip(self.total.at, indices_of(access), strict=True))
        return sp.exp(stop(self.top.lhs.xreplace(at))) * self.rest.lhs.xreplace(at)

    def absorbed(self, body: sp.Expr) -> bool:
        """Whether every exp(top) has met another exponential, or left a logarithm."""
        return not any(self._is_top(e.exp) for e in body.atoms(sp.exp))

    def together(self, expr: sp.Expr) -> sp.Expr:
        """exp(u)*exp(-top) as exp(below), in every product."""
        if not expr.has(sp.exp) or isinstance(expr, sp.Indexed):
            return expr
        args = [self.together(argument) for argument in expr.args]
        exponents = [a.exp for a in args if isinstance(a, sp.exp)] if expr.is_Mul else []
        tops = [e for e in exponents if self._is_top(e)]
        if len(tops) != 1 or len(exponents) < 2:
            return expr.func(*args)
        (count, top), others = tops[0].as_coeff_Mul(), [e for e in exponents if e is not tops[0]]
        found = {e: below for e in others if (below := self._below(e, top)) is not None}
        low = dict(list(found.items())[:max(0, -int(count))])
        rest = sp.Add(*(e for e in others if e not in low), (count + len(low)) * top)
        return sp.Mul(*(a for a in args if not isinstance(a, sp.exp)), *map(sp.exp, low.values()), sp.exp(rest))

    def _is_top(self, exponent: sp.Expr) -> bool:
        rest = exponent.as_coeff_Mul()[1]
        return isinstance(rest, stop) and tensor_of(rest.args[0]) == self.top.target

    def _below(self, exponent: sp.Expr, top: sp.Expr) -> sp.Expr | None:
        """below[i], where u[i] is the exponent that stands here."""
        at = dict(zip(self.total.at, indices_of(top.args[0]), strict=True))
        for u, line in self.below.items():
            for own, access in product(sorted(reads_of(u), key=shown), sorted(reads_of(exponent), key=shown)):
                renaming = dict(zip(indices_of(own), indices_of(access), strict=False)) | at
                if set(line.at) <= set(renaming) and u.xreplace(renaming) == exponent:
                    return line.lhs.xreplace(renaming)
        return None


@dataclass
class _Lines:
    """Collects the equations beside one sum, each with a tensor of a new name."""

    total: Equation
    axes: tuple[Index, ...]
    taken: set[str]
    made: list[Equation] = field(default_factory=list)
    tensors: list[Tensor] = field(default_factory=list)

    def line(self, what: str, terms: tuple[Term, ...], over: tuple[Index, ...] = ()) -> Equation:
        name = new_name(self.taken, f"{self.total.target}_{what}")
        self.tensors.append(Tensor(name, (*self.axes, *over)))
        self.made.append(replace(self.total, target=name, at=(*self.total.at, *(k.symbol for k in over)),
                                 free=(*self.total.free, *over), terms=terms, part=""))
        return self.made[-1]


def in_parts(total: Equation, axes: tuple[Index, ...], factors: Factors, taken: Collection[str]) -> InParts | None:
    """The two parts of a sum of products with exponentials; None of any other equation."""
    if total.op != "=" or any(t.where or t.by != "sum" for t in total.terms):
        return None
    terms = [replace(t, body=part) for t in total.terms
             for part in sp.Add.make_args(sp.expand_mul(written_out(t.body, factors), deep=False))]
    over: dict[sp.Expr, tuple[Index, ...]] = {}
    for term in terms:
        u = exponent_of(term.body)
        over.setdefault(u, tuple(k for k in term.summed if k.symbol in u.free_symbols))
    if not any(over.values()) and len(over) < 2:
        return None
    new = _Lines(total, axes, {*taken})
    greatest = [new.line("top", (Term(stop(u), ks, by="max"),)).lhs if ks else u for u, ks in over.items()]
    top = new.made[-1] if len(over) == 1 else new.line("top", (Term(stop(reduce(maximum, greatest))),))
    below = {u: new.line("below", (Term(u - stop(top.lhs)),), ks) for u, ks in over.items() if reads_of(u)}
    low = {u: below[u].lhs if u in below else -stop(top.lhs) for u in over}
    rest = new.line("rest", tuple(t.map(lambda body: _weight(body) * sp.exp(low[exponent_of(body)])) for t in terms))
    return InParts(total, top, rest, below, tuple(new.made), tuple(new.tensors))


def exponent_of(body: sp.Expr) -> sp.Expr:
    """u of c*exp(u), 0 of anything else."""
    return sp.Add(*(f.exp for f in sp.Mul.make_args(body) if isinstance(f, sp.exp) and reads_of(f)))


def _weight(body: sp.Expr) -> sp.Expr:
    """c of c*exp(u)"""
    return sp.Mul(*(f for f in sp.Mul.make_args(body) if not (isinstance(f, sp.exp) and reads_of(f))))


def written_out(body: sp.Expr, factors: Factors) -> sp.Expr:
    """The body with c*exp(u[j]) for the name e[j] of it."""
    found = {r: factors[tensor_of(r)] for r in reads_of(body) if tensor_of(r) in factors}
    return body.xreplace({r: e.terms[0].body.xreplace(dict(zip(e.at, indices_of(r), strict=True)))
                          for r, e in found.items()}) if found else body


def new_name(taken: set[str], name: str) -> str:
    """The name, or one like it that nothing has; from now on it is taken."""
    while name in taken:
        name += "_"
    taken.add(name)
    return name
