"""The stages in order, which every command shares; each stage is one call.

    load -> forward -> over_samples -> explain -> emit

In: an architecture and the options. Out: its equations for one example and for a minibatch; a module of code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from derive.calculus.explain import explain
from derive.calculus.nested import written_out
from derive.errors import DeriveError
from derive.forward import forward
from derive.ir import Derivation
from derive.notation import Notation
from derive.own_notation import notation_of
from derive.samples import over_samples
from derive.spec import Network, load
from derive.targets import target

Choices = Mapping[str, Any]
NOTATION = "nielsen"
"""Where none is named."""
QUADRATIC = "quadratic"
"""The cost whose factor a notation fixes."""


@dataclass(frozen=True)
class Model:
    """The equations of one example, and of a minibatch."""

    one: Derivation
    many: Derivation


def read(arch: str, choices: Choices, style: Notation) -> Model:
    """The equations that ARCH and the options state; what they leave out follows the notation."""
    return equations(load(arch, **choices), style)


def equations(model: Network | Derivation, style: Notation) -> Model:
    """The equations of a network; what it leaves out follows the notation."""
    if isinstance(model, Derivation):
        one = written_out(model)
        return Model(one, over_samples(one))
    one = forward(settled(model, style))
    return Model(one, over_samples(one, mean=model.reduce != "sum"))


def settled(network: Network, style: Notation) -> Network:
    """The network with the factor of its quadratic cost, and a word about where that comes from."""
    if network.factor is not None or network.cost != QUADRATIC:
        return network
    word = f"the factor {style.cost_factor} of the cost follows {style.title.split(',')[0]}"
    return network.changed(factor=style.cost_factor, assumptions=(*network.assumptions, word))


def emit(derivation: Derivation, language: str = "numpy", dtype: str = "float64", notation: str = NOTATION,
         style: str = "plain", second: str | None = None, wrt: Sequence[str] = ()) -> str:
    """The module of a derivation in an output language; `second` adds functions for second derivatives."""
    more = {} if second is None else {"second": (second, wrt)}
    return target(language).emit(explain(derivation), dtype, dict(notation_of(notation).tags), style, **more)


def variants(derivation: Derivation, language: str, dtype: str, notation: str) -> Callable[..., str]:
    """What writes the fast module again and again, each time with other constants: tuning needs many."""
    chosen = target(language)
    if chosen.variants is None:
        raise DeriveError(f"code in the language '{language}' cannot be tuned", do="Leave --tune out.")
    return chosen.variants(explain(derivation), dtype, dict(notation_of(notation).tags))
