"""Order: each entry is written once, and nothing reads what is written only later.

Comes in: the equations of a derivation with the loops around them. Goes out: nothing, or the
error. The one question is about two index ranges: does `a[l-1]` lie before `a[l]` for every l?
"""

from __future__ import annotations

from collections import defaultdict

import sympy as sp

from derive.errors import DeriveError
from derive.ir.equation import Equation, Loop, indices_of, shown, tensor_of

Placed = tuple[Equation, tuple[Loop, ...]]


def check_single_assignment(placed: list[Placed]) -> None:
    """One `=` for each entry of a tensor, before every `+=` to it."""
    earlier: defaultdict[str, list[Placed]] = defaultdict(list)
    for equation, loops in placed:
        if equation.op == "=":
            for other in earlier[equation.target]:
                if not _disjoint(other, (equation, loops)):
                    raise DeriveError(f"'{equation.target}' is assigned twice", where=equation.place,
                                      do="Give the second value another name.")
        earlier[equation.target].append((equation, loops))


def _disjoint(one: Placed, other: Placed, read: tuple[sp.Expr, ...] = ()) -> bool:
    """Different entries of one tensor: a[0,k] = x[k], then a[l,j] = ... for l from 1."""
    for mine, theirs in zip(one[0].at, read or other[0].at, strict=False):
        first, second = _span(mine, one), _span(theirs, other)
        if first and second and (_is_positive(first[0] - second[1]) or _is_positive(second[0] - first[1])):
            return True
    return False


def _span(expr: sp.Expr, placed: Placed) -> tuple[sp.Expr, sp.Expr] | None:
    """The least and greatest value of an index expression with at most one index in it."""
    ranges = {index.symbol: index for index in (*(loop.index for loop in placed[1]), *placed[0].free)}
    moving = sorted((s for s in expr.free_symbols if not s.is_positive), key=shown)
    if not moving:
        return expr, expr
    index = ranges.get(moving[0])
    if len(moving) > 1 or index is None or not expr.coeff(index.symbol).is_positive:
        return None
    return expr.xreplace({index.symbol: index.start}), expr.xreplace({index.symbol: index.last})


def _is_positive(difference: sp.Expr) -> bool:
    return bool(sp.expand(difference).is_positive)


def check_order(placed: list[Placed], given: set[str]) -> None:
    """Everything that is read is given, or written above (in a loop: or by an earlier round)."""
    writers: defaultdict[str, list[int]] = defaultdict(list)
    for number, (equation, _) in enumerate(placed):
        writers[equation.target].append(number)
    for number, (equation, loops) in enumerate(placed):
        for access in equation.reads():
            name = tensor_of(access)
            for writer in () if name in given else writers[name]:
                if not _before(placed[writer], writer, (equation, loops), number, access):
                    raise DeriveError(f"'{equation.target}' reads {access}, which is computed only later",
                                      where=equation.place, do=f"Move the equation of '{name}' up.")


def _before(writer: Placed, at: int, reader: Placed, number: int, access: sp.Expr) -> bool:
    shared = [loop for loop in reader[1] if any(loop is other for other in writer[1])]
    for wrote, reads in zip(writer[0].at, indices_of(access), strict=False):
        for loop in shared:
            if loop.index.symbol in wrote.free_symbols and wrote != reads:
                return _passed(sp.expand(reads - wrote), loop, at < number)
    return at < number or _disjoint(writer, reader, indices_of(access))


def _passed(distance: sp.Expr, loop: Loop, above: bool) -> bool:
    """Whether the loop has been where it reads, `distance` ahead of where it writes."""
    ahead = -distance if loop.descending else distance
    ends = [ahead.xreplace({loop.index.symbol: end}) for end in (loop.index.start, loop.index.last)]
    if all((-end).is_positive for end in ends):
        return True
    return above and all((-end).is_nonnegative for end in ends) or _outside(distance, loop)


def _outside(distance: sp.Expr, loop: Loop) -> bool:
    """Whether it reads an entry beyond the loop's range, which some other equation writes."""
    entry = distance + loop.index.symbol
    if loop.index.symbol in entry.free_symbols:
        return False
    return _is_positive(loop.index.start - entry) or _is_positive(entry - loop.index.last)
