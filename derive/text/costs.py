"""Several costs in one text, each with the parameters that it is differentiated by: two players, one game.

    cost D by w, b       the discriminator's        cost G by v       the generator's

In: what is declared, and which cost is wanted. Out: the derivation of that cost alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from derive.errors import DeriveError, clip, nearest
from derive.ir import Derivation, needed, reads_of, tensor_of, writing
from derive.text.scope import position


def chosen_cost(costs: Mapping[str, Any], wanted: str | None, place: str) -> str:
    """The cost that is wanted; "" where none is declared."""
    if wanted is None and len(costs) > 1:
        raise DeriveError(f"there are {len(costs)} costs: {', '.join(costs)}", where=place,
                          do=f"Choose one: --cost {next(iter(costs))}")
    if wanted is not None and wanted not in costs:
        raise DeriveError(f"no cost '{clip(wanted)}' is declared", where=place,
                          do=nearest(wanted, list(costs)) if costs else f"Write a line: cost {clip(wanted)}")
    return wanted or next(iter(costs), "")


def known_parameters(derivation: Derivation, by: Any, place: str) -> tuple[str, ...]:
    """The names behind `by`, each of them a parameter that the cost depends on."""
    names = tuple(str(token) for token in by.children) if by is not None else ()
    reached = needed(derivation.equations(), [derivation.cost])
    for name, token in zip(names, by.children if names else (), strict=True):
        if name not in derivation.by_name or derivation.tensor(name).role != "parameter":
            raise DeriveError(f"'{name}' is no parameter", where=position(token, place),
                              do=nearest(name, [t.name for t in derivation.of_role("parameter")]))
        if name not in reached:
            raise DeriveError(f"the cost {derivation.cost} does not depend on '{name}'", where=position(token, place))
    return names


def only(derivation: Derivation, by: tuple[str, ...]) -> Derivation:
    """What this cost is computed from, and nothing that other costs alone need."""
    live = needed(derivation.equations(), [derivation.cost])
    facts = tuple(f for f in derivation.facts if {tensor_of(r) for r in reads_of(f.left.body)} <= live)
    return replace(derivation, tensors=tuple(t for t in derivation.tensors if t.name in live),
                   statements=writing(derivation.statements, live), facts=facts, by=by)
