r"""Sums and products of numbers, rows, columns and matrices, as people write them.

    A B    A \odot B    A \cdot B    2 A    a^T b

In: two values and the sign between them. Out: their product, or `Conflict` with both shapes. A row or column spreads
over a matrix; anything else must match.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from derive.claims.refused import Conflict
from derive.written.tree import Span


@dataclass(frozen=True)
class Tensor:
    """Derivatives of an array by an array that no matrix holds; the first `rank` axes are those of what is derived."""

    array: Any
    rank: int


@dataclass(frozen=True)
class OnesLike:
    """A vector of ones whose length is what its neighbour needs."""

    one: Any
    row: bool = False


@dataclass(frozen=True)
class Identity:
    """`one` times the identity matrix, and `rest` in every entry; as large as its neighbour needs."""

    one: Any
    rest: Any

    def sized(self, size: int) -> Any:
        found = np.full((size, size), self.rest, dtype=object)
        np.fill_diagonal(found, self.one + self.rest)
        return found

    def beside(self, other: Any, span: Span) -> Any:
        """As an array of the shape of the other."""
        if not isinstance(other, np.ndarray) or other.ndim != 2 or other.shape[0] != other.shape[1]:
            raise Conflict(f"the identity matrix and {shape_of(other)} do not go together", span)
        return self.sized(len(other))

    def times(self, number: Any) -> Identity:
        return Identity(self.one * number, self.rest * number)


def written_out(one: Any, other: Any, span: Span) -> tuple[Any, Any]:
    """Both sides, an identity matrix in the size of the other one."""
    if isinstance(one, Identity) == isinstance(other, Identity):
        return one, other
    return (one.beside(other, span), other) if isinstance(one, Identity) else (one, other.beside(one, span))


def shape_of(value: Any) -> str:
    return " x ".join(map(str, value.shape)) if isinstance(value, np.ndarray) else "a number"


def opposite(value: Any) -> Any:
    if isinstance(value, Identity):
        return value.times(-1)
    return replace(value, array=-value.array) if isinstance(value, Tensor) else \
        replace(value, one=-value.one) if isinstance(value, OnesLike) else -value


def turned(value: Any, span: Span) -> Any:
    if isinstance(value, OnesLike):
        return OnesLike(value.one, not value.row)
    if isinstance(value, Tensor):
        raise Conflict("a derivative of an array by a matrix has no transpose", span, "tensor")
    return value.T if isinstance(value, np.ndarray) else value


def spread(one: Any, other: Any, span: Span, rule: Callable[[Any, Any], Any]) -> Any:
    """Entry by entry; a number, row or column goes with every entry, row or column of the other."""
    if isinstance(one, Identity) or isinstance(other, Identity):
        return _spread_identity(one, other, span, rule)
    if isinstance(one, Tensor | OnesLike) or isinstance(other, Tensor | OnesLike):
        return _spread_special(one, other, span, rule)
    if not isinstance(one, np.ndarray) and not isinstance(other, np.ndarray):
        return rule(one, other)
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray) and one.shape != other.shape \
            and not _fits(one.shape, other.shape):
        raise Conflict(f"the shapes {shape_of(one)} and {shape_of(other)} do not go together", span)
    boxes = [value if isinstance(value, np.ndarray) else boxed(value) for value in (one, other)]
    left, right = np.broadcast_arrays(*boxes)
    found = np.empty(left.shape, dtype=object)
    for at in np.ndindex(left.shape):
        found[at] = rule(left[at], right[at])
    return found


def _fits(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether a row or column goes over a matrix. A row and a column do not: that is a slip, not an outer sum."""
    if len(one) != len(other):
        return False
    wide = [shape for shape in (one, other) if 1 not in shape]
    return len(wide) == 1 and all(a == b or 1 in (a, b) for a, b in zip(one, other, strict=True))


def _spread_identity(one: Any, other: Any, span: Span, rule: Callable[[Any, Any], Any]) -> Any:
    """A sum with the identity matrix; a number goes to every entry."""
    identity, beside = (one, other) if isinstance(one, Identity) else (other, one)
    if isinstance(beside, Identity):
        return Identity(rule(one.one, other.one), rule(one.rest, other.rest))
    if not isinstance(beside, np.ndarray | Tensor | OnesLike):
        return replace(identity, rest=rule(identity.rest, beside))
    full = identity.beside(beside, span)
    return spread(full, other, span, rule) if identity is one else spread(one, full, span, rule)


def _spread_special(one: Any, other: Any, span: Span, rule: Callable[[Any, Any], Any]) -> Any:
    if isinstance(one, Tensor) and isinstance(other, Tensor) and one.array.shape == other.array.shape:
        found = np.empty(one.array.shape, dtype=object)
        for at in np.ndindex(found.shape):
            found[at] = rule(one.array[at], other.array[at])
        return Tensor(found, one.rank)
    left, right = (value.one if isinstance(value, OnesLike) else value for value in (one, other))
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        raise Conflict("a derivative of an array by a matrix is no matrix", span, "tensor")
    return spread(left, right, span, rule)


