r"""The order of a product: by role, never by alphabet; sums in front of what depends on them.

    Nielsen   \Big(\sum_q w^{l+1}_{qj} \delta^{l+1}_q\Big) \sigma'(z^l_j)      the cost's side first
    3b1b      a^{(L-1)}_k \sigma'(z^{(L)}_j) 2(a^{(L)}_j - y_j)                the input's side first
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import sympy as sp

from derive.calculus.partials import Partial
from derive.functions.record import Application, step
from derive.ir import reads_of
from derive.latex.names import LAST, Names
from derive.latex.text import Level, Piece, fence
from derive.notation import Role


@dataclass(frozen=True)
class Factor:
    """One factor, printed, with what decides its place."""

    piece: Piece
    role: Role
    depth: int
    position: int
    symbols: frozenset[sp.Basic]
    last: sp.Basic | None = None
    """The last index of an array."""
    right: bool = False
    """Whether it is the right one of two arrays in a sum, p_{tr} v_{ri}: the index that is summed is not its last."""
    ends: bool = False
    """Whether a path ends with it: R{z}, da/dw, the change of a value."""

    @property
    def text(self) -> str:
        return self.piece.inside(Level.PRODUCT)


PAIRS = ({"weight", "input"}, {"input", "adjoint"}, {"weight", "adjoint"})
"""The roles of factors that are no path."""


def role_of(names: Names, expr: sp.Expr) -> Role:
    """What a factor is to the reader."""
    base = expr.base if isinstance(expr, sp.Pow) else expr
    if isinstance(base, sp.Add):
        if is_slope(base):
            inner = [names.tensor(r) for r in reads_of(base)]
            return "target" if any(t is not None and t.role == "data" for t in inner) else "slope"
        return "difference"
    if isinstance(base, step) or isinstance(base, Application) and base.order > 0:
        return "slope"
    if isinstance(base, Application):
        return "input"
    tensor = names.tensor(base) if isinstance(base, sp.Indexed | sp.Symbol) else None
    if tensor is None:
        return "constant" if base.is_Symbol or base.is_number else "other"
    if tensor.of is not None and tensor.role in ("data", "tangent"):  # v is a weight, R{a} stands where a does
        tensor = names.derivation.tensor(tensor.of)
    if tensor.role == "data":
        return "target" if names.label(tensor).letter == "y" else "input"
    table: dict[str, Role] = {"parameter": "weight", "constant": "constant", "value": "input", "adjoint": "adjoint"}
    return table.get(tensor.role, "other")


def is_slope(body: sp.Add) -> bool:
    """1 - a, 1 - a^2: what remains of a slope once it is written in terms of the output."""
    one, rest = body.as_coeff_Add()
    base = -rest.base if isinstance(rest, sp.Pow) else -rest
    base = base.base if isinstance(base, sp.Pow) else base
    return one == 1 and isinstance(base, sp.Indexed | sp.Symbol | Application)


def factor(names: Names, expr: sp.Expr, piece: Piece) -> Factor:
    role = role_of(names, expr)
    reads = reads_of(expr)
    depth = names.deepest(expr) + (role == "input")
    position = min((names.position.get(str(getattr(getattr(r, "base", r), "label", r)), 0) for r in reads), default=0)
    last = expr.indices[-1] if isinstance(expr, sp.Indexed) else None
    tensor = names.tensor(expr) if isinstance(expr, sp.Indexed | sp.Symbol) else None
    ends = tensor is not None and tensor.role == "tangent" and role == "input"
    return Factor(piece, role, depth, position, frozenset(expr.free_symbols), last, ends=ends)


def ordered(names: Names, factors: list[Factor]) -> list[Factor]:
    """Factors by layer, the notation's end of the chain first, and by role within a layer."""
    rank = {role: n for n, role in enumerate(names.notation.order)}
    way = 1 if names.notation.chain == "inner-first" else -1
    pair = {one.role for one in factors} - {"constant"} in PAIRS
    first = first_of(factors) if way < 0 else []

    def key(one: Factor) -> tuple[int, int, bool, int]:
        if one.role in ("constant", "target"):
            return -10 * LAST, rank[one.role], False, one.position
        if pair:  # no path: a weight stands before what it weighs, be that a state or met by the weight again
            return rank[one.role], way * one.depth, one.right, one.position
        if one.ends:
            return -way * LAST, rank[one.role], one.right, one.position
        if one in first:
            return way * LAST, rank[one.role], one.right, one.position
        return way * one.depth, rank[one.role], one.right, one.position

    return sorted(factors, key=lambda one: (key(one), one.text))


