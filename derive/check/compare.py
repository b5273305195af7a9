r"""Two sides of an equation at random points: equal, different, or not to be compared.

    \delta^l_j = ...      for every l for which both sides exist, and every j

In: two terms of a context. Out: `Outcome`. Equality is decided exactly (modulo a prime, derive.points): no tolerance.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from derive.check.readings import prepare
from derive.claims import bounds
from derive.claims import terms as T
from derive.claims.arrays import Identity, OnesLike, Tensor, shape_of, written_out
from derive.claims.context import Context
from derive.claims.evaluate import Env, Evaluation
from derive.claims.inference import Elsewhere, marks_with
from derive.claims.letters import free_letters
from derive.claims.ranges import ROOTED
from derive.claims.refused import Conflict, Refused
from derive.claims.world import World
from derive.errors import DeriveError
from derive.points import Draw, Outside, Small, Unlucky
from derive.written.tree import Span

EQUAL, DIFFERENT, CONFLICT, NOTHING = "equal", "different", "conflict", "nothing"
TRIES = 300
"""A root exists modulo the prime for half of all numbers; with seven roots one point in 128 has them all."""
AGAIN = 1000
"""Attempts at one draw are as far apart; the first few have the same sizes, and so have all others, smaller ones."""
MOST_INSTANCES = 400
FAULTS = (TypeError, ValueError, AttributeError, IndexError, OverflowError, MemoryError)
"""Operations that nobody foresaw between values: one claim of anybody's page must not take the others with it."""


@dataclass(frozen=True)
class Outcome:
    """What comparing the two sides gave. `at` are the values of the free letters where they differ."""

    kind: str
    what: str = ""
    span: Span | None = None
    at: tuple[tuple[str, int], ...] = ()
    left: Any = None
    right: Any = None
    entry: tuple[int, ...] = ()
    conflict: str = ""


@dataclass
class Points:
    """The worlds of a context, made when they are first needed and shared by all its claims."""

    context: Context
    demands: frozenset[tuple[str, int]] = frozenset()
    worlds: dict[tuple[str, int, str], World] = field(default_factory=dict)
    sizes: dict[tuple[int, bool], World] = field(default_factory=dict)
    lucky: dict[tuple[int, str], int] = field(default_factory=dict)
    """Of each draw the attempt at which every root existed."""
    meter: bounds.Meter = field(default_factory=bounds.Meter)

    def world(self, layout: str, number: int, kind: str = "exact") -> World:
        key = (layout, number, kind)
        if key not in self.worlds:
            draw = {"exact": lambda: Draw(number), "real": lambda: Draw(number, 40),
                    "small": lambda: Small(number, 30)}[kind]()
            world = self._sized(number % AGAIN + (ROOTED if number >= ROOTED else 0), kind == "small").at(
                draw, number, layout.split()[0])
            prepare(world, layout)
            self.worlds[key] = world
        return self.worlds[key]

    def _sized(self, number: int, small: bool) -> World:
        """A world with the sizes of this draw; another point of the same sizes costs no inference."""
        if (number, small) not in self.sizes:
            draw = Small(number, 30) if small else Draw(number)
            self.sizes[number, small] = World(self.context, draw, number, "mixed", self.demands, self.meter)
        return self.sizes[number, small]

    @cached_property
    def evaluations(self) -> dict[tuple[str, int, str], Evaluation]:
        return {}

    def evaluation(self, layout: str, number: int, kind: str = "exact") -> Evaluation:
        key = (layout, number, kind)
        if key not in self.evaluations:
            self.evaluations[key] = Evaluation(self.world(layout, number, kind))
        return self.evaluations[key]


def compare(points: Points, left: T.Term, right: T.Term, layout: str, number: int, kind: str = "exact") -> Outcome:
    """The two sides at one point; another point where this one cannot serve (a root of a negative number)."""
    for attempt in attempts(points, number, kind):
        try:
            outcome = _compare(points.evaluation(layout, number + AGAIN * attempt, kind), left, right)
            points.lucky[number, kind] = attempt
            return outcome
        except Conflict as conflict:
            return Outcome(CONFLICT, conflict.what, conflict.span, conflict=conflict.kind)
        except (Unlucky, Outside, ZeroDivisionError):
            continue
        except DeriveError:
            raise
        except FAULTS:
            return Outcome("open", "something in it cannot be computed here", left.span)
    return Outcome(NOTHING, "no point was found at which both sides have a value")


