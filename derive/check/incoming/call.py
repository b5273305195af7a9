"""How the forward function may be called: every way in which its arguments can be the tensors of the model.

In: a function as it is written, a model, its settings. Out: `Way`s, the likeliest first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from derive.check.called import Joined, assignments, candidates
from derive.check.calling import COUNTS, Recipe
from derive.check.incoming.lying import Lying, lyings
from derive.check.incoming.source import Pair
from derive.errors import DeriveError, clip
from derive.ir import Derivation

MOST_ASSIGNED, MOST_WAYS = 48, 400


@dataclass(frozen=True)
class Way:
    """One way to call it: the tensor that each argument is, how the arrays lie, and the recipes of the others."""

    lying: Lying
    tensors: Mapping[str, Joined]
    others: Mapping[str, Recipe]


def ways(model: Derivation, pair: Pair, settings: Mapping[str, Any], examples: int, where: str) -> list[Way]:
    """Raises DeriveError where an argument means nothing."""
    choices: dict[str, list[Joined]] = {}
    others: dict[str, Recipe] = {}
    for name in pair.forward.arguments:
        setting = _setting(name, pair, settings, examples)
        found = candidates(model, name)
        if found and not (setting and name in pair.forward.optional):
            choices[name] = found
        elif setting:
            others[name] = setting
        elif name not in pair.forward.optional:
            raise _unknown(model, pair, name, where)
    every = islice(assignments(choices), MOST_ASSIGNED)
    found_ways = (Way(lying, chosen, others) for chosen, lying in product(list(every), lyings(model)))
    return list(islice(found_ways, MOST_WAYS))


def _setting(name: str, pair: Pair, settings: Mapping[str, Any], examples: int) -> Recipe | None:
    """A number of the layer, or a dict of such by the keys that are asked for."""
    if name in pair.forward.asked:
        keys = {key: settings[key.lower()] for key in pair.forward.asked[name] if key.lower() in settings}
        missing = [key for key in pair.forward.asked[name] if key not in keys]
        return None if missing and name not in pair.forward.optional and not keys else ("value", keys)
    low = name.lower()
    if low in settings:
        return "value", settings[low]
    return ("value", examples) if low in COUNTS else None


def _unknown(model: Derivation, pair: Pair, name: str, where: str) -> DeriveError:
    known = ", ".join(t.name for t in model.of_role("data", "parameter"))
    return DeriveError(f"the argument '{clip(name)}' of {clip(pair.name)} means nothing in this model", where=where,
                       do=f"The model is given {known}. Call the argument so; a first state is h0, where the layer "
                          "says start=given.")