def first_of(factors: list[Factor]) -> list[Factor]:
    """Where a path from the cost begins: what arrives, with the weight that it is met by: w delta sigma'(z)."""
    arriving = [one for one in factors if one.role == "adjoint"]
    weights = [one for one in factors if one.role == "weight"]
    return arriving + weights if len(weights) == 1 and arriving else arriving


def path(names: Names, bodies: list[tuple[sp.Expr, Piece]]) -> list[str]:
    """The factors of a chain rule along the path: dC/da da/dz dz/dw, or the other way."""
    def key(pair: tuple[sp.Expr, Piece]) -> tuple[int, int, int, str]:
        expr = pair[0]
        if isinstance(expr, Partial):
            top = expr.args[0]
            place = names.position.get(str(getattr(top, "base", top)), 0)
            return names.ahead(top), names.depth(top), place, pair[1].text
        tensor = names.tensor(expr)
        inner = tensor is not None and tensor.role != "adjoint"  # R{a}, v_w, da/dw: the end of the path
        return (-LAST if inner else 2 * LAST), 0, 0, pair[1].text

    found = sorted(bodies, key=key, reverse=names.notation.chain == "outer-first")
    return [piece.inside(Level.PRODUCT) for _, piece in found]


def nested(names: Names, number: str, factors: list[Factor], summed: list[sp.Symbol],
           sign: Callable[[list[sp.Symbol]], str]) -> Piece:
    r"""The product under its sums: what does not depend on an index stands outside of its sum."""
    if not summed:
        return _plain(names, number, factors)
    bound = frozenset(summed)
    outside = [f for f in factors if not f.symbols & bound]
    inside = [replace(f, right=f.last not in bound) for f in factors if f.symbols & bound]
    indices = _outermost(inside, summed)
    rest = [s for s in summed if s not in indices]
    split_number = number if not outside else ""
    inner = nested(names, "", inside, rest, sign) if inside else Piece("1", Level.ATOM)
    total = f"{sign(indices)} {inner.inside(Level.SUMMAND)}"
    if not outside:
        return Piece(f"{split_number}{total}" if split_number else total, Level.BIGSUM)
    first = names.notation.chain == "outer-first" and any(f.role in ("adjoint", "difference") for f in inside) \
        and any(f.role == "slope" for f in outside)
    fixed = [f for f in outside if f.role == "constant"]
    moving = [f for f in outside if f.role != "constant"]
    if first and moving:
        front = _plain(names, number, fixed).text if fixed or number else ""
        back = _plain(names, "", moving).inside(Level.PRODUCT)
        return Piece(rf"{front} {fence(total)}\,{back}".strip(), Level.PRODUCT)
    return Piece(rf"{_plain(names, number, outside).inside(Level.PRODUCT)} {total}", Level.BIGSUM)


def _outermost(inside: list[Factor], summed: list[sp.Symbol]) -> list[sp.Symbol]:
    """The sums to write first: those that reach the least deep factor; all of them if they share every factor."""
    if len(summed) == 1 or not inside:
        return summed
    lowest = min(inside, key=lambda f: (f.depth, len(f.symbols & frozenset(summed))))
    chosen = [s for s in summed if s in lowest.symbols]
    others = [s for s in summed if s not in chosen]
    apart = [f for f in inside if not f.symbols & frozenset(chosen)] if others else []
    return chosen if apart or any(not f.symbols & frozenset(others) for f in inside) else summed


def _plain(names: Names, number: str, factors: list[Factor]) -> Piece:
    """The product without sums; a number stands in front, or before the difference."""
    found = ordered(names, factors)
    if not found:
        return Piece(number or "1", Level.ATOM)
    if not number and len(found) == 1:
        return found[0].piece
    texts = [f.text for f in found]
    order = names.notation.order
    at = next((n for n, f in enumerate(found) if f.role == "difference"), 0) \
        if order.index("number") > order.index("input") and number.isdigit() else 0
    at = at if any(f.role != "constant" for f in found[:at]) else 0
    if number:
        texts.insert(at, number)
    return Piece(spaced(texts), Level.PRODUCT)


def spaced(texts: list[str]) -> str:
    r"""Factors side by side, with \, where two would run together, and \cdot between numbers."""
    text = before = ""
    for one in texts:
        if text and one[:1].isdigit() and (text[-1].isdigit()):
            text += r" \cdot "
        elif text:
            text += "" if before.isdigit() and (one.startswith("(") or one[0].isalpha()) else r"\,"
        text += one
        before = one
    return text
