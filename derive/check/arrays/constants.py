"""Which factor a number is: 2, m, 1/m, -1, the width of the output, lambda."""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.check.arrays.backward import Backward

CLOSE = 1e-6
"""A fitted factor is named by a constant this near; the verdict itself compares every entry with the constant."""
MEANS = {"m": ": the mean over the examples is missing",
         "2m": ": the mean over the examples is missing, and the factor 1/2 of a square"}


def constants(backward: Backward) -> list[tuple[str, float]]:
    """The numbers that go missing in gradients, by name; the best-known first."""
    found: list[tuple[str, float]] = [("2", 2.0)]
    for tensor in backward.model.of_role("data"):
        for axis, extent in zip(tensor.axes, np.shape(backward.given[tensor.name]), strict=False):
            name = "m" if axis.kind == "sample" else f"the width of {tensor.name}"
            found += [(name, float(extent)), *([("2m", 2.0 * extent)] if name == "m" else [])]
    for tensor in backward.model.of_role("constant"):
        value: Any = backward.given.get(tensor.name, tensor.value)
        if value is not None and np.ndim(value) == 0:
            found.append((tensor.name, float(value)))
    return [(name, value) for name, value in dict.fromkeys(found) if value not in (0.0, 1.0)]


def exact_factor(backward: Backward, t: float) -> float:
    """The named factor that t is, up to rounding; else t."""
    return next((value for _, value, _ in _factors(backward) if abs(t - value) <= CLOSE * abs(value)), _whole(t))


def named_factor(backward: Backward, t: float) -> tuple[str, str]:
    """(the mistake's name, "m = 20 times too large")."""
    found = [(name, kind) for name, value, kind in _factors(backward) if abs(t - value) <= CLOSE * abs(value)]
    if not found:
        shown = f"{t:.6g}" if abs(t - 1) > 1e-3 else f"1 {'+' if t > 1 else '-'} {abs(t - 1):.3g}"
        return "factor", f"{shown} times what it should be"
    words = " or ".join(dict.fromkeys(name for name, _ in found))
    hint = ": another batch size would tell which" if len(found) > 1 and " m = " in f" {words}" else ""
    return found[0][1], words + hint


def _factors(backward: Backward) -> list[tuple[str, float, str]]:
    table: list[tuple[str, float, str]] = [("of the wrong sign", -1.0, "sign")]
    for name, value in constants(backward):
        average = "mean_for_sum" if name in MEANS else "factor"
        total = "sum_for_mean" if name in MEANS else "factor"
        note = MEANS.get(name, "")
        large, small = _words(name, value)
        table += [(large + note, value, total), (small, 1 / value, average),
                  (f"{large} and of the wrong sign", -value, "factor"),
                  (f"{small} and of the wrong sign", -1 / value, "factor")]
    return table


def _words(name: str, value: float) -> tuple[str, str]:
    """For what was multiplied by the number, and for what was divided by it."""
    times = f"{name} = {value:g}" if name != f"{value:g}" else name
    if 0 < value < 1:
        return f"multiplied by {times}", f"multiplied by 1/{name} = {1 / value:g}"
    return f"{times} times too large", f"{times} times too small"


def _whole(t: float) -> float:
    """A whole number where t is one up to rounding; not 1, which would be no factor at all."""
    if not np.isfinite(t):
        return t
    return float(round(t)) if abs(t - round(t)) <= CLOSE and round(t) != 1 else t
