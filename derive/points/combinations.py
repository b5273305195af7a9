r"""What is known to be a sum of known things: u = c1*u1 + c2*u2 + c3*u3 with small rational c.

    exp(z - m)  where exp(z) and exp(m) are known:   z - m = 1*z + (-1)*m   so   exp(z - m) = exp(z)/exp(m)

Sums of one term with many coefficients, of two with few, of three with coefficients 1 and -1, all looked up
by residue. A hit must hold in the real channel as well, so that chance (1 in 2^40) makes no identity.
`plus` and `times` say what a sum is: of arguments, or, for logarithms, a product of values.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from derive.points.field import Unlucky

Terms = tuple[tuple[int, Fraction], ...]
"""Which of the known elements, and how often."""
ONE = [Fraction(s) for s in (1, -1)]
FEW = [*ONE, *(s * c for c in (Fraction(2), Fraction(1, 2)) for s in ONE)]
MANY = [*FEW, *(s * Fraction(c) for c in ("3", "4", "5", "6", "8", "3/2", "1/3", "2/3", "1/4", "3/4") for s in ONE)]
CLOSE = 1e-6
PAIRS_UP_TO = 80
"""From so many elements on, sums of three are no longer looked for."""


class Combinations:
    """Elements, and every small combination of them that is worth remembering.

    `coefficients` starts with FEW, and FEW with ONE: the first ones are tried in longer sums.
    """

    def __init__(self, plus: Callable[[int, int], int], times: Callable[[int, Fraction], int],
                 coefficients: list[Fraction]) -> None:
        self.plus, self.times, self.coefficients = plus, times, coefficients
        self.reals: list[Any] = []
        self.single: dict[int, Terms] = {}
        self.few: list[tuple[int, Terms]] = []
        self.ones: list[tuple[int, Terms]] = []
        self.pair: dict[int, Terms] = {}

    def add(self, element: int, real: Any) -> None:
        """Remember a new element; `real` is its real value as a summand."""
        here = len(self.reals)
        self.reals.append(real)
        before = list(self.ones) if here < PAIRS_UP_TO else []
        for place, c in enumerate(self.coefficients):
            try:
                multiple = self.times(element, c)
            except Unlucky:  # a value that is no square has no half logarithm
                continue
            terms = ((here, c),)
            self.single.setdefault(multiple, terms)
            if place < len(FEW):
                self.few.append((multiple, terms))
            if place < len(ONE):
                self.ones.append((multiple, terms))
                for other, known in before:
                    self.pair.setdefault(self.plus(multiple, other), known + terms)

    def find(self, element: int, real: Any) -> Terms | None:
        """The combination that this element is."""
        if self._right(found := self.single.get(element, ()), real):
            return found
        for some, table in ((self.few, self.single), (self.ones, self.pair)):
            for multiple, terms in some:  # with each multiple its negative is there: element - x = y
                rest = table.get(self.plus(element, multiple))
                if rest is not None:
                    found = (*((i, -c) for i, c in terms), *rest)
                    if self._right(found, real):
                        return found
        return None

    def _right(self, terms: Terms, real: Any) -> bool:
        if not terms:
            return False
        parts = [self.reals[i] * c.numerator / c.denominator for i, c in terms]
        return bool(abs(sum(parts) - real) <= CLOSE * max(1, *map(abs, parts)))
