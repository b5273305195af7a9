r"""How large what a claim asks for may be: beyond these bounds the answer is "undecided", with the bound as its reason.

    \sum_{i=1}^{10^9} x_i      more values of an index than MOST_VALUES

In: what a claim and its context ask for. Out: nothing, or `Refused(open=True)`. All bounds on the work of deciding
stand here, so that no text, whoever wrote it, keeps the checker busy for long. They count steps, not seconds: the same
verdict on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from derive.claims.refused import Refused
from derive.written.tree import Span

MOST_VALUES = 400
"""Of an index, of a mark, and of all the indices of one sum together."""
MOST_ENTRIES = 1200
"""Of an array."""
MOST_DIGITS = 400
"""Before or after the point of a constant, however it is written (1e400)."""
LARGEST_POWER = 1000
"""Of a matrix; and how often a function may be derived is `MOST_PRIMES`."""
MOST_PRIMES = 8
LARGEST_SIZE = 12
"""A size that is declared as a larger number (784) counts as a letter: any small size serves as well."""
MOST_STEPS = 400_000
"""Entries computed to judge one formula, counted with their derivatives."""
MOST_MENDING = 800_000
"""Entries computed to find the smallest edit that mends one formula."""
LONGEST_MENDED = 1500
"""Characters of a wrong formula for which an edit is sought."""
NOWHERE = Span(0, 0)


@dataclass
class Meter:
    """What may still be spent on a formula."""

    left: int = MOST_STEPS

    def spend(self, steps: int, span: Span = NOWHERE) -> None:
        self.left -= steps
        if self.left < 0:
            raise Refused("this takes too long to compute", span,
                          "Check it in parts, or with smaller numbers.", open=True)


def values(count: int, span: Span = NOWHERE) -> None:
    """As many values of indices."""
    if count > MOST_VALUES:
        raise Refused(f"an index runs over {told(count)} values, more than {MOST_VALUES}", span,
                      r"Write a letter for the last one: \sum_{i=1}^{n}.", open=True)


def entries(shape: tuple[int, ...], span: Span = NOWHERE) -> None:
    """An array of this shape."""
    if prod(shape) > MOST_ENTRIES:
        raise Refused(f"an array has {told(prod(shape))} entries, more than {MOST_ENTRIES}", span,
                      "Declare its sizes as letters: they stand for any size.", open=True)


def power(exponent: int, span: Span = NOWHERE) -> None:
    """A matrix to this power."""
    if exponent > LARGEST_POWER:
        raise Refused(f"the power {told(exponent)} of a matrix is too large to compute", span,
                      f"Check it with an exponent up to {LARGEST_POWER}.", open=True)


def primes(order: int, span: Span = NOWHERE) -> None:
    """A function derived as often."""
    if order > MOST_PRIMES:
        raise Refused(f"a function is derived {told(order)} times, more than {MOST_PRIMES}", span, open=True)


def digits(text: str, span: Span = NOWHERE) -> None:
    """A constant, as it is written."""
    _, _, exponent = text.lower().partition("e")
    if len(exponent) > 5 or abs(int(exponent or 0)) > MOST_DIGITS:
        raise Refused(f"the number {text[:12]}... has too many digits" if len(text) > 12 else
                      f"the number {text} has too many digits", span, open=True)


def told(count: int) -> str:
    """A count in words of few digits."""
    return f"{count:,}" if count < 10 ** 15 else f"about 10^{len(str(count)) - 1}"
