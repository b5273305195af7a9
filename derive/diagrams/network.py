r"""The network as a picture: neurons as circles, wide layers with dots, deep or general ones as blocks.

In: a network or its derivation, a notation, and perhaps one weight. Out: a picture, in which the weight
and every path from it to the cost are drawn in a colour of their own.
"""

from __future__ import annotations

from derive.diagrams.blocks import blocks
from derive.diagrams.columns import columns
from derive.diagrams.entry import read_entry
from derive.diagrams.neurons import neurons
from derive.diagrams.picture import Picture
from derive.diagrams.scene import Scene
from derive.forward import forward
from derive.ir import Derivation
from derive.latex.names import Names
from derive.notation import Notation
from derive.spec import Network

DEEP = 6
"""Weighted layers; deeper ones are blocks."""


def network_picture(model: Network | Derivation, notation: Notation, weight: str | None = None) -> Picture:
    """The network; `weight` such as "w[2][3,5]" is drawn with its paths to the cost."""
    derivation = forward(model) if isinstance(model, Network) else model
    names = Names(derivation, notation)
    scene = Scene(names, columns(derivation), read_entry(weight, derivation, notation) if weight else None)
    general = any(column.at for column in scene.columns)
    title = "The network " + "-".join(str(column.width) for column in scene.columns)
    title += f" with the paths from {weight} to the cost" if weight else ""
    picture = blocks if general or scene.last > DEEP else neurons
    return picture(scene, title)
