r"""Sum signs and the conditions under them, counted as paper counts.

    p - 2*i <= 1, p - 2*i >= -1    ->    \sum_{\substack{i \\ 2i-1 \le p \le 2i+1}}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy as sp

from derive.ir import Index, reads_of
from derive.latex.names import Names

Limits = Mapping[sp.Symbol, tuple[sp.Expr, sp.Expr]]
"""The first and last value of each summed index."""
BRACKET = r"[\,"
RELATIONS = {sp.Eq: "=", sp.Le: r"\le", sp.Ge: r"\ge", sp.Lt: "<", sp.Gt: ">", sp.Ne: r"\ne"}


def sum_signs(names: Names, symbols: Sequence[sp.Symbol], limits: Limits, conditions: Sequence[str],
              full: bool) -> str:
    """One sum sign an index, `full` with its limits; one for all of them where conditions stand under it."""
    if conditions and symbols:
        lines = r" \\ ".join([",".join(names.index(s) for s in symbols), *conditions])
        return rf"\sum_{{\substack{{{lines}}}}}"
    return " ".join(_sign(r"\sum", names, symbol, limits[symbol], full) for symbol in symbols)


def _sign(sign: str, names: Names, symbol: sp.Symbol, limits: tuple[sp.Expr, sp.Expr], full: bool) -> str:
    start, last = limits
    name = names.index(symbol)
    if not full:
        return rf"{sign}_{name if len(name) == 1 else f'{{{name}}}'}"
    step = names.notation.counts_from if start == 0 else 0
    return rf"{sign}_{{{name}={names.index(start + step)}}}^{{{names.index(last + step)}}}"


def greatest_signs(names: Names, indices: Sequence[Index], full: bool) -> str:
    """One max sign over all indices; `full`: one an index, with its limits."""
    if not full:
        return rf"\max_{{{','.join(names.index(k.symbol) for k in indices)}}}"
    return " ".join(_sign(r"\max", names, k.symbol, (k.start, k.last), full) for k in indices)


def condition_text(names: Names, condition: sp.Basic) -> str:
    """l <= L - 1, as it is printed."""
    left, right = sides(names, condition)
    return f"{names.plain(left)} {RELATIONS[type(condition)]} {names.plain(right)}"


def condition_texts(names: Names, where: Sequence[sp.Basic]) -> list[str]:
    """Conditions as they stand under a sum; two bounds of one index as one, 2i - 1 <= p <= 2i + 1."""
    lower = {one: bound for c in where if isinstance(c, sp.Ge) for one, bound in [sides(names, c)]}
    upper = {one: bound for c in where if isinstance(c, sp.Le) for one, bound in [sides(names, c)]}
    texts = [rf"{names.plain(low)} \le {names.plain(one)} \le {names.plain(upper[one])}"
             for one, low in lower.items() if one in upper]
    both = lower.keys() & upper.keys()
    return [*texts, *(condition_text(names, c) for c in where if sides(names, c)[0] not in both)]


def sides(names: Names, condition: sp.Basic) -> tuple[sp.Expr, sp.Expr]:
    """Both sides as paper counts, in the letters of the notation, with the numbers on the right."""
    left, right = (sp.expand(names.named(names.paper(side))) for side in condition.args)
    if isinstance(condition, sp.Eq) and reads_of(right):  # x_t = v: what is read before what it is compared with
        left, right = right, left
    number, rest = left.as_coeff_Add()
    return rest, sp.expand(right - number)


def indicator(conditions: Sequence[str]) -> str:
    """Iverson's bracket: 1 where the conditions hold, else 0. (No font of amssymb has a blackboard 1.)"""
    return BRACKET + r",\, ".join(conditions) + r"\,]"
