"""From a name to its record: the activation, cost or regularizer that a network's plain data mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

from derive.cost import Cost, Regularizer, costs, regularizers
from derive.errors import DeriveError, clip, nearest
from derive.functions import ScalarFunction, VectorFunction, activations, vector_activations

MAX_FORMULA = 1000
_NAME = re.compile(r"\s*[A-Za-z_][A-Za-z0-9_ .-]*\s*")
R = TypeVar("R")


def activation_of(text: str) -> ScalarFunction | VectorFunction:
    """The activation with this name, or the one that a formula of z states."""
    known: dict[str, ScalarFunction | VectorFunction] = {**activations(), **vector_activations()}
    return _named(text, "activation", known)


def cost_of(text: str) -> Cost:
    """The cost with this name, or the one that a formula of a[j] and y[j] states."""
    return _named(text, "cost", costs())


def regularizer_of(text: str) -> Regularizer:
    return _named(text, "regularizer", regularizers())


def is_formula(text: str) -> bool:
    """Whether a text cannot be the name of anything, so that it is read as a formula."""
    return not _NAME.fullmatch(text)


def _named(text: str, what: str, known: Mapping[str, R]) -> R:
    name = re.sub(r"[ -]+", "_", text.strip().lower())
    if name not in known:
        raise DeriveError(f"there is no {what} '{clip(text.strip())}'", where=what, do=nearest(name[:60], sorted(known)))
    return known[name]
