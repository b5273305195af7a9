r"""The value of a term at a point: a number, or an array of numbers.

    \delta^{l+1} (a^l)^T      a column times a row, of random exact numbers

In: a term, a world, and the values of the letters in force. Out: a Number (or Dual), or a NumPy array of them: a
vector is a column or a row. Whatever does not go together raises `Conflict` at its place.
"""

from __future__ import annotations

from dataclasses import dataclass

from derive.claims.applications import Applications
from derive.claims.derivatives import Derivatives
from derive.claims.parts import Parts
from derive.claims.values import Env


@dataclass(frozen=True)
class Evaluation(Derivatives, Applications, Parts):
    """All rules together."""


__all__ = ["Env", "Evaluation"]
