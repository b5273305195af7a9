"""Reads by whole numbers that data hold: w[x[s,t], j] is the row w[x] of every word.

In: a tensor and its subscripts. Out: an array, as a read; an index expression as an array of whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import sympy as sp

from derive.codegen.piece import ATOM, POWER, PRODUCT, Axes, Piece, spread, union
from derive.ir import Equation, Index, Tensor, indices_of, reads_of, shown, tensor_of

if TYPE_CHECKING:
    from derive.codegen.scope import Scope


def picked(scope: Scope, text: str, tensor: Tensor, at: tuple[sp.Expr, ...]) -> Piece | None:
    """w[x] or w[:, x]: one subscript by an array of whole numbers, slices of other indices around it."""
    subscripts = [_subscript(scope, axis, expr) for axis, expr in scope.memory.pairs(tensor, at)]
    numbers = [n for n, expr in enumerate(at) if reads_of(expr)]
    axes = tuple(symbol for _, own in subscripts for symbol in own)
    if len(numbers) != 1 or len(set(axes)) != len(axes) or len(subscripts) != len(at):
        return None
    if any(not place or not own for place, own in subscripts):  # beside a plain number NumPy would move the axes
        return None
    while subscripts[-1][0] == ":":
        subscripts.pop()
    return Piece(f"{text}[{', '.join(place for place, _ in subscripts)}]", ATOM, axes)


def refusals(data: Iterable[Tensor], equations: Iterable[Equation], scope: Scope) -> list[str]:
    """What refuses numbers that these equations cannot take as a subscript: NumPy counts -1 from the end."""
    at = {i for e in equations for i in (*e.at, *(i for access in e.reads() for i in indices_of(access)))}
    found = {tensor_of(access) for i in at for access in reads_of(i)}
    return [f'{scope.call("in_range")}({scope.names[t.name]}, {scope.whole(t.among.start).text}, '
            f'{scope.whole(t.among.last).text}, "{t.name}")' for t in data if t.among is not None and t.name in found]


def _subscript(scope: Scope, axis: Index, expr: sp.Expr) -> tuple[str, Axes]:
    if not reads_of(expr):
        return scope.subscript(axis, expr)
    moved = sp.expand(expr - axis.start)
    moving = {s for s in moved.xreplace({r: sp.Integer(0) for r in reads_of(moved)}).free_symbols if s in scope.ranges}
    axes = union([scope.read(r) for r in sorted(reads_of(moved), key=shown)], tuple(scope.ranges))
    return ("", ()) if moving else (grid(scope, moved, axes), axes)


def one_hot(expr: sp.Expr, scope: Scope) -> Piece | None:
    """[y[s] = j], where j counts what y[s] is one of: a row for each s, which is 1 at y[s]."""
    index, access = sorted(expr.args, key=lambda a: bool(reads_of(a)))
    among = scope.tensors[tensor_of(access)].among if access in reads_of(access) else None
    counted = scope.ranges.get(index) if index not in scope.counters else None
    if among is None or counted is None or sp.expand(counted.start - among.start) != 0 or \
            sp.expand(counted.size - among.size) != 0:
        return None
    read = scope.read(access)
    place = read.text if among.start == 0 else f"{read.text} - {scope.whole(among.start).text}"
    made = f"{scope.call('one_hot')}({place}, {scope.whole(among.size).text}, {scope.dtype})"
    return Piece(made, ATOM, (*read.axes, index))


def numbers(scope: Scope, part: sp.Expr, order: Axes) -> str:
    """2*x[t], a summand of a subscript, as an array over the axes `order`."""
    number, access = part.as_coeff_Mul()
    factor = "" if number == 1 else f"{scope.whole(number).at_least(POWER)} * "
    piece = spread(scope.read(access), order)
    return f"{factor}{piece.at_least(PRODUCT)}"


def by_rows(at: tuple[sp.Expr, ...], left: Piece) -> bool:
    """Whether a push adds whole rows: w[x[t], j] += v[t,j]."""
    behind = left.text.rpartition("[")[2]
    return bool(reads_of(at[0])) and not any(map(reads_of, at[1:])) and "," not in behind


def grid(scope: Scope, expr: sp.Expr, order: tuple[sp.Symbol, ...]) -> str:
    """An index expression as an array over the axes `order`."""
    text = ""
    parts = sp.Add.make_args(sp.expand(expr))
    for part in sorted(parts, key=lambda p: bool(p.is_number)) if reads_of(expr) else parts:
        symbols = [s for s in order if s in part.free_symbols]
        if reads_of(part):
            shown = numbers(scope, part, order)
        elif not symbols:
            shown = scope.whole(part).at_least(PRODUCT)
        else:
            shown = _counted(scope, part, symbols[0], order)
        text += f" + {shown}" if text else shown
    return text.replace("+ -", "- ")


def _counted(scope: Scope, part: sp.Expr, symbol: sp.Symbol, order: tuple[sp.Symbol, ...]) -> str:
    following = len(order) - order.index(symbol) - 1
    column = f"[:{', None' * following}]" if following else ""
    step = part.coeff(symbol)
    factor = "" if step == 1 else f"{scope.whole(step).at_least(POWER)} * "
    return f"{factor}{scope.numbers(symbol).text}{column}"
