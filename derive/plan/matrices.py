"""A sum of products over several axes as a stack of matrix products: which axes are merged into rows and columns.

    z[s,o,i,j] = sum(w[o,c,u,v]*x[s,c,u,v,i,j], c, u, v)     is, for every s,     (o, cuv) @ (cuv, ij)

In: the letters of both operands and of the result, in the order in which they lie in memory. Out: `Matrices`; None
where summed axes do not lie side by side in both operands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Axes = tuple[str, ...]


@dataclass(frozen=True)
class Matrices:
    """For every entry of the axes of `stack`, of which an operand may lack some: (rows, inner) @ (inner, columns)."""

    swapped: bool
    """Whether the second operand stands on the left."""
    stack: Axes
    rows: Axes
    inner: Axes
    columns: Axes

    @property
    def left(self) -> tuple[Axes, ...]:
        return *((a,) for a in self.stack), self.rows, self.inner

    @property
    def right(self) -> tuple[Axes, ...]:
        return *((a,) for a in self.stack), self.inner, self.columns

    @property
    def out(self) -> tuple[Axes, ...]:
        return *((a,) for a in self.stack), self.rows, self.columns


def are_beside(axes: Sequence[str], group: Axes) -> bool:
    """Whether they follow each other there, in this order."""
    at = axes.index(group[0]) if group else 0
    return tuple(axes[at:at + len(group)]) == group


def inner_axes(one: Axes, other: Axes, out: Axes) -> Axes:
    """What is summed over."""
    return tuple(a for a in one if a in other and a not in out)


def matrices(one: Axes, other: Axes, out: Axes) -> Matrices | None:
    """Rows are of one operand, columns of the other, as the result has them; what cannot be merged is stacked."""
    inner, both = inner_axes(one, other, out), {a for a in one if a in other}
    free = [a for a in out if a not in both]
    if not inner or not free or {*one, *other} != {*inner, *out} or not (
            are_beside(one, inner) and are_beside(other, inner)):
        return None
    swapped = free[-1] in one
    left, right = (other, one) if swapped else (one, other)
    stack = {a for a in out if a in both}
    while True:
        rows, columns = (tuple(a for a in out if a in of and a not in stack and a not in inner)
                         for of in (left, right))
        loose = [group[0] for of, group in ((left, rows), (right, columns))
                 if group and not (are_beside(of, group) and are_beside(out, group))]
        if not loose:
            return Matrices(swapped, tuple(a for a in out if a in stack), rows, inner, columns)
        stack.add(loose[0])
