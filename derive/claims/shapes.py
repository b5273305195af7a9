r"""The sizes of everything, from the equations alone.

    z = W x + b      W is r x c, x is c x 1, z and b are r x 1

In: the definitions at concrete marks. Out: for every variable at its marks a shape, whose sizes are cells that are
one where the equations make them one. A shape that no equation fixes is a number. A vector is a column unless
declared a row; a capital letter that nothing else fixes is a matrix.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class Cell:
    """A size, perhaps the same as another's."""

    same: Cell | None = None
    value: int | None = None

    def root(self) -> Cell:
        cell = self
        while cell.same is not None:
            cell = cell.same
        return cell


@dataclass(eq=False)
class Box:
    """A shape, perhaps the same as another's; `dims` None: not known yet."""

    same: Box | None = None
    dims: tuple[Cell, ...] | None = None
    open: str = ""
    """Where in a product its place says what it is, since nothing defines it: "right" of a matrix, or "both"."""

    def root(self) -> Box:
        box = self
        while box.same is not None:
            box = box.same
        return box

    @property
    def known(self) -> tuple[Cell, ...] | None:
        return self.root().dims


ONE = Cell(value=1)


class Mismatch(Exception):
    """Two sizes that would have to be the same."""


def number() -> Box:
    return Box(dims=())


def of(*dims: Cell) -> Box:
    """A shape of these sizes; one by one is a number."""
    return Box(dims=() if len(dims) == 2 and all(d.root() is ONE for d in dims) else dims)


def column() -> Box:
    return of(Cell(), ONE)


def alike(one: Cell, other: Cell) -> None:
    a, b = one.root(), other.root()
    if a is b:
        return
    if a.value is not None and b.value is not None and a.value != b.value:
        raise Mismatch(f"{a.value} and {b.value}")
    if a.value is None:
        a, b = b, a
    b.same = a


def same(one: Box, other: Box) -> None:
    """The two shapes are one."""
    a, b = one.root(), other.root()
    if a is b:
        return
    if a.dims is None:
        a, b = b, a
    a.open = a.open or b.open if a.open != "right" else b.open or a.open
    if b.dims is not None and a.dims is not None:
        if len(a.dims) != len(b.dims):
            raise Mismatch(f"{len(a.dims)} and {len(b.dims)} axes")
        for x, y in zip(a.dims, b.dims, strict=True):
            alike(x, y)
    b.same = a


def together(boxes: list[Box], final: bool = False) -> Box:
    """The shape of a sum: numbers go with everything, a row or column with a matrix; unknown shapes follow.

    What an equation defines waits until that equation is known, but for the `final` time.
    """
    known = [box for box in boxes if box.known]
    if known and not final and any(box.known is None and not box.root().open for box in boxes):
        return Box()
    if not known:
        unknown = [box for box in boxes if box.known is None]
        if len(unknown) > 1 and not final and not all(box.root().open for box in unknown):
            return Box()
        for box in unknown[1:]:
            same(unknown[0], box)
        return unknown[0] if unknown else number()
    widest = max(known, key=lambda box: sum(cell.root() is not ONE for cell in box.known or ()))
    for box in boxes:
        if box.known is None:
            same(widest, box)
        elif box.known and len(box.known) == len(widest.known or ()):
            for x, y in zip(box.known, widest.known or (), strict=True):
                if x.root() is not ONE and y.root() is not ONE:
                    alike(x, y)
    return _wide(known, widest)


def _wide(known: list[Box], widest: Box) -> Box:
    """A row and a column together fill a matrix."""
    dims = list(widest.known or ())
    for box in known:
        for i, cell in enumerate(box.known or ()):
            if len(box.known or ()) == len(dims) and dims[i].root() is ONE:
                dims[i] = cell
    return of(*dims)


def product(left: Box, right: Box, dot: bool) -> Box:
    """The shape of a matrix product; an unknown factor beside a matrix is the vector that fits."""
    a, b = left.known, right.known
    if dot and a is not None and len(a) == 2 and a[1].root() is ONE and b is None:
        same(right, of(*a))
    elif a is not None and len(a) == 2 and b is None and right.root().open:
        same(right, of(a[1], ONE) if a[1].root() is not ONE else number())
    elif b is not None and len(b) == 2 and a is None and b[1].root() is not ONE and left.root().open == "both":
        same(left, of(ONE, b[0]) if b[0].root() is not ONE else number())
    a, b = left.known, right.known
    if a is None or b is None:
        return (right if b is not None and a == () else left if a is not None and b == () else Box())
    if not a:
        return right
    if not b:
        return left
    if len(a) != 2 or len(b) != 2:
        return Box()
    if dot and a[1].root() is ONE and b[1].root() is ONE and b[0].root() is not ONE:
        alike(a[0], b[0])
        return number()
    alike(a[1], b[0])
    return of(a[0], b[1])
