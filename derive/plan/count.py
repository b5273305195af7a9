"""What a plan costs: operations and memory, per example and beside.

In: a plan. Out: numbers for the header of the file; what keeps the gradients of parts of a minibatch from adding up.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from derive.codegen.lines import WIDTH
from derive.plan.record import ROWS, Apply, Contract, Plain, Plan, Ref, Size, Statement, Value, View

LINEAR = ("np.add", "np.subtract", "np.positive")


@dataclass(frozen=True)
class Count:
    """`each` is counted for every example, `once` for a call."""

    each: int = 0
    once: int = 0

    def plus(self, sizes: list[Size], times: int = 1) -> Count:
        product = times
        for size in sizes:
            product *= 1 if size == ROWS else int(size)
        return Count(self.each + product, self.once) if ROWS in sizes else Count(self.each, self.once + product)


def operations(plan: Plan) -> Count:
    """Multiplications and additions of products, and one for each entry of anything else."""
    found = Count()
    for s in plan.statements:
        sizes = {a: n for ref in (*s.of, s.out) for a, n in zip(ref.axes, plan.value(ref).sizes, strict=False)}
        if not isinstance(s, Plain | View):
            found = found.plus([*sizes.values()], 2 if isinstance(s, Contract) and len(s.of) == 2 else 1)
    return found


def few_of(plan: Plan, s: Statement) -> int:
    """Up to how many examples are few in a product: those with which BLAS multiplies without packing."""
    if not isinstance(s, Contract) or len(s.of) != 2:
        return plan.measured.few
    sizes = {a: n for ref in s.of for a, n in zip(ref.axes, plan.value(ref).sizes, strict=True)}
    each = prod(int(n) for n in sizes.values() if n != ROWS)
    if s.within is not None or len(sizes) > 3:
        return plan.measured.few_of_stacks // each
    depth = each // plan.value(s.out).each
    results = plan.measured.unpacked if depth > plan.measured.deep else plan.measured.few
    return min(plan.measured.few // each, results // plan.value(s.out).each)


def saved(plan: Plan, once: Sequence[Statement]) -> bool:
    """Whether it pays to compute these only once."""
    some, every = operations(plan.changed(statements=tuple(once))), operations(plan)
    typical = plan.measured.typical_rows
    return (some.each * typical + some.once) * plan.measured.least_saving > every.each * typical + every.once


def numbers(values: list[Value]) -> Count:
    """How many numbers these buffers hold."""
    found = Count()
    for value in values:
        found = found.plus([*value.sizes])
    return found


def space(values: Sequence[Value], width: int) -> Count:
    """How many bytes they hold, where a number takes `width`; a truth value takes one."""
    every, truths = numbers([*values]), numbers([v for v in values if v.truth])
    return Count(width * every.each - (width - 1) * truths.each, width * every.once - (width - 1) * truths.once)


def coupled(plan: Plan) -> Statement | None:
    """The first statement that makes the examples depend on each other. Without one, cost and gradients of a minibatch
    are the sums of those of its parts: what is summed over the examples is only added up afterwards, or multiplied by
    what no example changes."""
    totals: set[str] = set()
    for s in plan.statements:
        read = [r for r in s.of if r.name in totals]
        if isinstance(s, Apply) and read:
            if s.function not in LINEAR and not _scales(s, read):
                return s
        elif isinstance(s, Plain) and not s.by_example or read and not isinstance(s, View):
            return s
        if read or _sums_examples(plan, s):
            totals.update([s.out.name, plan.root(s.out.name)])
            if ROWS in plan.value(s.out).sizes:
                return s
    return None


def refusal(plan: Plan) -> list[str]:
    """Why a minibatch cannot be taken in parts, as strings of Python one below the other; none where it can."""
    found = coupled(plan)
    if found is None:
        return []
    notes = [note for s in plan.statements[:plan.statements.index(found) + 1] for note in s.notes]
    needs = f"a part of a minibatch needs all examples, {notes[-1]}" if notes and found.of and not \
        isinstance(found, Plain) else f"{found.out.name} is computed for all examples at once"
    lines = textwrap.wrap(f"max_bytes is not possible for this network: {needs}", WIDTH - 20,
                          break_long_words=False, break_on_hyphens=False, drop_whitespace=False)
    return [f'"{line}"' for line in lines]


def _scales(s: Apply, totals: Sequence[Ref]) -> bool:
    """Whether it multiplies a sum, or divides it, by what is the same for every part."""
    return len(totals) == 1 and (s.function == "np.multiply" or s.function == "np.divide" and s.of[0] in totals)


def _sums_examples(plan: Plan, s: Statement) -> bool:
    """Whether it reads examples and writes none."""
    def has(ref: Ref) -> bool:
        return ROWS in plan.value(ref).sizes

    return not isinstance(s, Apply) and any(map(has, s.of)) and not has(s.out)
