"""Reads by arrays of whole numbers that the indices make: x[2*i + k] where no slice and no view says it.

    x[2*i + k]      is      x[2 * np.arange(3)[:, None] + np.arange(4)]

In: a tensor and its subscripts. Out: an array, as a read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy as sp

from derive.codegen.picked import grid
from derive.codegen.piece import ATOM, Piece
from derive.ir import Index, Tensor

if TYPE_CHECKING:
    from derive.codegen.scope import Scope


def gathered(scope: Scope, text: str, tensor: Tensor, at: tuple[sp.Expr, ...]) -> Piece:
    """A read by arrays of whole numbers, all broadcast against each other: x[2*i + k]."""
    pairs = scope.memory.pairs(tensor, at)
    running = [[s for s in sorted(expr.free_symbols, key=str) if s in scope.ranges and s not in scope.counters]
               for _, expr in pairs]
    first = next(n for n, (axis, expr) in enumerate(pairs) if _needs_grid(scope, n, running, axis, expr))
    order = tuple(dict.fromkeys(s for symbols in running[first:] for s in symbols))
    leading = [scope.subscript(axis, expr) for axis, expr in pairs[:first]]
    places = [place for place, _ in leading] + [grid(scope, expr - axis.start, order) for axis, expr in pairs[first:]]
    return Piece(f"{text}[{', '.join(places)}]", ATOM, (*(s for _, own in leading for s in own), *order))


def _needs_grid(scope: Scope, place: int, running: list[list[sp.Symbol]], axis: Index, expr: sp.Expr) -> bool:
    """Whether this subscript cannot be a slice, or its index stands in another subscript as well."""
    others = {s for n, symbols in enumerate(running) if n != place for s in symbols}
    return not running[place] or not scope.subscript(axis, expr)[0] or bool(others & set(running[place]))
