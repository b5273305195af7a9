"""A plan: an ordered list of typed statements over named values, each in a buffer of its own until a pass says so.

    Contract(z1[s,j], (x[s,k], w1[j,k]))          z1 = x @ w1.T        what is not on the left is summed over

In: statements. Out: the record that the lowering makes, the passes change and the writer prints, and what it knows of
its values: where they lie, who reads and writes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import sympy as sp

from derive.codegen.repeats import Numbered
from derive.plan.measured import DEFAULT, Measured
from derive.plan.statement import (
    ONES,
    ROWS,
    SHARE,
    SHIFT,
    Along,
    Apply,
    Contract,
    Gemm,
    Part,
    Plain,
    Reduce,
    Ref,
    Repeat,
    Role,
    Size,
    Statement,
    Steps,
    Value,
    View,
)

__all__ = [
    "ONES", "ROWS", "SHARE", "SHIFT", "Along", "Apply", "Contract", "Gemm", "Part", "Plain", "Plan", "Reduce", "Ref",
    "Repeat", "Role", "Size", "Statement", "Steps", "Value", "View",
]


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
    kept: frozenset[str] = frozenset()
    """Memory that goes by its own name still, though it lies in another."""
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
        return self.place(self.parts[name].of) if name in self.parts else name

    def called(self, name: str) -> str:
        """What the text calls a value: by its own name, if the equations have one, or by that of its memory."""
        value = self.values[name]
        if value.role == "value" and value.sizes and not value.nameless or name in self.parts:
            return name
        while name in self.shares and name not in self.kept:
            name = self.shares[name]
        return name if name in self.kept else self.place(name)

    def changed(self, **given: Any) -> Plan:
        """With something else; rounds are rounds of the statements that were there."""
        kept: dict[str, Any] = {"repeats": ()} if "statements" in given else {}
        return replace(self, **kept | given)

    def family(self, name: str) -> Numbered | None:
        """Of which layer a value is; of none where text that no pass reads calls it by its name."""
        return None if name in self.in_text else self.values[name].family

    def only(self, wanted: str) -> Plan:
        """What computes one of its values."""
        found, before = {*self.overlapping(wanted)}, set[str]()
        while found != before:  # in a loop over time something may be read before it is written
            before = {*found}
            for s in reversed(self.statements):
                if {s.out.name, self.root(s.out.name)} & found:
                    found.update([s.out.name, *(name for r in s.of for name in self.overlapping(r.name))])
        statements = tuple(s for s in self.statements if {s.out.name, self.root(s.out.name)} & found)
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

    def is_own(self, name: str) -> bool:
        """Whether one statement makes the whole of it, and nothing else has a part in its memory."""
        return self.values[name].role == "value" and self.writers[name] == 1 and not self.is_parted(name) \
            and not any(name in taken for taken in (self.roots, self.in_text, self.members))

    @cached_property
    def members(self) -> frozenset[str]:
        """Values with a place in a flat buffer, in a gradient, or in what they are views of."""
        return frozenset(name for names in self.arenas.values() for name in names) | {*self.views, *self.seen}

    @cached_property
    def seen(self) -> dict[str, View]:
        """The values that are views of others."""
        return {s.out.name: s for s in (*self.once, *self.statements) if isinstance(s, View)}

    def root(self, name: str) -> str:
        """What a view is a view of, in the end; any other value is its own."""
        while name in self.seen:
            name = self.seen[name].of[0].name
        return name

    @cached_property
    def roots(self) -> frozenset[str]:
        """The values that something is a view of."""
        return frozenset(map(self.root, self.seen))

    @cached_property
    def writers(self) -> Counter[str]:
        """How many statements write into each value, by its name or by a view of it."""
        return Counter(self.root(s.out.name) for s in self.statements if not isinstance(s, View))

    @cached_property
    def filled(self) -> frozenset[str]:
        """Views through which something is written."""
        return frozenset(s.out.name for s in self.statements if s.out.name in self.seen and not isinstance(s, View))

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
        return frozenset(name for s in self.statements if isinstance(s, Plain) for r in (*s.of, s.out)
                         for name in (r.name, self.root(r.name)))

    def names(self, name: str) -> tuple[str, ...]:
        """A value, all that lie in it, and what it is a view of."""
        return (name, *self.arenas.get(name, ()), *([self.root(name)] if name in self.seen else ()))

    def reads(self, start: int = 0) -> Iterator[tuple[int, str]]:
        """Which statement reads which name."""
        for number, statement in enumerate(self.statements[start:], start):
            for ref in statement.of:
                for name in self.names(ref.name):
                    yield number, name
