r"""What exp, log, sin and cos are modulo P: tables that keep the laws of these functions.

    exp(u + v) = exp(u) exp(v)      log(a b) = log a + log b      log(exp v) = v      exp(c v) = exp(v)^c
    (cos, sin)(u + v) = (cos u, sin u) (cos v, sin v)   as complex numbers of length 1

The value at an argument that is no small combination of known ones is random: nothing but the laws relates
the values, which is all that a right formula may use.
"""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

from derive.points.combinations import FEW, MANY, Combinations
from derive.points.field import P, inverse, power, residue_of

Turn = tuple[int, int]
"""Cosine and sine."""
PARTS = 12
"""A turn is kept as the 12th power of another one, so that halves, thirds and quarters of an angle exist."""
POWERS = MANY[:len(FEW)] + [c for c in MANY[len(FEW):] if abs(c) in (3, 4, Fraction(1, 3), Fraction(1, 4))]
SCALES = {c: residue_of(c) for c in MANY}


def _sums() -> Combinations:
    return Combinations(lambda a, b: (a + b) % P, lambda a, c: a * SCALES[c] % P, MANY)


def _products() -> Combinations:
    return Combinations(lambda a, b: a * b % P, power, POWERS)


class Exponential:
    """exp and log: pairs of an argument and its value."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.arguments, self.values = _sums(), _products()
        self.atoms: list[tuple[int, int, Any]] = []
        self.known: dict[int, int] = {0: 1}
        self.logs: dict[int, int] = {1: 0}
        self.with_logs = False

    def exp(self, argument: int, real: Any) -> int:
        if argument not in self.known:
            terms = self.arguments.find(argument, real)
            if terms is None:
                self._atom(argument, self.random.randrange(1, P) ** 2 % P, real)
            else:
                value = 1
                for i, c in terms:
                    value = value * power(self.atoms[i][1], c) % P
                self.known[argument] = value
        return self.known[argument]

    def log(self, value: int, real: Any) -> int:
        """The logarithm; `real` is its real value."""
        if not self.with_logs:  # most claims have no logarithm: then this half stays empty
            self.with_logs = True
            for _, known, its in self.atoms:
                self.values.add(known, its)
        if value not in self.logs:
            terms = self.values.find(value, real)
            if terms is None:
                self._atom(self.random.randrange(1, P), value, real)
            else:
                self.logs[value] = sum(self.atoms[i][0] * SCALES[c] for i, c in terms) % P
                self.known.setdefault(self.logs[value], value)
        return self.logs[value]

    def _atom(self, argument: int, value: int, real: Any) -> None:
        self.atoms.append((argument, value, real))
        self.arguments.add(argument, real)
        self.known[argument] = value
        self.logs[value] = argument
        if self.with_logs:
            self.values.add(value, real)


class Circle:
    """sin and cos: pairs of an angle and its turn."""

    def __init__(self, random: Random, pi: int, real_pi: Any) -> None:
        self.random = random
        self.angles = _sums()
        self.atoms: list[Turn] = []
        self.known: dict[int, Turn] = {0: (1, 0)}
        half = Fraction(1, 2)
        six, two, quarter = power(6, half), power(2, half), inverse(4)
        self._atom(pi, ((six + two) * quarter % P, (six - two) * quarter % P), real_pi)

    def turn(self, angle: int, real: Any) -> Turn:
        if angle not in self.known:
            terms = self.angles.find(angle, real)
            if terms is None:
                self._atom(angle, self._random_turn(), real)
            else:
                value = (1, 0)
                for i, c in terms:
                    value = _product(value, _times(self.atoms[i], int(c * PARTS)))
                self.known[angle] = value
        return self.known[angle]

    def _random_turn(self) -> Turn:
        t = self.random.randrange(1, P)
        below = inverse(1 + t * t)
        return (1 - t * t) * below % P, 2 * t * below % P

    def _atom(self, angle: int, part: Turn, real: Any) -> None:
        self.atoms.append(part)
        self.angles.add(angle, real)
        self.known[angle] = _times(part, PARTS)


def _product(one: Turn, other: Turn) -> Turn:
    (a, b), (c, d) = one, other
    return (a * c - b * d) % P, (a * d + b * c) % P


def _times(one: Turn, count: int) -> Turn:
    if count < 0:
        one, count = (one[0], -one[1] % P), -count
    result = (1, 0)
    for _ in range(count):
        result = _product(result, one)
    return result


class Odd:
    """A function of which nothing is used but its slope and f(-x) = -f(x): erf, arctan."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.known: dict[int, int] = {0: 0}

    def value(self, argument: int) -> int:
        if argument not in self.known:
            self.known[argument] = self.random.randrange(1, P)
            self.known[-argument % P] = -self.known[argument] % P
        return self.known[argument]
