"""A plan: an ordered list of typed statements over named values, each in a buffer of its own until a pass says so.

    Contract(z1[s,j], (x[s,k], w1[j,k]))          z1 = x @ w1.T        what is not on the left is summed over
    Apply(a1[s,j], "np.tanh", (z1[s,j],))         a1 = tanh(z1)        entry by entry

In: nothing. Out: the records that the lowering makes, the passes change and the writer prints. Axes are letters local
to a statement, so that a transpose is never stated: it follows from the letters and from how a buffer is laid out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import sympy as sp

from derive.codegen.repeats import Numbered
from derive.plan.measured import DEFAULT, Measured
from derive.plan.note import Note

Role = Literal["parameter", "data", "gradient", "value", "constant", "bound", "fixed", "round"]
SHARE = sp.Symbol("share", integer=True, positive=True)  # like a size: it is no read
"""The part of the minibatch that one call sees: what no example changes counts only so much."""
ONES = "ones"
"""An array of ones, one for each example: what is the same for all of them times this."""
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

    def after(self, behind: str) -> Numbered | None:
        """The family of a value that is called after this one."""
        return self.family and Numbered(self.family.template + behind, self.family.number)


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
class Statement:
    """`notes` are the equations whose computation begins here; `within` is the loop over time around it."""

    out: Ref
    notes: tuple[Note, ...] = field(default=(), kw_only=True)
    within: Steps | None = field(default=None, kw_only=True)

    @property
    def args(self) -> tuple[Ref, ...]:
        return ()

    def changed(self, **given: Any) -> Statement:
        return replace(self, **given)


@dataclass(frozen=True)
class Apply(Statement):
    """out = function(args), entry by entry; args with fewer axes are broadcast."""

    function: str
    of: tuple[Ref, ...]

    @property
    def args(self) -> tuple[Ref, ...]:
        return self.of


@dataclass(frozen=True)
class Contract(Statement):
    """out = the sum, over the axes that out lacks, of the product of one or two values."""

    of: tuple[Ref, ...]
    blocks: str = ""
    """The axis that is cut into blocks, if any."""

    @property
    def args(self) -> tuple[Ref, ...]:
        return self.of


@dataclass(frozen=True)
class Reduce(Statement):
    """out = the greatest (np.max) along the axes that out lacks."""

    function: str
    of: tuple[Ref, ...]

    @property
    def args(self) -> tuple[Ref, ...]:
        return self.of


@dataclass(frozen=True)
class Plain(Statement):
    """What no other statement can say: lines as the plain style writes them, and the names that they read."""

    lines: tuple[str, ...]
    of: tuple[Ref, ...] = ()

    @property
    def args(self) -> tuple[Ref, ...]:
        return self.of


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


@dataclass(frozen=True)
class Plan:
    """`shares` says which values lie in the same memory; `applied` which passes have run."""

    statements: tuple[Statement, ...]
    values: dict[str, Value]
    cost: str
    once: tuple[Statement, ...] = ()
    """What is computed before the first call."""
    case: str = ""
    """How many examples it is for: one, few or many."""
    fixed: bool = False
    """Whether the data are the same at every call."""
    folded: dict[str, str] = field(default_factory=dict)
    """Fixed arrays, and those of fewer rows that stand for them at every call."""
    shares: dict[str, str] = field(default_factory=dict)
    flipped: frozenset[str] = frozenset()
    """Buffers laid out the other way round: the last axis first."""
    arenas: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Flat buffers, and the values that lie in each of them one after the other."""
    views: dict[str, str] = field(default_factory=dict)
    """Values that lie where the gradient of another shape lies."""
    parts: dict[str, Part] = field(default_factory=dict)
    """Values that are entries of another along its first axis, time."""
    sample: sp.Symbol | None = None
    """How many examples the whole minibatch has."""
    measured: Measured = DEFAULT
    """The constants by which passes and the writer choose."""
    repeats: tuple[Repeat, ...] = ()
    """Rounds of equal statements, in order, none of which overlap."""
    applied: tuple[str, ...] = ()

    def value(self, ref: Ref) -> Value:
        return self.values[ref.name]

    def lying(self, ref: Ref) -> tuple[str, ...]:
        """The letters of an array in the order in which they lie in memory."""
        return ref.axes[::-1] if ref.name in self.flipped else ref.axes

    def is_nameless(self, name: str) -> bool:
        """Whether no equation has a name for it."""
        return self.values[name].nameless

    def place(self, name: str) -> str:
        """The name of the memory that a value lies in."""
        while name in self.shares:
            name = self.shares[name]
        return self.parts[name].of if name in self.parts else name

    def called(self, name: str) -> str:
        """What the text calls a value: by its own name, if the equations have one, or by that of its memory."""
        value, place = self.values[name], self.place(name)
        own = value.role == "value" and value.sizes and not value.nameless
        return name if own or name in self.parts else place

    def changed(self, **given: Any) -> Plan:
        """With something else; rounds are rounds of the statements that were there."""
        kept: dict[str, Any] = {"repeats": ()} if "statements" in given else {}
        return replace(self, **kept | given)

    def family(self, name: str) -> Numbered | None:
        """Of which layer a value is; of none where text that no pass reads calls it by its name."""
        own = self.values[name].family
        return None if own is None or own.template in self.said else own

    @cached_property
    def said(self) -> frozenset[str]:
        """The families of what lines of plain text read or write."""
        own = (self.values[name].family for name in self.in_text if name in self.values)
        return frozenset(of.template for of in own if of is not None)

    def only(self, wanted: str) -> Plan:
        """What computes one of its values."""
        found, before = {*self.overlapping(wanted)}, set[str]()
        while found != before:  # in a loop over time something may be read before it is written
            before = {*found}
            for s in reversed(self.statements):
                if s.out.name in found:
                    found.update(name for r in s.args for name in self.overlapping(r.name))
        statements = tuple(s for s in self.statements if s.out.name in found)
        values = {name: v for name, v in self.values.items() if name in found or v.role in ("data", "parameter")}
        return self.changed(statements=statements, values=values)

    def overlapping(self, name: str) -> tuple[str, ...]:
        """A value, and all that share entries with it since they are parts of one array."""
        return self._relatives.get(name, (name,))

    @cached_property
    def _relatives(self) -> dict[str, tuple[str, ...]]:
        families: dict[str, list[str]] = {}
        for name, part in self.parts.items():
            families.setdefault(part.of, [part.of]).append(name)
        return {name: tuple(family) for family in families.values() for name in family}

    def is_parted(self, name: str) -> bool:
        """Whether something else lies in a part of the same array."""
        return name in self._relatives

    @cached_property
    def members(self) -> frozenset[str]:
        """Values with a place in a flat buffer, or in a gradient."""
        return frozenset(name for names in self.arenas.values() for name in names) | frozenset(self.views)

    @cached_property
    def last_write(self) -> dict[str, int]:
        """The last statement that writes each value, or a part of it."""
        return {name: n for n, s in enumerate(self.statements) for one in self.names(s.out.name)
                for name in self.overlapping(one)}

    @cached_property
    def first_read(self) -> dict[str, int]:
        """The first statement that reads each value."""
        return {name: n for n, one in reversed(list(self.reads())) for name in self.overlapping(one)}

    @cached_property
    def in_text(self) -> frozenset[str]:
        """What lines of plain text read or write."""
        return frozenset(r.name for s in self.statements if isinstance(s, Plain) for r in (*s.args, s.out))

    def names(self, name: str) -> tuple[str, ...]:
        """A value, and all that lie in it."""
        return (name, *self.arenas.get(name, ()))

    def reads(self, start: int = 0) -> Iterator[tuple[int, str]]:
        """Which statement reads which name."""
        for number, statement in enumerate(self.statements[start:], start):
            for ref in statement.args:
                for name in self.names(ref.name):
                    yield number, name
