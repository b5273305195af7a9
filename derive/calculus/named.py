"""A quotient or a root that a forward equation names is written by its name, and a sum that its name makes zero goes.

    r[k] = sqrt(v[k] + eps),  h[s,k] = (x[s,k] - u[k])/r[k]

    (x[s,k] - u[k])/(r[k]*sqrt(v[k] + eps))     is     h[s,k]/r[k]
    sum(x[s,k] - u[k], s)                       is     0             because u[k] = sum(x[s,k], s)/m
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sympy as sp

from derive.ir import Derivation, Equation, Index, Term, indices_of, read, reads_of, shown, tensor_of

Factors = dict[sp.Expr, sp.Expr]
"""Base -> exponent of a product."""
Renaming = dict[sp.Basic, sp.Basic]


@dataclass(frozen=True)
class Named:
    """The equations of a derivation that name something: quotients and roots, and sums over whole axes."""

    quotients: tuple[Equation, ...] = ()
    sums: tuple[Equation, ...] = ()


def named(forward: Derivation) -> Named:
    """The names that the forward equations give."""
    single = [e for e in forward.equations() if len(e.terms) == 1 and e.op == "=" and not e.terms[0].where
              and e.terms[0].by == "sum" and len(forward.defining(e.target)) == 1
              and all(i.is_Symbol for i in e.at)]
    quotients = tuple(e for e in single if not e.terms[0].summed and _divides(e.terms[0].body))
    return Named(quotients, tuple(e for e in single if e.terms[0].summed))


def _divides(body: sp.Expr) -> bool:
    """Whether the outermost operation is a root, or a quotient of tensors."""
    return any(reads_of(base) and not (power.is_Integer and power > 0) for base, power in factors_of(body).items())


def factors_of(body: sp.Expr) -> Factors:
    """The bases of a product with their exponents."""
    found: Factors = {}
    for factor in sp.Mul.make_args(body):
        base, power = factor.as_base_exp() if factor.is_Pow and factor.exp.is_number else (factor, sp.Integer(1))
        found[base] = found.get(base, sp.Integer(0)) + power
    return found


# -- names instead of what they stand for ------------------------------------------------------


def by_name(definition: Equation, body: sp.Expr) -> sp.Expr:
    """The product with the quotient or root replaced by its name wherever it stands."""
    while (shorter := _once(definition, body)) is not None:
        body = shorter
    return body


def _once(definition: Equation, body: sp.Expr) -> sp.Expr | None:
    """One place at which the definition stands in the product, replaced."""
    pattern = {b: p for b, p in factors_of(definition.terms[0].body).items() if reads_of(b)}
    number = sp.Mul(*(b**p for b, p in factors_of(definition.terms[0].body).items() if b not in pattern))
    factors = factors_of(body)
    anchor = max(pattern, key=lambda base: (len(base.free_symbols & set(definition.at)), shown(base)))
    for factor in sorted(factors, key=shown):
        for renaming in _matches(definition, anchor, factor):
            wanted = {base.xreplace(renaming): power for base, power in pattern.items()}
            power, sign = _how_often(wanted, factors)
            if power:
                name = definition.lhs.xreplace(renaming)
                stands_for = sp.Mul(number, *(base**p for base, p in wanted.items()))
                return sp.Mul(sign**power, body / _signed(stands_for, factors) ** power, name**power)
    return None


def _matches(definition: Equation, pattern: sp.Expr, factor: sp.Expr) -> Iterator[Renaming]:
    """The values of the definition's indices at which the pattern may be the factor."""
    for own in sorted(reads_of(pattern), key=shown):
        for access in sorted(reads_of(factor), key=shown):
            renaming = dict(zip(indices_of(own), indices_of(access), strict=False))
            if tensor_of(own) == tensor_of(access) and set(definition.at) <= set(renaming):
                yield {symbol: renaming[symbol] for symbol in definition.at}


def _how_often(wanted: Factors, factors: Factors) -> tuple[int, sp.Integer]:
    """The power in which the product holds all wanted factors, and the sign of one of them."""
    powers, sign = [], sp.Integer(1)
    for base, power in wanted.items():
        here = factors.get(base)
        if here is None and -base in factors:
            here, sign = factors[-base], -sign
        if here is None or not (here / power).is_real:
            return 0, sign
        powers.append(here / power)
    if len(powers) == 1:
        return (int(powers[0]) if powers[0].is_Integer else 0), sign
    return (int(sp.floor(min(powers))) if min(powers) >= 1 else 0), sign


