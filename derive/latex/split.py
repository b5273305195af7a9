"""An expression taken apart: its number, its factors above and below, and the terms of a sum in order.

    -2*y + 2*a  ->  number 2, factor (a - y)         SymPy stores 2*(a - y) multiplied out
    a*x - x*y   ->  factors x, (a - y)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from derive.functions.record import maximum, minimum
from derive.ir import reads_of
from derive.latex.names import Names

ONE = sp.Integer(1)


@dataclass(frozen=True)
class Split:
    """number * product(above) / product(below)"""

    number: sp.Rational
    above: tuple[sp.Expr, ...]
    below: tuple[sp.Expr, ...]

    def parted(self, summed: Sequence[sp.Symbol]) -> tuple[Split, Split]:
        """The factors that do not depend on the indices, and those that do."""
        bound = set(summed)
        without = [tuple(f for f in side if not f.free_symbols & bound) for side in (self.above, self.below)]
        rest = [tuple(f for f in side if f.free_symbols & bound) for side in (self.above, self.below)]
        return Split(self.number, without[0], without[1]), Split(ONE, rest[0], rest[1])


def split(expr: sp.Expr) -> Split:
    """Number and factors. A sum as a factor gives up its content, its sign and its common factors."""
    number: sp.Rational = ONE
    above: list[sp.Expr] = []
    below: list[sp.Expr] = []
    for arg in sp.Mul.make_args(expr):
        if arg.is_Rational:
            number *= arg
        elif isinstance(arg, sp.Pow) and arg.exp.is_number and arg.exp.is_negative:
            inner = split(arg.base ** -arg.exp)
            number /= inner.number
            below.extend(inner.above)
            above.extend(inner.below)
        elif isinstance(arg, sp.Add):
            inner = _split_add(arg)
            number *= inner.number
            above.extend(inner.above)
            below.extend(inner.below)
        else:
            above.append(arg)
    for root in [f for f in above if isinstance(f, sp.Pow) and f.exp == sp.Rational(1, 2) and f.base.is_Integer]:
        if number.q % int(root.base) == 0:  # sqrt(2)/2 is 1/sqrt(2)
            number *= root.base
            above.remove(root)
            below.append(root)
    return Split(number, tuple(above), tuple(below))


def _split_add(total: sp.Add) -> Split:
    content, rest = _content(total)
    terms = sp.Add.make_args(rest)
    if all(_negative(t) for t in terms):
        content, terms = -content, tuple(-t for t in terms)
    common = _common(terms)
    left = sp.Add(*(t / common for t in terms), evaluate=True)
    if common == 1 or not isinstance(left, sp.Add):
        return Split(content, (sp.Add(*terms),), ())
    outer, inner = split(common), split(left)
    return Split(content * outer.number * inner.number, (*outer.above, *inner.above), (*outer.below, *inner.below))


def _content(total: sp.Add) -> tuple[sp.Rational, sp.Expr]:
    """The number that all terms share: 2 of 2a - 2y, 1/2 of a/2 - y/2, but nothing of r - d/2."""
    content, rest = total.primitive()
    alike = all(abs(t.as_coeff_Mul()[0]) == 1 for t in sp.Add.make_args(rest))
    return (content, rest) if content.q == 1 or alike else (ONE, total)


def _negative(term: sp.Expr) -> bool:
    return bool(term.as_coeff_Mul()[0] < 0)


def _common(terms: Sequence[sp.Expr]) -> sp.Expr:
    """The product of the factors that stand in every term: reads, functions, sums in brackets."""
    shared = set(_powers(terms[0]))
    for term in terms[1:]:
        shared &= set(_powers(term))
    return sp.Mul(*(f for f in sorted(shared, key=str)))


def _powers(term: sp.Expr) -> list[sp.Expr]:
    return [f for f in sp.Mul.make_args(term) if not f.is_number]


def split_sum(names: Names, total: sp.Add) -> list[sp.Expr]:
    """The terms in reading order: positive first, products before single values, values before targets."""
    terms = list(sp.Add.make_args(total))
    polynomial = max((_degree(t) for t in terms), default=0) > 1
    leading = any(t.has(sp.exp, sp.Pow) for t in terms if not t.is_number)

    def key(term: sp.Expr) -> tuple[bool, bool, int, int, int, str]:
        number = bool(term.is_number) and not leading
        size = _degree(term) if polynomial else -len(_powers(term))
        first = min((names.position.get(str(getattr(r, "base", r)), 0) for r in reads_of(term)), default=-1)
        size -= 100 * bool(term.is_number and leading)
        size -= 10 * bool(term.atoms(sp.Sum)) * (not polynomial)
        return _negative(term), number, size, sp.count_ops(term) if not polynomial else 0, first, str(term)

    return sorted(terms, key=key)


def arguments(function: sp.Expr) -> tuple[sp.Expr, ...]:
    """What a function is applied to; of max(max(a, b), c) all three."""
    inner = (arguments(a) if isinstance(a, type(function)) and isinstance(a, maximum | minimum) else (a,)
             for a in function.args)
    return tuple(argument for some in inner for argument in some)


def _degree(term: sp.Expr) -> int:
    powers = [f for f in _powers(term) if isinstance(f, sp.Pow) and f.exp.is_Integer and not isinstance(f.base, sp.Add)]
    return max((int(f.exp) for f in powers), default=int(len(_powers(term)) > 1))
