"""A network to what the names of a NumPy backward pass of it come to at a random point."""

from __future__ import annotations

from derive.check.program import Outcomes
from derive.claims.python.network import judged
from derive.errors import DeriveError
from derive.ir import Derivation
from derive.spec import Network


def program_outcomes(model: Network | Derivation) -> Outcomes:
    """What `check_program` asks; only a network with a number of layers has a backward pass to compare with."""
    if isinstance(model, Derivation) or model.depth:
        raise DeriveError("Python can only be read beside a network with a number of layers",
                          do="Name one such as 3-4-2, or give forward = '...' in a --context file.")
    if any(layer.layer != "dense" for layer in model.layers):
        raise DeriveError("Python can only be read beside a network of dense layers",
                          do="Give its forward pass in a --context file (forward = '...'), or compare numbers: "
                             "--arrays, --code.")
    first, last = model.layers[0].activation or "identity", model.layers[-1].activation or "identity"
    cost = model.cost.replace("-", "_")
    return lambda text, draw: judged(text, len(model.layers), draw, first, last, cost)[1]
