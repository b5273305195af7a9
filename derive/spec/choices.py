"""What a line leaves out, each checked: activation, cost, factor, regularizer, mean or sum."""

from __future__ import annotations

from dataclasses import dataclass

from derive.errors import DeriveError, clip, nearest
from derive.formulas.typed import find_activation, find_cost
from derive.model.blocks import fragment
from derive.model.cost import FACTORS, Cost, regularizers
from derive.text import read_formula

MAX_FORMULA = 1000
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
    record = find_activation(_bounded(text, "activation"))
    return text.strip() if getattr(record, "typed", False) else record.name


def check_cost(text: str) -> str:
    """The name of a cost as its file has it, or the formula as it was typed."""
    record = find_cost(_bounded(text, "cost"))
    return text.strip() if record.typed else record.name


def check_factor(value: str | float | None, cost: str) -> str | None:
    """A positive number in front of the cost, where it has one of choice: 1, "1/2", 0.5."""
    if value is None:
        return None
    record = find_cost(cost)
    if not takes_factor(record):
        raise DeriveError(f"{record.title} has no factor of choice", where="factor", do="Leave it out.")
    return _positive(value, "factor", "Write 1 or 1/2.")


def takes_factor(cost: Cost) -> bool:
    """Whether there is a factor to choose in front of the cost."""
    return any(tensor.name == "factor" for tensor in fragment(cost.equations, cost.name).tensors)


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
    kind, *parts = _bounded(text, "regularizer").split(":")
    name = kind.strip().lower()
    if name not in regularizers():
        raise DeriveError(f"there is no regularizer '{clip(kind)}'", where="regularize",
                          do=nearest(name, sorted(regularizers())))
    chosen: dict[str, str] = {}
    for part in parts:
        factor = "".join(c for c in part if c not in " ()*").replace("lam/", "lambda/")
        role = "factor" if factor in FACTORS else "strength"
        if role in chosen:
            raise DeriveError(f"'{clip(part)}' is a second {role}", where="regularize", do=ADVICE)
        chosen[role] = factor if role == "factor" else _positive(part, "regularize", ADVICE)
    return Penalty(regularizers()[name].name, **chosen)


def _bounded(text: str, what: str) -> str:
    if not isinstance(text, str):
        raise DeriveError(f"{clip(repr(text))} is not the name of one", where=what)
    if len(text) > MAX_FORMULA:
        raise DeriveError(f"{len(text):,} characters; {MAX_FORMULA:,} are the limit", where=what,
                          do="Write larger models as equations in a .eq file.")
    return text


def _positive(value: str | float, where: str, advice: str) -> str:
    text = str(value).strip()
    try:
        number = read_formula(_bounded(text, where), name=where)
    except DeriveError:
        number = None
    if number is None or not (number.is_Rational and number > 0):
        raise DeriveError(f"'{clip(text)}' is not a positive number", where=where, do=advice)
    return text
