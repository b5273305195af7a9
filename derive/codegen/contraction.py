"""A sum over products of arrays: a plain sum, a matrix product, or einsum.

    sum_k A[j,k] B[k,q]   is   A @ B        sum_j A[s,j] B[s,j]   is   (A * B).sum(axis=1)

In: groups of factors with the indices of their axes. Out: one array over the axes of the target.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from derive.codegen.elementwise import as_mask
from derive.codegen.factors import Divisor, as_quotient, product
from derive.codegen.piece import ATOM, MATMUL, POWER, PRODUCT, UNARY, Axes, Piece, joined, permuted, union
from derive.codegen.scope import Scope
from derive.ir import Index


@dataclass(frozen=True)
class Group:
    """Factors that are multiplied elementwise, as one array."""

    piece: Piece

    @property
    def indices(self) -> frozenset[sp.Symbol]:
        return frozenset(self.piece.axes)


def contract(groups: list[Group], summed: tuple[Index, ...], scope: Scope, target: Axes) -> Piece:
    """The sum over `summed` of the product of the groups."""
    symbols = [k.symbol for k in summed]
    merged = _alike(groups)
    if not _is_matrix_times_vector(merged, symbols):
        merged = _merged(merged)
    merged = _narrowed(merged, symbols)
    if not _is_matrix_times_vector(merged, symbols):
        merged = _narrowed(_merged(merged), symbols)
    if len(merged) == 1:
        return permuted(as_quotient(merged[0].piece), target)
    left = [s for s in symbols if any(s in g.indices for g in merged)]
    if not left:
        return joined("*", PRODUCT, [as_quotient(g.piece) for g in merged], target)
    if len(merged) == 2:
        found = matrix_product(merged[0].piece, merged[1].piece, left, target)
        if found is not None:
            return found
    return einsum([g.piece for g in merged], target)


def _narrowed(groups: list[Group], symbols: list[sp.Symbol]) -> list[Group]:
    """Each group summed over the indices that it alone has."""
    return [Group(_summed_out(g, [s for s in symbols if not _elsewhere(s, g, groups)])) for g in groups]


def _alike(groups: list[Group]) -> list[Group]:
    """Groups over the same indices multiplied into one."""
    made: list[Group] = []
    for group in groups:
        host = next((g for g in made if g.indices == group.indices), None)
        if host is None:
            made.append(group)
        else:
            made[made.index(host)] = Group(_times(host.piece, group.piece, host.piece.axes))
    return made


def _is_matrix_times_vector(groups: list[Group], summed: list[sp.Symbol]) -> bool:
    """sum_k A[j,k] v[k]: a matrix product rather than a product and a sum."""
    if len(groups) != 2 or len(summed) != 1:
        return False
    small, large = sorted(groups, key=lambda g: len(g.indices))
    return small.indices == set(summed) and len(large.indices) >= 2 and small.indices <= large.indices


def _merged(groups: list[Group]) -> list[Group]:
    """Groups whose indices another group has too are multiplied into it, elementwise."""
    groups = list(groups)
    for small in sorted(groups, key=lambda g: len(g.indices)):
        host = next((g for g in groups if g is not small and small.indices <= g.indices), None)
        if host is None:
            continue
        first, second = sorted((host, small), key=groups.index)
        joint = Group(_times(first.piece, second.piece, host.piece.axes))
        groups = [joint if g is host else g for g in groups if g is not small]
        return _merged(groups)
    return groups


def _times(one: Piece, other: Piece, order: Axes) -> Piece:
    if isinstance(one, Divisor) and not isinstance(other, Divisor):
        one, other = other, one
    if one.text == other.text and not isinstance(one, Divisor):
        return Piece(f"{one.at_least(ATOM)}**2", POWER, order)
    if isinstance(other, Divisor):
        return product([one, other], sp.Integer(1), order)
    return joined("*", PRODUCT, [one, as_mask(other)], order)


def _elsewhere(symbol: sp.Symbol, group: Group, groups: list[Group]) -> bool:
    return any(symbol in other.indices for other in groups if other is not group)


def _summed_out(group: Group, symbols: list[sp.Symbol]) -> Piece:
    """The sum over indices that only this group has."""
    piece = group.piece
    places = [n for n, axis in enumerate(piece.axes) if axis in symbols]
    if not places:
        return piece
    piece = as_quotient(piece)
    rest = tuple(axis for axis in piece.axes if axis not in symbols)
    axis = "" if not rest else f"axis={places[0]}" if len(places) == 1 else f"axis={tuple(places)}"
    return Piece(f"{piece.at_least(ATOM)}.sum({axis})", ATOM, rest)


def matrix_product(one: Piece, other: Piece, summed: list[sp.Symbol], target: Axes) -> Piece | None:
    """one @ other, transposed as the target needs it; None where it is no matrix product."""
    if isinstance(one, Divisor) or isinstance(other, Divisor):
        return None
    shared = [a for a in one.axes if a in other.axes]
    batch = [a for a in target if a in shared and a not in summed]
    inner = [a for a in shared if a in summed]
    free_one = [a for a in one.axes if a not in shared]
    free_other = [a for a in other.axes if a not in shared]
    stacked = _stack_times_matrix(one, other, inner, target) or _stack_times_matrix(other, one, inner, target)
    if stacked is not None:
        return stacked
    if len(inner) != 1 or len(free_one) > 1 or len(free_other) > 1:
        return _tensordot(one, other, inner, target) if inner and not batch else None
    if free_one and free_other and target.index(free_one[0]) > target.index(free_other[0]):
        one, other, free_one, free_other = other, one, free_other, free_one
    elif free_one == [] and free_other and not batch and len(other.axes) == 2 and other.axes[-1] in inner:
        one, other, free_one, free_other = other, one, free_other, free_one
    if batch:
        return _batched(one, other, batch, inner, free_one, free_other, target)
    first, second = permuted(one, (*free_one, *inner)), permuted(other, (*inner, *free_other))
    return Piece(f"{first.at_least(MATMUL)} @ {second.at_least(UNARY)}", MATMUL, (*free_one, *free_other))


def _tensordot(one: Piece, other: Piece, inner: list[sp.Symbol], target: Axes) -> Piece:
    """A sum over several axes at once, or between arrays of several axes."""
    if bool(one.within) != bool(other.within):
        if _copied_second(one, inner) or other.within and not _copied_second(other, inner):
            one, other = other, one
    elif target[:1] and target[0] not in one.axes:
        one, other = other, one
    axes = [[p.axes.index(a) for a in inner] for p in (one, other)]
    shown = ", ".join(str(tuple(places)) for places in axes) if len(inner) > 1 else ", ".join(str(p[0]) for p in axes)
    made = tuple(a for p in (one, other) for a in p.axes if a not in inner)
    piece = Piece(f"np.tensordot({one.text}, {other.text}, axes=({shown}))", ATOM, made)
    return permuted(piece, target)


def _copied_second(piece: Piece, inner: list[sp.Symbol]) -> bool:
    """Whether windows should be the second operand. A product copies them, with its summed axes first in the second and
    last in the first; what is not in the window should come last, as it lies in memory in longer rows."""
    return bool(set(piece.within) & set(inner))


def _stack_times_matrix(one: Piece, other: Piece, inner: list[sp.Symbol], target: Axes) -> Piece | None:
    """A stack of matrices times one matrix or vector: x[s,t,k] w[j,k] is x @ w.T."""
    free = [a for a in other.axes if a not in inner]
    if len(inner) != 1 or len(one.axes) < 3 or len(free) > 1 or set(free) & set(one.axes) or one.axes[-1] != inner[0]:
        return None
    stack = tuple(a for a in target if a in one.axes[:-1])
    made = (*stack, *free)
    if len(stack) < len(one.axes) - 1 or tuple(a for a in target if a in made) != made:
        return None
    one = permuted(one, (*stack, *inner))
    return Piece(f"{one.at_least(MATMUL)} @ {permuted(other, (*inner, *free)).at_least(UNARY)}", MATMUL, made)


def _batched(one: Piece, other: Piece, batch: list[sp.Symbol], inner: list[sp.Symbol], free_one: list[sp.Symbol],
             free_other: list[sp.Symbol], target: Axes) -> Piece | None:
    """A stack of matrix products, the shared axes first."""
    made = (*batch, *free_one, *free_other)
    if not free_one or not free_other or tuple(a for a in target if a in made) != made:
        return None
    first = permuted(one, (*batch, *free_one, *inner))
    second = permuted(other, (*batch, *inner, *free_other))
    return Piece(f"{first.at_least(MATMUL)} @ {second.at_least(UNARY)}", MATMUL, made)


def einsum(pieces: list[Piece], target: Axes) -> Piece:
    """Whatever else it is, in index letters."""
    letters: dict[sp.Symbol, str] = {}
    for axis in (a for p in pieces for a in p.axes):
        spare = (c for c in (str(axis)[0], *"abcdefghijklmnopqrstuvwxyz") if c not in letters.values() and c.islower())
        if axis not in letters:
            letters[axis] = next(spare)
    result = union(pieces, target)
    inputs = ",".join("".join(letters[a] for a in p.axes) for p in pieces)
    arrays = ", ".join(f"1 / {p.at_least(POWER)}" if isinstance(p, Divisor) else p.text for p in pieces)
    return Piece(f'np.einsum("{inputs}->{"".join(letters[a] for a in result)}", {arrays})', ATOM, result)
