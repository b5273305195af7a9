"""A network to what the names of a NumPy backward pass of it come to at a random point."""

from __future__ import annotations

from collections.abc import Sequence

from derive.check.repair import Outcomes
from derive.claims.python import Outcome
from derive.claims.python.network import CONVENTIONS, Convention, judged
from derive.errors import DeriveError
from derive.ir import Derivation
from derive.notation import LAYOUTS, Notation
from derive.points import Draw
from derive.spec import Network


def program_outcomes(model: Network | Derivation, notation: Notation | None = None) -> Outcomes:
    """What `check_program` asks; only a network with a number of layers has a backward pass to compare with.

    Where the notation is said, weights and examples lie as it has them.
    """
    if isinstance(model, Derivation) or model.depth:
        raise DeriveError("Python can only be read beside a network with a number of layers",
                          do="Name one such as 3-4-2, or give forward = '...' in a --context file.")
    if any(layer.layer != "dense" for layer in model.layers):
        raise DeriveError("Python can only be read beside a network of dense layers",
                          do="Give its forward pass in a --context file (forward = '...'), or compare numbers: "
                             "--arrays, --code.")
    layers, cost = len(model.layers), model.cost.replace("-", "_")
    first, last = model.layers[0].activation or "identity", model.layers[-1].activation or "identity"
    usual = _usual(notation)

    def come_to(source: str, draw: Draw, reading: str = "") -> Sequence[Outcome]:
        meant = [one for one in usual if reading in ("", one.said)]
        return judged(source, layers, draw, first, last, cost, meant)[1]

    return come_to


def _usual(notation: Notation | None) -> list[Convention]:
    """The conventions that go with a notation; first those whose errors carry what its errors do."""
    if notation is None:
        return list(CONVENTIONS)
    scale = notation.error_scale.removeprefix("1")
    return sorted((one for one in CONVENTIONS if one.goes_with(LAYOUTS[notation.product])),
                  key=lambda one: one.error != scale)
