"""The statements of a plan, and the values that they name: one operation each.

    Apply(a1[s,j], "np.tanh", (z1[s,j],))         a1 = tanh(z1)        entry by entry

In: nothing. Out: the records. Axes are letters local to a statement, so that a transpose is never stated: it follows
from the letters and from how a buffer is laid out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import prod
from typing import Any, Literal, Self

import sympy as sp

from derive.codegen.repeats import Numbered
from derive.plan.note import Note

Role = Literal["parameter", "data", "gradient", "value", "constant", "bound", "fixed", "round"]
SHARE = sp.Symbol("share", integer=True, positive=True)  # like a size: it is no read
"""The part of the minibatch that one call sees: what no example changes counts only so much."""
ONES = "ones"
"""An array of ones, one for each example: what is the same for all of them times this."""
SHIFT = "shift"
"""What a softmax takes from each of its rows, which changes it nothing: their greatest, or any number near that."""
Size = int | Literal["rows"]
ROWS: Size = "rows"
"""How many examples one call sees: known when a Gradient is made, not when the file is."""


@dataclass(frozen=True)
class Value:
    """Something with a name and a shape. A `constant` has an `amount`: a number, or the range of an index; a `bound`
    name is bound by plain text; a `fixed` array is filled before the first call; one of a `round` is the part of an
    array that a round of a loop over time sees."""

    name: str
    sizes: tuple[Size, ...]
    role: Role = "value"
    truth: bool = False
    amount: sp.Expr | None = None
    nameless: bool = False
    """Whether it is only a step on the way to a value of the equations."""
    family: Numbered | None = None
    """Of which layer it is, where its tensor is one of several: `delta{}_t` and 3 for delta3_t."""

    @property
    def each(self) -> int:
        """Numbers an example; all of them, where there are no examples."""
        return prod(int(n) for n in self.sizes if n != ROWS)

    def after(self, behind: str) -> Numbered | None:
        """The family of a value that is called after this one."""
        return self.family and self.family.after(behind)


@dataclass(frozen=True)
class Ref:
    """A value as one statement reads or writes it: an axis each letter."""

    name: str
    axes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Steps:
    """A loop over `letter`, the first axis of what its statements read and write: the statements within it follow each
    other in the plan, and all of them run for one entry after the other, from the last to the first if `descending`."""

    number: int
    letter: str
    start: int
    count: int
    descending: bool = False


@dataclass(frozen=True)
class Part:
    """A value that is `size` entries of another from `first` on along its first axis, in the same memory; or, without
    a size, the one at `first`. `start` is the time of its first entry."""

    of: str
    first: int
    size: int | None
    start: int


@dataclass(frozen=True)
class _Step:
    """`out` is made; `notes` are the equations whose computation begins here; `within` is the loop over time around it.
    Each kind says `of` what it is made."""

    out: Ref
    notes: tuple[Note, ...] = field(default=(), kw_only=True)
    within: Steps | None = field(default=None, kw_only=True)

    def changed(self, **given: Any) -> Self:
        return replace(self, **given)


@dataclass(frozen=True)
class Apply(_Step):
    """out = function(args), entry by entry; args with fewer axes are broadcast. Along the axes of `each` one entry
    comes after the other, since they meet in the same memory or lie far apart."""

    function: str
    of: tuple[Ref, ...]
    each: tuple[str, ...] = ()
    unbuffered: bool = False
    """Whether NumPy is not to copy what is broadcast into buffers first."""


@dataclass(frozen=True)
class Gemm:
    """BLAS's function of that name does more than multiply in one call: out = scale*(product + out), or scale*product
    where nothing is there to be added `onto`."""

    onto: bool
    scale: sp.Expr = sp.Integer(1)


@dataclass(frozen=True)
class Contract(_Step):
    """out = the sum, over the axes that out lacks, of the product of one or two values."""

    of: tuple[Ref, ...]
    blocks: str = ""
    """The axis that is cut into blocks, if any."""
    deep: bool = False
    """Whether what is summed over may be cut, too: parts of the examples, whose products are added up."""
    gemm: Gemm | None = None
    """What becomes of the product, where SciPy's function does it."""


@dataclass(frozen=True)
class Reduce(_Step):
    """out = the greatest (np.max), one that may serve for it (SHIFT), or the sum (np.add), along the axes that out
    lacks; `each` as in Apply."""

    function: str
    of: tuple[Ref, ...]
    each: tuple[str, ...] = ()


@dataclass(frozen=True)
class Along:
    """The places of a view along one axis: first + step*outer + gap*inner, where either letter may be missing."""

    first: int
    outer: str = ""
    step: int = 1
    inner: str = ""
    gap: int = 1


@dataclass(frozen=True)
class View(_Step):
    """out = a value seen with other axes, in the same memory: a reshape, or what lies at places along each axis."""

    of: tuple[Ref, ...]
    places: tuple[Along, ...] = ()

    @property
    def inner(self) -> tuple[str, ...]:
        """The letters within a window."""
        return tuple(p.inner for p in self.places if p.inner)


@dataclass(frozen=True)
class Plain(_Step):
    """What no other statement can say: lines as the plain style writes them, and the names that they read."""

    lines: tuple[str, ...]
    of: tuple[Ref, ...] = ()
    by_example: bool = False
    """Whether it fills an array with what each example gives by itself, or adds that up."""


Statement = Apply | Contract | Reduce | View | Plain


@dataclass(frozen=True)
class Repeat:
    """`count` rounds of `period` statements of a plan, from `start` on, that are the first round but for the numbers of
    the `moving` names; `first` is the layer of that round, and each other one has the layer `step` further."""

    start: int
    period: int
    count: int
    first: int
    step: int
    moving: frozenset[Numbered]

    @property
    def stop(self) -> int:
        return self.start + self.period * self.count
