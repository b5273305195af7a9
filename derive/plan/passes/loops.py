"""Equal layers are found, and said once: what is written is a loop.

    tanh(a2);  tanh(a3);  tanh(a4);  ...      is      for layer in range(2, 11): tanh(a[layer])

It comes after every pass, so that each of them sees every layer. The statements stay what they are.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, groupby
from math import prod

from derive.plan.record import ROWS, Apply, Contract, Plain, Plan, Reduce, Ref, Repeat, Size, Statement, Value, View
from derive.plan.runs import Row, Runs


def looped(plan: Plan) -> Plan:
    """The same statements, and which of them are rounds of one."""
    parts = [*_whole(plan.statements)]
    at = [0, *accumulate(map(len, parts))]
    found = Runs([_joint(plan, part) for part in parts]).found()
    return plan.changed(repeats=tuple(
        Repeat(at[r.start], at[r.start + r.period] - at[r.start], r.count, r.first, r.step, r.moving) for r in found))


def _whole(statements: Sequence[Statement]) -> Iterator[Sequence[Statement]]:
    """What no round of a loop over layers may hold a part of: a statement, or all those within one loop over time."""
    for within, part in groupby(statements, lambda s: s.within):
        members = [*part]
        yield from [members] if within is not None else ([s] for s in members)


def _joint(plan: Plan, part: Sequence[Statement]) -> Row:
    """The pieces of all of them, and of the loop over time around them."""
    rows, loop = [_row(plan, s) for s in part], part[0].within
    around = replace(loop, number=0) if loop is not None else None
    return Row((around, *(piece for row in rows for piece in row.pieces)),
               frozenset[int]().union(*(row.about for row in rows)), any(row.begins for row in rows))


def _row(plan: Plan, s: Statement) -> Row:
    if isinstance(s, Plain):
        return Row((("plain", s.out.name, s.lines),), begins=bool(s.notes))
    noted = [piece for note in s.notes for piece in (note.shape, *note.names)]
    said = (s.function, s.each) if isinstance(s, Apply | Reduce) else s.places if isinstance(s, View) else (s.gemm,)
    pieces = (*noted, type(s).__name__, *said, *_sizes(plan, s),
              *(piece for ref in (s.out, *s.of) for piece in _pieces(plan, ref)))
    about = frozenset(note.names[0].number for note in s.notes if note.names)
    return Row(pieces, about, bool(s.notes))


def _pieces(plan: Plan, ref: Ref) -> Iterator[Hashable]:
    """What the text of a reference depends on."""
    value, name = plan.value(ref), plan.called(ref.name)
    at = plan.place(ref.name)
    given = at in plan.seen and plan.values[plan.root(at)].role == "data"  # which no view is made of before a call
    yield (ref.axes, value.role, bool(value.sizes), ref.name in plan.flipped)
    yield name if given else plan.family(name) or name


def _sizes(plan: Plan, s: Statement) -> Iterator[Hashable]:
    """The sizes that the text of a product depends on, as far as it does."""
    values = [plan.value(ref) for ref in (s.out, *s.of)]
    if isinstance(s, Contract) and (s.blocks or max(len(v.sizes) for v in values) > 2):
        yield (s.blocks, *(v.sizes for v in values))
    elif isinstance(s, View) or isinstance(s, Apply | Reduce) and s.each:
        yield tuple(v.sizes for v in values)
    elif isinstance(s, Contract) and len(s.of) == 1:
        yield tuple(n for a, n in zip(s.of[0].axes, values[1].sizes, strict=True) if a not in s.out.axes)
    elif isinstance(s, Contract):
        yield (is_large(plan, values[0]),)


def is_large(plan: Plan, value: Value) -> bool:
    """Whether to fill it with zeros first, as `dot` does, is felt."""
    return ROWS not in value.sizes and _entries(value.sizes) >= plan.measured.cleared


def _entries(sizes: tuple[Size, ...]) -> int:
    return prod(int(n) for n in sizes)
