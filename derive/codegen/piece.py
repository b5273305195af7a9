"""An array expression: its text, how tightly it binds, and which index each of its axes counts.

    a[s,j] * u[s]   is   a * u[:, None]      because u has the axes (s,) and a has (s, j)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sympy as sp

Axes = tuple[sp.Symbol, ...]

COMPARE, SUM, MATMUL, PRODUCT, UNARY, POWER, ATOM = range(7)
"""How tightly the outermost operation binds. A matrix product inside a product gets brackets, for the reader."""


@dataclass(frozen=True)
class Piece:
    """`number` says that it is a Python number, which takes the dtype of whatever it meets."""

    text: str
    level: int = ATOM
    axes: Axes = ()
    number: bool = False
    within: Axes = ()
    """Of a view of windows, the places in a window: its entries stand there many times."""

    def at_least(self, level: int) -> str:
        """The text, in brackets where it binds less tightly than `level`."""
        return self.text if self.level >= level else f"({self.text})"


def union(pieces: Sequence[Piece], order: Sequence[sp.Symbol]) -> Axes:
    """The axes of an elementwise operation, in the order asked for."""
    present = {axis for piece in pieces for axis in piece.axes}
    return tuple(axis for axis in order if axis in present)


def permuted(piece: Piece, order: Sequence[sp.Symbol]) -> Piece:
    """The same array with its axes in the given order."""
    wanted = tuple(axis for axis in order if axis in piece.axes)
    if wanted == piece.axes:
        return piece
    text = piece.at_least(ATOM)
    if wanted == piece.axes[::-1]:
        return Piece(text.removesuffix(".T") if text.endswith(".T") else f"{text}.T", ATOM, wanted)
    places = ", ".join(str(piece.axes.index(axis)) for axis in wanted)
    return Piece(f"{text}.transpose({places})", ATOM, wanted)


def spread(piece: Piece, axes: Axes) -> Piece:
    """The same array, ready to be broadcast onto `axes`: a new axis where it has none."""
    piece = permuted(piece, axes)
    if not piece.axes:
        return piece
    missing = [axis not in piece.axes for axis in axes]
    places = missing[missing.index(False):]
    if not any(places):
        return piece
    inside = ", ".join("None" if new else ":" for new in places)
    return replace(piece, text=f"{piece.at_least(ATOM)}[{inside}]", level=ATOM)


def joined(operator: str, level: int, pieces: Sequence[Piece], order: Sequence[sp.Symbol]) -> Piece:
    """An elementwise operation of several arrays: + or *."""
    axes = union(pieces, order)
    laid = [spread(piece, axes) for piece in pieces]
    first, *others = laid
    if not others:
        return first
    text = first.at_least(level) + "".join(f" {operator} {p.at_least(level + 1)}" for p in others)
    return Piece(text, level, axes, all(p.number for p in pieces))


def applied(function: str, arguments: Sequence[Piece], order: Sequence[sp.Symbol]) -> Piece:
    """A call of an elementwise function."""
    axes = union(arguments, order)
    return Piece(f"{function}({', '.join(spread(a, axes).text for a in arguments)})", ATOM, axes)
