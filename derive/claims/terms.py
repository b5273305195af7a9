r"""A formula whose letters have a meaning: what elaboration makes of a tree, and what evaluation runs over.

    (W^{[2]})^T \delta^{[2]}      Times((Transposed(Ref(W, (2,))), Ref(delta, (2,))), "matrix")

Scalars, vectors and matrices are one kind of term: their shapes come from the variables, when sizes are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Literal, NamedTuple

from derive.written.tree import Span, field_names

Kind = Literal["layer", "time", "example", "index"]


@dataclass(frozen=True)
class Slot:
    """Where a variable carries a mark: `place` "above" or "below", inside `bracket`; counts from `start`."""

    place: str
    bracket: str = ""
    kind: Kind = "index"


@dataclass(frozen=True)
class Variable:
    """One letter of a context, with labels (`W_{hx}`); it is a family over its slots, such as the layers."""

    name: str
    slots: tuple[Slot, ...] = ()

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Function:
    """A function: one that the library knows, a formula of the context, or any differentiable one."""

    name: str
    known: str = ""
    """The canonical name of a known one; empty: any differentiable function. `by_mark`: those of g^{[1]}, g^{[2]}."""
    scalar: bool = False
    """Whether it takes all entries of its arguments to one number; otherwise it acts entry by entry."""
    by_mark: tuple[tuple[str, str], ...] = ()


class Site(NamedTuple):
    """A term as a place where one of two cases holds."""

    kind: str
    start: int
    stop: int


@dataclass(frozen=True)
class Term:
    """Part of a formula; `span` is where it was written."""

    span: Span = field(compare=False, repr=False)

    def children(self) -> tuple[Term, ...]:
        return self._children

    @cached_property
    def _children(self) -> tuple[Term, ...]:
        found: list[Term] = []
        for name in field_names(type(self)):
            _terms(getattr(self, name), found)
        return tuple(found)

    @cached_property
    def free(self) -> tuple[str, ...]:
        """The indices that no sum of it binds, in order."""
        return tuple(dict.fromkeys(name for child in self.children() for name in child.free))

    @cached_property
    def site(self) -> Site:
        """Where a case is decided: what kind of thing was written there."""
        return Site(type(self).__name__, self.span.start, self.span.stop)

    @cached_property
    def indices(self) -> tuple[str, ...]:
        """The indices in it, bound or free, in order."""
        return tuple(dict.fromkeys(one.name for one in self.walk() if isinstance(one, Letter)))

    @cached_property
    def picks(self) -> dict[str, tuple[tuple[Ref | Entry, int], ...]]:
        """Of each index the places where it stands alone: an array and the number of the index there."""
        found: dict[str, tuple[tuple[Ref | Entry, int], ...]] = {}
        for node in self.walk():
            if isinstance(node, Ref | Entry):
                for axis, entry in enumerate(node.entries):
                    if isinstance(entry, Letter):
                        found[entry.name] = (*found.get(entry.name, ()), (node, axis))
        return found

    @cached_property
    def marking(self) -> frozenset[str]:
        """The indices that stand in a mark, such as the l of w^{l}."""
        return frozenset(name for one in self.walk() if isinstance(one, Ref | Size | Applied)
                         for mark in one.marks for name in mark.indices)

    def walk(self) -> Iterator[Term]:
        """This term and all below it, from left to right."""
        front: list[Term] = [self]
        while front:
            one = front.pop()
            yield one
            front += reversed(one.children())


def _terms(value: object, found: list[Term]) -> None:
    if isinstance(value, Term):
        found.append(value)
    elif isinstance(value, tuple):
        for one in value:
            _terms(one, found)


@dataclass(frozen=True)
class Constant(Term):
    value: Fraction


@dataclass(frozen=True)
class Letter(Term):
    """An index, as a number: its letter."""

    name: str

    @cached_property
    def free(self) -> tuple[str, ...]:
        return (self.name,)


@dataclass(frozen=True)
class Size(Term):
    """How many: m examples, L layers, n_l neurons."""

    name: str
    marks: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Ref(Term):
    """A variable at its marks; `entries` picks entries of its array (None: the axis stays)."""

    variable: Variable
    marks: tuple[Term, ...] = ()
    entries: tuple[Term | None, ...] = ()


@dataclass(frozen=True)
class Entry(Term):
    """An entry of any array: `(W^T x)_j`, `softmax(z)_j`."""

    content: Term
    entries: tuple[Term | None, ...]


@dataclass(frozen=True)
class Sum(Term):
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Opposite(Term):
    content: Term


@dataclass(frozen=True)
class Times(Term):
    """Two factors. `sign` as it was written: "" "." "*" "x" "odot" "circ" "otimes" "@"."""

    left: Term
    right: Term
    sign: str


@dataclass(frozen=True)
class Over(Term):
    top: Term
    bottom: Term


@dataclass(frozen=True)
class Power(Term):
    base: Term
    exponent: Term
    entrywise: bool = False
    """Of each entry, h^{\\odot 2}, where a power of a square matrix would be a product."""


@dataclass(frozen=True)
class Transposed(Term):
    content: Term


@dataclass(frozen=True)
class Applied(Term):
    """A function, or its derivative of some order, at arguments."""

    function: Function
    arguments: tuple[Term, ...]
    order: int = 0
    marks: tuple[Term, ...] = ()
    """A function of its own for each layer: g^{[l]}."""


@dataclass(frozen=True)
class Differential(Term):
    """d(of)/d(by): along every path, or (`direct`) along the written one alone. By several: repeatedly."""

    of: Term
    by: tuple[Ref, ...]
    nabla: bool = False
    direct: bool = False


@dataclass(frozen=True)
class Reduced(Term):
    """A sum, product or maximum over indices; no bounds: over all their values."""

    kind: str
    letters: tuple[str, ...]
    body: Term
    lower: Term | None = None
    upper: Term | None = None
    condition: Term | None = None

    @cached_property
    def free(self) -> tuple[str, ...]:
        return tuple(name for name in super().free if name not in self.letters)


@dataclass(frozen=True)
class Whole(Term):
    """One number or array made of a whole array: "trace", "norm2", "sum", "sum over axis 0", "diag", "ones"."""

    kind: str
    content: Term


@dataclass(frozen=True)
class Compared(Term):
    sign: str
    left: Term
    right: Term


@dataclass(frozen=True)
class Both(Term):
    """Several conditions, all of which hold: 1 <= i <= n."""

    parts: tuple[Compared, ...]


@dataclass(frozen=True)
class Indicated(Term):
    """1 where the condition holds, 0 elsewhere."""

    condition: Term


@dataclass(frozen=True)
class Chosen(Term):
    """The value of the first condition that holds; None: otherwise."""

    rows: tuple[tuple[Term, Term | None], ...]


@dataclass(frozen=True)
class Array(Term):
    rows: tuple[tuple[Term, ...], ...]


@dataclass(frozen=True)
class Primed(Term):
    """A value's own slope: a' where a = f(z)."""

    content: Ref
    order: int


@dataclass(frozen=True)
class Unit(Term):
    """A vector or matrix of ones, as long as its mark says or as its neighbours need."""

    size: Term | None = None


@dataclass(frozen=True)
class Eye(Term):
    """The identity matrix, as large as its neighbours need."""
