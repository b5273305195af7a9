"""What one name of a backward pass came to, beside what it should be.

    dW2 (2, 3) against dloss/dW2 (3, 2)     equal: False, misfit of shapes
    dW1 = 4 * dloss/dW1                     equal: False, factor "N"

The verdict is made of these elsewhere: equal in every draw is right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from derive.claims.python.values import Array
from derive.points import P, number
from derive.points.field import residue_of
from derive.written.tree import Span

FACTORS = tuple(Fraction(n) for n in ("1", "-1", "2", "-2", "1/2", "-1/2"))
"""Sizes are drawn from 3 on, so that none is mistaken for these."""
NEAR = 1e-6


@dataclass(frozen=True)
class Outcome:
    """One claimed name; `claimed` and `true` are arrays of Numbers, or None where there is none."""

    name: str
    line: int
    column: int
    span: Span
    asserted: str
    equal: bool
    claimed: Array | None = None
    true: Array | None = None
    claimed_shape: tuple[int, ...] | None = None
    true_shape: tuple[int, ...] | None = None
    near: bool = False
    """Whether the real values agree: the second witness."""
    factor: str = ""
    """What the true value is multiplied by, where that is all that is wrong: "N", "-1", "1/2"."""
    fault: str = ""
    """Why there is no value, in words; `covered` is False where that is our lack, not the author's."""
    covered: bool = True
    because: str = ""
    """The wrong name above it which alone makes this one wrong."""
    note: str = ""
    kind: str = "parameter"
    """"parameter" (declared), "value" (computed in the forward pass), "function" or "definition"."""
    reading: str = ""
    """In which way the network was read, where there are several."""


def fits(claimed: tuple[int, ...], true: tuple[int, ...]) -> bool:
    """The same shape, or one that numpy makes it of without repeating an entry: (3,) for (1, 3)."""
    size = int(np.prod(claimed, dtype=int))
    if size != int(np.prod(true, dtype=int)):
        return False
    return size == 1 or tuple(n for n in claimed) == true[len(true) - len(claimed):] if len(claimed) <= len(true) \
        else size == 1


def same(claimed: Array, true: Array) -> bool:
    return all(a == b for a, b in zip(claimed.flat, true.flat, strict=True))


def close(claimed: Array, true: Array) -> bool:
    pairs = [(number(a).real, number(b).real) for a, b in zip(claimed.flat, true.flat, strict=True)]
    scale = max([1, *(abs(b) for _, b in pairs)])
    return all(abs(a - b) <= NEAR * scale for a, b in pairs)


def factor(claimed: Array, true: Array, sizes: Mapping[str, int]) -> str:
    """The constant by which every entry is off, as a text, or nothing."""
    pairs = [(number(a).residue, number(b).residue) for a, b in zip(claimed.flat, true.flat, strict=True)]
    first = next(((a, b) for a, b in pairs if b), None)
    if first is None or not first[0]:
        return ""
    ratio = first[0] * pow(first[1], -1, P) % P
    if any(a != b * ratio % P for a, b in pairs):
        return ""
    named: dict[int, str] = {}
    for fixed in FACTORS:
        named.setdefault(residue_of(fixed), str(fixed) if fixed != 1 else "")
    for letter, n in sizes.items():
        for fixed in FACTORS:
            number_text = {Fraction(1): "", Fraction(-1): "-"}.get(fixed, f"{fixed}*")
            named.setdefault(residue_of(fixed * n), f"{number_text}{letter}")
            named.setdefault(residue_of(fixed / n), f"{number_text}1/{letter}".replace("*1/", "/"))
    return named.get(ratio, "")


def as_array(value: Any) -> Array:
    result = np.empty((), dtype=object)
    result[()] = value
    return value if isinstance(value, np.ndarray) else result
