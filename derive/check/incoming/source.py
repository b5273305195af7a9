"""The forward function that belongs to a backward one, and what both are asked for, read and not run.

    def conv_forward_naive(x, w, b, conv_param)        def conv_backward_naive(dout, cache)
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from derive.check.calling import LONGEST_SOURCE, Source, read_source
from derive.errors import DeriveError, clip

BACKWARD = ("backward", "backprop", "bwd", "grad", "back")
FORWARD = ("forward", "fwd", "prop")


@dataclass(frozen=True)
class Pair:
    """A backward function and its forward function."""

    backward: Source
    forward: Source
    name: str
    """That of the forward function."""


def pair(path: Path, function: str) -> Pair:
    """Raises DeriveError where no forward function belongs to it."""
    tree = ast.parse(path.read_bytes()) if path.stat().st_size <= LONGEST_SOURCE else ast.Module([], [])
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    name = forward_name(function, [name for name in functions if name != function])
    if not name:
        raise DeriveError(f"'{clip(function)}' is handed a gradient and what a forward pass kept, but the file has no "
                          "forward pass for it", where=str(path),
                          do=f"Write the forward function above it, such as {_wanted(function)}, which returns its "
                             "output and the cache.")
    return Pair(read_source(path, function), read_source(path, name), name)


def _wanted(function: str) -> str:
    mark = next((m for m in BACKWARD if m in function.lower()), "")
    place = function.lower().find(mark)
    return function[:place] + "forward" + function[place + len(mark):] if mark else "forward(x, ...)"


def forward_name(function: str, others: Sequence[str]) -> str:
    """The function whose name differs in one word: batchnorm_forward for batchnorm_backward_alt."""
    marked = [name for name in others if any(mark in name.lower() for mark in FORWARD)]
    stem = _stem(function, BACKWARD)
    same = [name for name in marked if _stem(name, FORWARD) == stem]
    if same:
        return max(same, key=lambda name: _common(_tail(name, FORWARD), _tail(function, BACKWARD)))
    return marked[0] if len(marked) == 1 else ""


def _stem(name: str, marks: Sequence[str]) -> str:
    """What stands before the word."""
    low = name.lower()
    return next((low[:low.find(mark)].strip("_") for mark in marks if mark in low), low)


def _tail(name: str, marks: Sequence[str]) -> str:
    low = name.lower()
    return next((low[low.find(mark) + len(mark):].strip("_") for mark in marks if mark in low), "")


def _common(one: str, other: str) -> tuple[int, int]:
    """How many letters both begin with; the shorter name where it is the same."""
    same = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return same, -len(one)
