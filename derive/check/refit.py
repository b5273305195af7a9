r"""The numbers of a formula solved for: which of them, changed, make a side equal to what it must be.

    dC/dw = 4.5 w - 1.5      ->      the 1.5 must be 2.4: the same rational number at every point

In: a side of a claim, its numbers and its terms as unknowns. Out: the places with what belongs there. A side is affine
in its unknowns or they are left alone, so this is one linear system modulo the prime, over the entries at all points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from derive.check.trial import Trial
from derive.mistake import Edit
from derive.points.field import P, inverse
from derive.points.number import Number
from derive.written import tree as W

DRAWS = (1, 2, 3)
MOST_UNKNOWNS, LARGEST = 8, 10_000
Column = list[int]
TERMS = {Fraction(-1): ("sign", "The sign of the term ${}$ is wrong."),
         Fraction(0): ("spurious_path", "The term ${}$ does not belong: through this path the variable does not act.")}
FACTOR = "The term ${}$ has the wrong factor: it must be ${}$."


@dataclass(frozen=True)
class Unknown:
    """A number of a formula, or the factor 1 that stands unwritten before one of its terms."""

    span: W.Span
    value: Fraction
    term: bool
    decimal: bool = False

    def written(self, source: str, value: Fraction) -> str:
        if not self.term:
            return _text(value, self.decimal)
        whole = source[self.span.start:self.span.stop]
        return f"{_text(value, False)} {whole}" if value != -1 else f"(-{whole})"


def solved(trial: Trial, part: int, reference: int) -> tuple[tuple[Unknown, Fraction], ...]:
    """The fewest numbers that have to change: one of them, else all together; then the same of the terms."""
    target = _column(trial, trial.side_text(reference), reference)
    now = _column(trial, trial.side_text(part), part)
    if target is None or now is None or len(target) != len(now) or not 0 < len(now):
        return ()
    wanted = [(a - b) % P for a, b in zip(target, now, strict=True)]
    side = trial.tree.parts[part]
    for unknowns in (tuple(_numbers(side)), tuple(_terms(side))):
        found = _solved(trial, part, unknowns[:MOST_UNKNOWNS], now, wanted)
        if found:
            return found
    return ()


def refitted(claim: str, part: int, unknown: Unknown, value: Fraction) -> Edit:
    """The edit that puts the value in."""
    now, new = claim[unknown.span.start:unknown.span.stop], unknown.written(claim, value)
    if not unknown.term:
        return Edit(unknown.span, new, f"The number ${now}$ is wrong: it must be ${new}$.", "numeric_constant", 0, part)
    name, said = TERMS.get(value, ("factor", FACTOR))
    return Edit(unknown.span, "0" if not value else new, said.format(now, new), name, 0, part)


def _solved(trial: Trial, part: int, unknowns: Sequence[Unknown], now: Column, wanted: Column
            ) -> tuple[tuple[Unknown, Fraction], ...]:
    pairs = [(one, slope) for one in unknowns if (slope := _slope(trial, part, one, now)) is not None]
    for one, slope in pairs:
        if (by := _system([slope], wanted)) is not None:
            return ((one, one.value + by[0]),)
    by = _system([slope for _, slope in pairs], wanted) if len(pairs) > 1 else None
    return tuple((one, one.value + d) for (one, _), d in zip(pairs, by, strict=True) if d) if by is not None else ()


def _slope(trial: Trial, part: int, unknown: Unknown, now: Column) -> Column | None:
    """How much the side changes with the unknown, where it is affine in it."""
    base = trial.tree.parts[part].span.start
    text, found = trial.side_text(part), []
    for step in (1, 2):
        start, stop = unknown.span.start - base, unknown.span.stop - base
        new = unknown.written(trial.claim, unknown.value + step)
        column = _column(trial, text[:start] + new + text[stop:], part)
        if column is None or len(column) != len(now):
            return None
        found.append([(a - b) % P for a, b in zip(column, now, strict=True)])
    affine = all((2 * a - b) % P == 0 for a, b in zip(*found, strict=True))
    return found[0] if affine and any(found[0]) else None


def _column(trial: Trial, text: str, part: int) -> Column | None:
    """The values of a side at several points, entry by entry."""
    found: Column = []
    for draw in DRAWS:
        values = trial.values(text, part, draw)
        if values is None:
            return None
        for value in values:
            for one in value.ravel() if isinstance(value, np.ndarray) else [value]:
                if not isinstance(one, Number):
                    return None
                found.append(one.residue)
    return found


def _system(columns: list[Column], wanted: Column) -> list[Fraction] | None:
    """The one solution in small rational numbers of: the columns, so many times each, add up to what is wanted."""
    rows = [[*row, right] for *row, right in zip(*columns, wanted, strict=True)]
    size = len(columns)
    for at in range(size):
        pivot = next((i for i in range(at, len(rows)) if rows[i][at]), None)
        if pivot is None:
            return None
        rows[at], rows[pivot] = rows[pivot], rows[at]
        scale = inverse(rows[at][at])
        rows[at] = [value * scale % P for value in rows[at]]
        rows = [row if i == at or not row[at] else
                [(a - row[at] * b) % P for a, b in zip(row, rows[at], strict=True)] for i, row in enumerate(rows)]
    if len(rows) <= size or any(row[-1] for row in rows[size:]):
        return None
    values = [_rational(row[-1]) for row in rows[:size]]
    return [value for value in values if value is not None] if None not in values else None


def _rational(residue: int) -> Fraction | None:
    """The small rational number with this residue."""
    (a, s), (b, t) = (P, 0), (residue, 1)
    while b > LARGEST:
        (a, s), (b, t) = (b, t), (a % b, s - a // b * t)
    return Fraction(b, t) if t and abs(t) <= LARGEST else None


def _numbers(side: W.Node) -> Iterator[Unknown]:
    """The numbers that are written, not those in marks and exponents; a fraction of two is one."""
    if isinstance(side, W.Mark):
        return
    if isinstance(side, W.Fraction) and isinstance(side.top, W.Number) and isinstance(side.bottom, W.Number):
        if int(Fraction(side.bottom.text)):
            yield Unknown(side.span, Fraction(side.top.text) / Fraction(side.bottom.text), False)
        return
    if isinstance(side, W.Number):
        yield Unknown(side.span, Fraction(side.text), False, "." in side.text)
    for child in side.children():
        yield from _numbers(child)


def _terms(side: W.Node) -> Iterator[Unknown]:
    for term in side.terms if isinstance(side, W.Add) else ():
        inner = term.content if isinstance(term, W.Negative) else term
        yield Unknown(inner.span, Fraction(1), True)


def _text(value: Fraction, decimal: bool) -> str:
    if value.denominator == 1:
        return str(value)
    exact = value * 10 ** 6
    if decimal and exact.denominator == 1:
        return f"{float(value):.6f}".rstrip("0")
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"