def attempts(points: Points, number: int, kind: str) -> Iterator[int]:
    """Which points to try for a draw: first the one that served before."""
    lucky = points.lucky.get((number, kind), 0)
    yield lucky
    yield from (attempt for attempt in range(TRIES) if attempt != lucky)


def _compare(evaluation: Evaluation, left: T.Term, right: T.Term) -> Outcome:
    seen = 0
    for env in instances(evaluation, left, right):
        try:
            one, other = evaluation.term(left, env), evaluation.term(right, env)
        except Elsewhere:
            continue
        except Conflict as conflict:
            return Outcome(CONFLICT, conflict.what, conflict.span, _told(env), conflict=conflict.kind)
        seen += 1
        outcome = difference(one, other, left.span)
        if outcome.kind != EQUAL:
            return Outcome(outcome.kind, outcome.what, outcome.span, _told(env), outcome.left, outcome.right,
                           outcome.entry, outcome.conflict)
        if seen >= MOST_INSTANCES:
            break
    if not seen:
        return Outcome(NOTHING, "there is no layer, step or example at which both sides exist")
    return Outcome(EQUAL)


def _told(env: Env) -> tuple[tuple[str, int], ...]:
    return tuple((name, value) for name, value in env.items() if not name.startswith("first") and name != "beyond")


def instances(evaluation: Evaluation, *terms: T.Term) -> Iterator[Env]:
    """The values of the free indices: of marks first, since the lengths of axes can depend on them."""
    letters = tuple(dict.fromkeys(name for term in terms for name in free_letters(term)))
    marking = [name for name in letters if any(marks_with(term, name) for term in terms)]
    yield from _run(evaluation, terms, [*marking, *(n for n in letters if n not in marking)],
                    dict(evaluation.world.reading), len(marking))


def _run(evaluation: Evaluation, terms: tuple[T.Term, ...], letters: list[str], env: Env,
         marking: int) -> Iterator[Env]:
    if not letters:
        if evaluation.allowed(env):
            yield env
        return
    name = letters[0]
    try:
        values = _values(evaluation, terms, name, env, marking > 0)
    except Elsewhere:
        return
    for value in values:
        yield from _run(evaluation, terms, letters[1:], {**env, name: value}, marking - 1)


def _values(evaluation: Evaluation, terms: tuple[T.Term, ...], name: str, env: Env, marks: bool) -> range:
    if marks:
        return evaluation.world.range_of(name)
    parted = bool(evaluation.world.context.parted) and name in terms[0].free  # the left side may be about one part
    extent = evaluation.extent(terms[0] if parted else T.Sum(terms[0].span, terms), name, env)
    first = env.get("first", evaluation.world.first)
    return range(first, extent + first) if extent else evaluation.world.range_of(name)


def difference(one: Any, other: Any, span: Span) -> Outcome:
    """The first entry in which two values differ."""
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        one, other = one.array, other.array
    if isinstance(one, Identity) and isinstance(other, Identity):
        return Outcome(EQUAL) if one == other else Outcome(DIFFERENT, "", span)
    with suppress(Conflict):
        one, other = written_out(one, other, span)
    if isinstance(one, OnesLike | Tensor | Identity) or isinstance(other, OnesLike | Tensor | Identity):
        return Outcome(CONFLICT, "one side is a derivative that no matrix holds", span, conflict="tensor")
    if getattr(one, "shape", ()) != getattr(other, "shape", ()):
        if not isinstance(other, np.ndarray) and isinstance(one, np.ndarray) and other == 0:
            other = np.full(one.shape, other, dtype=object)
        else:
            return Outcome(CONFLICT, f"the left side is {shape_of(one)}, the right side {shape_of(other)}", span,
                           left=one, right=other, conflict="sides")
    if not isinstance(one, np.ndarray):
        return Outcome(EQUAL) if one == other else Outcome(DIFFERENT, "", span, (), one, other)
    for at in np.ndindex(one.shape):
        if one[at] != other[at]:
            return Outcome(DIFFERENT, "", span, (), one[at], other[at], at)
    return Outcome(EQUAL)


__all__ = ["Points", "Outcome", "Refused", "compare", "difference", "free_letters", "instances"]
