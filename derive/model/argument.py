"""What may stand in the brackets of a layer: conv(8, 5x5, stride=2).

In: what somebody wrote, as text or as a value of Python. Out: plain data, and the numbers that the names in
the layer's equations stand for:  kernel = 5x3  is  kernel_1 = 5, kernel_2 = 3.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import sympy as sp

from derive.errors import DeriveError, clip
from derive.ir import size_symbol

Value: TypeAlias = int | str | bool | tuple[int, ...] | sp.Expr
"""A number of neurons, the name of one that is left open, a word, 5x3, or a number such as "1e-5"."""

MAX_WHOLE = 1_000_000
BOUNDS: dict[str, Callable[[sp.Rational, sp.Rational], bool]] = {
    "at least": lambda value, bound: bool(value >= bound), "more than": lambda value, bound: bool(value > bound),
    "at most": lambda value, bound: bool(value <= bound),
}
WORDS = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True)
class Argument:
    """One argument of a layer: its kind is a key of KINDS. Without a default it must be given."""

    name: str
    kind: str
    default: Value | None = None
    least: int = 1
    words: tuple[str, ...] = ()
    bounds: tuple[tuple[str, str], ...] = ()
    """Of a number: ("more than", "0"), ("at most", "1")."""

    def read(self, value: Any, where: str) -> Value:
        """The value as plain data, or an error that names the argument."""
        return KINDS[self.kind](self, value.strip() if isinstance(value, str) else value, where)

    def refused(self, value: Any, where: str, wanted: str) -> DeriveError:
        return DeriveError(f"{self.name} is {wanted}, not {clip(value if isinstance(value, str) else repr(value))}",
                           where=where)

    def numbers(self, value: Value, axes: int) -> dict[str, sp.Expr]:
        """What its names stand for in equations; a window that is one number is the same along every axis."""
        if isinstance(value, sp.Expr):
            return {self.name: value}
        if self.kind in ("window", "shape"):
            every = value if isinstance(value, tuple) else (int(str(value)),) * axes
            return {f"{self.name}_{number}": sp.Integer(size) for number, size in enumerate(every, 1)}
        if self.kind == "number":
            return {self.name: sp.Rational(str(value))}
        if self.kind == "size" and isinstance(value, str):
            return {self.name: size_symbol(value)}
        return {} if self.kind in ("word", "flag") else {self.name: sp.Integer(int(str(value)))}


def size(name: str) -> Argument:
    """A number of neurons, channels, units; it may be left open: 16, n1."""
    return Argument(name, "size")


def whole(name: str, default: int | None = None, least: int = 1) -> Argument:
    """A whole number, not less than `least`."""
    return Argument(name, "whole", default, least)


def window(name: str, default: int | str | None = None, least: int = 1) -> Argument:
    """One whole number for each axis of an image: 5, 5x3; in equations name_1, name_2.

    A default that is the name of an earlier argument is its value.
    """
    return Argument(name, "window", default, least)


def shape(name: str) -> Argument:
    """The sizes of what goes out: 196, 4x7x7; in equations name_1, name_2, name_3."""
    return Argument(name, "shape")


def number(name: str, default: str | None = None, *bounds: tuple[str, str]) -> Argument:
    """A number, such as 0.5 or 1e-5: where the equations declare a constant of this name, its value.

    Bounds are pairs such as ("more than", "0").
    """
    return Argument(name, "number", default, bounds=bounds)


def word(name: str, *words: str) -> Argument:
    """One of several words, the first where none is given. It chooses equations; it stands in none."""
    return Argument(name, "word", words[0], words=words)


def flag(name: str, default: bool = False) -> Argument:
    """true or false. It chooses equations; it stands in none."""
    return Argument(name, "flag", default)


def _size(argument: Argument, value: Any, where: str) -> Value:
    if isinstance(value, str) and not value.isdigit():
        return value  # a name, which the reader of architectures checks
    return _whole(argument, value, where)


def _whole(argument: Argument, value: Any, where: str) -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not argument.least <= value <= MAX_WHOLE:
        raise argument.refused(value, where, f"a whole number from {argument.least} to {MAX_WHOLE:,}")
    return value


def _window(argument: Argument, value: Any, where: str) -> Value:
    if isinstance(value, str) and "x" in value:
        value = value.split("x")
    if not isinstance(value, tuple | list):
        return _whole(argument, value, where)
    if not 1 <= len(value) <= 3:
        raise argument.refused("x".join(map(str, value)), where, "one number, or one for each axis as in 5x3")
    return tuple(_whole(argument, part, where) for part in value)


def _number(argument: Argument, value: Any, where: str) -> str:
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"-?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})(e-?\d{1,2})?", text):
        raise argument.refused(value, where, "a number such as 0.5 or 1e-5")
    if not all(BOUNDS[words](sp.Rational(text), sp.Rational(bound)) for words, bound in argument.bounds):
        wanted = " and ".join(f"{words} {bound}" for words, bound in argument.bounds)
        raise argument.refused(value, where, f"a number, {wanted}")
    return text


def _word(argument: Argument, value: Any, where: str) -> str:
    if value not in argument.words:
        raise argument.refused(value, where, " or ".join(argument.words))
    return str(value)


def _flag(argument: Argument, value: Any, where: str) -> bool:
    found = value if isinstance(value, bool) else WORDS.get(str(value).lower())
    if found is None:
        raise argument.refused(value, where, "true or false")
    return found


KINDS: dict[str, Callable[[Argument, Any, str], Value]] = {
    "size": _size, "whole": _whole, "window": _window, "shape": _window, "number": _number, "word": _word,
    "flag": _flag,
}