def _signed(stands_for: sp.Expr, factors: Factors) -> sp.Expr:
    """The product with each base in the sign in which it stands among the factors."""
    return sp.Mul(*((base if base in factors or -base not in factors else -base) ** power
                    for base, power in factors_of(stands_for).items()))


# -- sums that are zero ------------------------------------------------------------------------


def zero_sum(names: Named, term: Term) -> sp.Expr | None:
    """A sum of a factor of the term that its definition makes zero, and with it the term."""
    factors = factors_of(term.body)
    for factor in sorted((f for f, power in factors.items() if power == 1), key=shown):
        rest = set().union(*(f.free_symbols for f in factors if f is not factor))
        over = [k for k in term.summed if k.symbol in factor.free_symbols]
        if over and not rest & {k.symbol for k in over} and _total(names, factor, over) == 0:
            return sp.Sum(_plain(factor, over), *((k.symbol, k.start, k.last) for k in over))
    return None


def _plain(factor: sp.Expr, over: list[Index]) -> sp.Expr:
    """The factor without a number that all of it shares; what the sum runs over is positive: x - u for 2u - 2x."""
    rest = factor.primitive()[1]
    moving = [m for m in sp.Add.make_args(rest) if m.free_symbols & {k.symbol for k in over}]
    return -rest if all(m.as_coeff_Mul()[0] < 0 for m in moving) else rest


def _total(names: Named, factor: sp.Expr, over: list[Index]) -> sp.Expr | None:
    """The sum of an expression over indices by the sums that have names; None where they do not say."""
    total = sp.Integer(0)
    for monomial in sp.Add.make_args(sp.expand(_written_out(names, factor))):
        own = [f for f in sp.Mul.make_args(monomial) if f.free_symbols & {k.symbol for k in over}]
        part = _known_sum(names, sp.Mul(*own), over)
        if part is None:
            return None
        total += monomial / sp.Mul(*own) * part
    return sp.expand(total)


def _written_out(names: Named, expr: sp.Expr) -> sp.Expr:
    """What a read of a named quotient stands for."""
    definitions = {e.target: e for e in names.quotients if e.terms[0].body.is_Mul}
    found = {r: definitions[tensor_of(r)] for r in reads_of(expr) if tensor_of(r) in definitions}
    return expr.xreplace({r: e.terms[0].body.xreplace(dict(zip(e.at, indices_of(r), strict=True)))
                          for r, e in found.items()})


def _known_sum(names: Named, body: sp.Expr, over: list[Index]) -> sp.Expr | None:
    """sum(x[s,k], s) = m*u[k]"""
    if body == 1:
        return sp.Mul(*(k.size for k in over))
    tensors = set(map(tensor_of, reads_of(body)))
    for definition in names.sums:
        (term,) = definition.terms
        if tensors - set(map(tensor_of, reads_of(term.body))):
            continue
        inner = [f for f in sp.Mul.make_args(term.body) if f.free_symbols & {k.symbol for k in term.summed}]
        for renaming in _over_the_same(term.summed, over, sp.Mul(*inner), body):
            at = tuple(renaming.get(i, i) for i in definition.at)
            return read(definition.target, *at) * sp.Mul(*inner) / term.body
    return None


def _over_the_same(own: Iterable[Index], over: list[Index], pattern: sp.Expr, body: sp.Expr) -> Iterator[Renaming]:
    """Values of the pattern's indices that make it the body, where its sums run over the same ranges."""
    for mine in sorted(reads_of(pattern), key=shown):
        for access in sorted(reads_of(body), key=shown):
            renaming: Renaming = dict(zip(indices_of(mine), indices_of(access), strict=False))
            ranges = {(renaming.get(k.symbol), k.size, k.start) for k in own}
            alike = ranges == {(k.symbol, k.size, k.start) for k in over}
            if tensor_of(mine) == tensor_of(access) and alike and pattern.xreplace(renaming) == body:
                yield renaming
