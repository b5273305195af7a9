"""What tuning tries: each constant at its other values, and each pass left out of a case or run in one more.

In: the record that is the best so far. Out: one coordinate at a time, the records that differ from it there alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from derive.plan.measured import Measured, Pair
from derive.plan.passes import Pass

CONSTANTS = tuple(f.name for f in fields(Measured) if "tried" in f.metadata)
ALIKE = ("few", "many")


@dataclass(frozen=True)
class Candidate:
    """A record, and how it differs from the one beside which it is tried."""

    said: str
    measured: Measured


def values(best: Measured, name: str) -> Sequence[Candidate]:
    """A constant at every value but that of `best`."""
    known = next(f for f in fields(best) if f.name == name)
    return [Candidate(f"{name} = {value:,}", replace(best, **{name: value}))
            for value in (known.default, *known.metadata["tried"]) if value != getattr(best, name)]


def turned(best: Measured, one: Pass, case: str) -> Sequence[Candidate]:
    """A pass left out of a case, or run in it; few and many examples differ in nothing but their number."""
    if not one.timed or not (case in one.cases or case in ALIKE and set(ALIKE) & set(one.cases)):
        return []
    pair = (one.name, case)
    said = f"{'without' if best.runs(*pair, one.cases) else 'with'} {one.name} ({case})"
    if case in one.cases:
        return [Candidate(said, replace(best, without=_other(best.without, pair)))]
    return [Candidate(said, replace(best, also=_other(best.also, pair)))]


def _other(pairs: tuple[Pair, ...], pair: Pair) -> tuple[Pair, ...]:
    """With it if it is not there, without it if it is."""
    return tuple(p for p in pairs if p != pair) if pair in pairs else (*pairs, pair)
