"""What a Python claim computes with: exact scalars, arrays of points, lists and dictionaries of these.

    4.5   Fraction(9, 2)      np.zeros((2, 3))   an object array of Numbers      y   an array of integers

Scalars that the text fixes stay exact (int, Fraction); arrays hold `points.Number`; masks and labels are
numpy's own bool and int64. `Budget` bounds what one run may do: steps and entries, so that no text can hang.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from derive.errors import DeriveError
from derive.points import Dual, Number

Value = Any
"""int | bool | Fraction | Number | str | None | slice | ndarray | list | tuple | dict | range | Callable."""
Array = npt.NDArray[Any]
MOST_ENTRIES = 4096
MOST_BITS = 2048
MOST_STEPS = 400_000


class Fault(DeriveError):
    """What numpy would refuse, or what cannot be computed: the formula is wrong, or was not covered."""


class Misfit(Fault):
    """Shapes that do not go together: the formula is wrong."""


class Unread(Fault):
    """A name or function that nobody explained."""


@dataclass(frozen=True)
class Broken:
    """Stands in a variable whose formula failed; whoever reads it fails for the same reason."""

    fault: Fault


@dataclass
class Budget:
    """Entries computed so far, of at most `limit`."""

    limit: int = MOST_STEPS
    spent: int = 0

    def spend(self, entries: int) -> None:
        self.spent += entries + 1
        if self.spent > self.limit:
            raise Fault(f"the formula takes more than {self.limit} steps", do="Give fewer loops, or shorter ones.")


@dataclass(frozen=True)
class Entries:
    """How to make a Number of an exact scalar, and what exp, log, ... are for one."""

    constant: Callable[[Fraction], Any]
    apply: Callable[..., Any]

    def boxed(self, value: Value) -> Any:
        """One entry as a Number."""
        if isinstance(value, (bool, int, np.integer, np.bool_)):
            return self.constant(Fraction(int(value)))
        return self.constant(value) if isinstance(value, Fraction) else value

    def array(self, value: Value) -> Array:
        """The value as an array of Numbers."""
        given = stacked(value)
        if given.dtype == object and given.size and not _exact(given):
            return given
        result = np.empty(given.shape, dtype=object)
        for at in np.ndindex(given.shape):
            result[at] = self.boxed(given[at])
        return result

    def full(self, shape: tuple[int, ...], value: int) -> Array:
        result = np.empty(shape, dtype=object)
        result[...] = self.constant(Fraction(value))
        return result


def _exact(array: Array) -> bool:
    return any(isinstance(v, (int, Fraction)) for v in array.flat)


def stacked(value: Value) -> Array:
    """A value as an array; a nested list as numpy stacks it."""
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, range):
        return np.arange(value.start, value.stop, value.step)
    if isinstance(value, (list, tuple)):
        parts = [stacked(v) for v in value]
        if len({p.shape for p in parts}) > 1:
            raise Misfit("the entries of the list have different shapes: " + ", ".join(str(p.shape) for p in parts[:6]))
        if not parts:
            return np.zeros(0, dtype=np.int64)
        return np.stack([p if p.dtype != object else p for p in parts])
    if isinstance(value, (bool, np.bool_)):
        return np.array(bool(value))
    if isinstance(value, (int, np.integer)):
        return np.array(int(value), dtype=np.int64 if abs(int(value)) < 2**62 else object)
    if value is None or isinstance(value, (str, dict, slice)) or callable(value):
        raise Fault(f"{named(value)} stands where a number is needed")
    if not isinstance(value, (Number, Dual, Fraction)):
        raise Fault("a name that nobody explained stands where a number is needed")
    result = np.empty((), dtype=object)
    result[()] = value
    return result


def named(value: Value) -> str:
    """What a value is, in a beginner's words."""
    kinds: tuple[tuple[Any, str], ...] = (
        (np.ndarray, "an array"), (str, "text"), (dict, "a dictionary"), (list, "a list"), (tuple, "a tuple"),
        (type(None), "None"), (slice, "a slice"), (range, "a range"))
    other = "a function" if callable(value) else "a number"
    return next((word for kind, word in kinds if isinstance(value, kind)), other)


def bounded(value: Value) -> Value:
    """The same value; refused when it is too large to go on with."""
    if isinstance(value, np.ndarray) and value.size > MOST_ENTRIES:
        raise Fault(f"an array of shape {value.shape} has more than {MOST_ENTRIES} entries")
    if isinstance(value, bool):
        return value
    exact = Fraction(value) if isinstance(value, (int, Fraction)) else Fraction(0)
    if max(exact.numerator.bit_length(), exact.denominator.bit_length()) > MOST_BITS:
        raise Fault("a number of the formula is too large to compute with")
    return value


def scalar(value: Value) -> Value:
    """numpy's own scalars as Python's."""
    if isinstance(value, np.ndarray) and value.shape == () and value.dtype == object:
        return value[()]
    if isinstance(value, np.bool_):
        return bool(value)
    return int(value) if isinstance(value, np.integer) else value


def shape(value: Value) -> tuple[int, ...]:
    return value.shape if isinstance(value, np.ndarray) else ()
