"""Why backpropagation won: what a gradient takes, in operations and memory, against finite differences.

    (C(p + h) - C(p - h)) / 2h  needs the cost twice for every parameter;  backpropagation, a few times in all

In: the equations of the cost. Out: counts taken from the equations, and a text.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from derive.calculus.reverse import reverse
from derive.ir import Derivation
from derive.summary import BYTES, number, operations, size


@dataclass(frozen=True)
class Effort:
    """Operations, unless it says otherwise. Sizes that are letters stay letters."""

    parameters: sp.Expr
    forward: sp.Expr
    both: sp.Expr
    """The cost and all its derivatives."""
    kept: sp.Expr
    """Numbers kept for the way back: the values, and the adjoints."""

    @property
    def differences(self) -> sp.Expr:
        """All derivatives by finite differences: the cost twice for every parameter."""
        return 2 * self.parameters * self.forward

    @property
    def times(self) -> sp.Expr:
        """How many times the cost alone backpropagation takes."""
        return self.both / self.forward


def effort(forward: Derivation) -> Effort:
    """The counts, for one example."""
    full = reverse(forward)
    parameters = sp.Add(*(size(tensor) for tensor in forward.of_role("parameter")))
    there = operations(forward)
    kept = sp.Add(*(size(t) for t in full.tensors if t.role in ("value", "adjoint", "cost")))
    return Effort(parameters, there, operations(full), kept)


def effort_text(counts: Effort) -> str:
    """The counts as a few lines."""
    lines = [
        f"parameters                                 {number(counts.parameters)}",
        f"operations of the cost                     {number(counts.forward)}",
        f"  with all derivatives, backpropagation    {number(counts.both)}{_times(counts.times)}",
        f"  with all derivatives, differences        {_product(counts)}"
        f"{_times(counts.differences / counts.forward)}",
        f"numbers kept for the way back              {number(counts.kept)}"
        f"{_bytes(counts.kept)}",
    ]
    ratio = counts.differences / counts.both
    if ratio.is_number:
        lines.append(f"backpropagation needs {_rounded(float(ratio))} times fewer operations, and is exact: "
                     "differences lose half of all digits")
    return "\n".join(lines)


def _product(counts: Effort) -> str:
    """Differences, in operations; with letters as the product that it is, not multiplied out."""
    if counts.differences.is_Integer:
        return number(counts.differences)
    return f"2*({number(counts.parameters)})*({number(counts.forward)})"


def _times(ratio: sp.Expr) -> str:
    return f"   ({_rounded(float(ratio))} times the cost alone)" if ratio.is_number else ""


def _rounded(value: float) -> str:
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _bytes(numbers: sp.Expr) -> str:
    return f"   ({BYTES * int(numbers) / 1024:,.1f} KiB)" if numbers.is_Integer else ""
