"""What a line leaves out, each checked: activation, cost, factor, regularizer, mean or sum."""

from __future__ import annotations

from dataclasses import dataclass

from derive.cost import FACTORS
from derive.errors import DeriveError, clip
from derive.spec.records import MAX_FORMULA, activation_of, cost_of, is_formula, regularizer_of
from derive.text import read_formula

REDUCTIONS = ("mean", "sum")
ADVICE = f"Write l2, l2:0.1, l2:lambda/2 or l2:lambda/2:0.1; the factors are {', '.join(FACTORS)}."


@dataclass(frozen=True)
class Penalty:
    """A regularizer as chosen: its kind, the factor before it (None: its own), and lambda's value, if any."""

    kind: str
    factor: str | None = None
    strength: str | None = None


def check_activation(text: str) -> str:
    """The name of an activation as its file has it, or the formula of z as it was typed."""
    record = activation_of(text)
    return text.strip() if is_formula(text) else record.name


def check_cost(text: str) -> str:
    """The name of a cost as its file has it, or the formula as it was typed."""
    record = cost_of(text)
    return text.strip() if is_formula(text) else record.name


def check_factor(value: str | float | None) -> str | None:
    """A positive number in front of the cost: 1, "1/2", 0.5."""
    return None if value is None else _positive(value, "factor", "Write 1 or 1/2.")


def check_reduce(value: str | None) -> str | None:
    """How the examples are put together."""
    if value is not None and value not in REDUCTIONS:
        raise DeriveError(f"'{clip(str(value))}' is no way to put the examples together", where="reduce",
                          do=f"It is {' or '.join(REDUCTIONS)}.")
    return value


def read_penalty(text: str | None) -> Penalty | None:
    """`l2`, `l2:0.1`, `l2:lambda/2m`, `l2:lambda/2:0.1`."""
    if text is None:
        return None
    kind, *parts = text[:MAX_FORMULA].split(":")
    chosen: dict[str, str] = {}
    for part in parts:
        factor = "".join(c for c in part if c not in " ()*").replace("lam/", "lambda/")
        role = "factor" if factor in FACTORS else "strength"
        if role in chosen:
            raise DeriveError(f"'{clip(part)}' is a second {role}", where="regularize", do=ADVICE)
        chosen[role] = factor if role == "factor" else _positive(part, "regularize", ADVICE)
    return Penalty(regularizer_of(kind).name, **chosen)


def _positive(value: str | float, where: str, advice: str) -> str:
    text = str(value).strip()
    try:
        number = read_formula(text[:MAX_FORMULA], name=where)
    except DeriveError:
        number = None
    if number is None or not (number.is_Rational and number > 0):
        raise DeriveError(f"'{clip(text)}' is not a positive number", where=where, do=advice)
    return text