def times(left: Any, right: Any, sign: str, span: Span, entrywise: frozenset[str]) -> Any:
    """The product that the sign means for these shapes."""
    if isinstance(left, Identity) or isinstance(right, Identity):
        return _identity_times(left, right, sign, span, entrywise)
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        with np.errstate(all="ignore"):  # the floats that go with exact numbers may overflow
            return _contracted(left, right, span)
    if isinstance(left, OnesLike) or isinstance(right, OnesLike):
        left, right = _lengthened(left, right, sign in entrywise)
    scalars = not isinstance(left, np.ndarray) or not isinstance(right, np.ndarray)
    if scalars or sign in entrywise or sign in ("*", "x") and left.shape == right.shape:
        return spread(left, right, span, lambda a, b: a * b)
    if sign == "otimes":
        return _outer(left, right, span)
    with np.errstate(all="ignore"):
        return _matrix(left, right, sign, span)


def _identity_times(left: Any, right: Any, sign: str, span: Span, entrywise: frozenset[str]) -> Any:
    """A product with the identity matrix, which has the size that fits."""
    identity, other = (left, right) if isinstance(left, Identity) else (right, left)
    if not isinstance(other, np.ndarray | Tensor | OnesLike | Identity):
        return identity.times(other)
    if not isinstance(other, np.ndarray):
        raise Conflict("the identity matrix stands beside what has no size", span, "tensor")
    size = other.shape[0] if identity is left else other.shape[-1]
    full = identity.beside(other, span) if sign in entrywise else identity.sized(size)
    return times(full, right, sign, span, entrywise) if identity is left else times(left, full, sign, span, entrywise)


def _matrix(left: Any, right: Any, sign: str, span: Span) -> Any:
    if left.ndim == right.ndim == 2 and left.shape[1] == right.shape[0]:
        found = left @ right
        return found[0, 0] if found.shape == (1, 1) else found
    if sign == "." and left.shape == right.shape and 1 in left.shape:
        return sum((a * b for a, b in zip(left.ravel()[1:], right.ravel()[1:], strict=True)),
                   left.ravel()[0] * right.ravel()[0])
    if sign in ("*", "x") and _fits(left.shape, right.shape):
        return spread(left, right, span, lambda a, b: a * b)
    raise Conflict(f"({shape_of(left)}) times ({shape_of(right)}) is no matrix product", span)


def _outer(left: Any, right: Any, span: Span) -> Any:
    if 1 in left.shape and 1 in right.shape:
        return left.reshape(-1, 1) @ right.reshape(1, -1)
    if left.shape == right.shape:
        return spread(left, right, span, lambda a, b: a * b)
    raise Conflict(f"({shape_of(left)}) and ({shape_of(right)}) have no outer product", span)


def _lengthened(left: Any, right: Any, entrywise: bool) -> tuple[Any, Any]:
    if isinstance(left, OnesLike) and isinstance(right, OnesLike):
        return left.one, right.one
    ones, other = (left, right) if isinstance(left, OnesLike) else (right, left)
    if entrywise or not isinstance(other, np.ndarray):
        return (ones.one, other) if ones is left else (other, ones.one)
    length = other.shape[0] if ones is left else other.shape[1]
    array = np.empty((1, length) if ones.row else (length, 1), dtype=object)
    array.fill(ones.one)
    return (array, other) if ones is left else (other, array)


def _contracted(left: Any, right: Any, span: Span) -> Any:
    """The chain rule with derivatives that no matrix holds: the axes in between are summed over."""
    if isinstance(right, Tensor) and isinstance(left, np.ndarray):
        return _chain(left, right, span)
    if isinstance(left, Tensor) and isinstance(right, np.ndarray):
        return _chain(right, left, span)
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        if left.array.shape[left.rank:] == right.array.shape[:right.rank]:
            return Tensor(np.tensordot(left.array, right.array, right.rank), left.rank)
    elif not isinstance(left, np.ndarray | Tensor) or not isinstance(right, np.ndarray | Tensor):
        tensor, scalar = (left, right) if isinstance(left, Tensor) else (right, left)
        return Tensor(tensor.array * scalar, tensor.rank)
    raise Conflict("these derivatives do not chain: the variable in between is not the same", span, "chain")


def _chain(outer: Any, inner: Tensor, span: Span) -> Any:
    middle = inner.array.shape[:inner.rank]
    if outer.shape == middle:
        flat = np.tensordot(outer.ravel(), inner.array.reshape(outer.size, -1), 1)
        return flat.reshape(inner.array.shape[inner.rank:])
    if outer.size == int(np.prod(middle)) and 1 in outer.shape:
        flat = np.tensordot(outer.ravel(), inner.array.reshape(outer.size, -1), 1)
        return flat.reshape(inner.array.shape[inner.rank:])
    raise Conflict("these derivatives do not chain: the variable in between is not the same", span, "chain")


def boxed(value: Any) -> Any:
    """A number as an array without axes."""
    box = np.empty((), dtype=object)
    box[()] = value
    return box
