r"""What a claim says of the shapes that its context leaves open.

    z = w x,   \frac{\partial z_j}{\partial w_{jk}} = x_k      w has two axes, z and x one

In: a context and the terms of a claim. Out: demands, with which a point is sized.
"""

from __future__ import annotations

from derive.claims import terms as T
from derive.claims.context import Context
from derive.claims.roles import tells_arrays

ARRAYS = "arrays"
"""The demand that numbers be told from arrays: the claim has transposes or products entry by entry."""


def demanded(context: Context, terms: tuple[T.Term, ...]) -> frozenset[tuple[str, int]]:
    """What a claim says of the shapes that its context leaves open: how many indices its variables have."""
    found: dict[str, int] = {}
    nodes = [node for term in terms for node in term.walk()]
    for node in nodes:
        if isinstance(node, T.Ref) and node.entries and node.variable.name not in context.settled:
            found[node.variable.name] = max(found.get(node.variable.name, 0), len(node.entries))
    if context.tells_arrays or any(map(tells_arrays, nodes)):
        found[ARRAYS] = 1
    return frozenset(found.items())
