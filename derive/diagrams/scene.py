"""What both pictures of a network are made from: its columns, the names, the weight that is followed."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from derive.diagrams.columns import Column
from derive.diagrams.entry import Entry
from derive.diagrams.picture import Node, Row, Tone
from derive.errors import DeriveError
from derive.latex.letters import letter
from derive.latex.names import Names

RADIUS = 0.4


@dataclass(frozen=True)
class Scene:
    """What the two kinds of picture are made from."""

    names: Names
    columns: tuple[Column, ...]
    weight: Entry | None
    from_end: bool = False
    """Whether the layers are numbered L, L-1, ..."""

    @property
    def last(self) -> int:
        return len(self.columns) - 1

    def weighted_layer(self) -> int | None:
        """The number of the column that the weight leads to."""
        if self.weight is None:
            return None
        for number, column in enumerate(self.columns):
            if column.weight is not None and column.weight.name == self.weight.tensor:
                return number
        raise DeriveError(f"{self.weight.tensor} is not the weight of a layer", do="Name one such as w[1][1,1].")


def cost_node(scene: Scene, x: float, tone: Tone) -> Node:
    return Node(x, 0.0, (Row(letter(scene.names.cost), tone),), "circle", 2 * RADIUS, 2 * RADIUS, tone, "cost")


def target_node(scene: Scene, cost: Node, single: bool) -> list[Node]:
    """The data that only the cost reads, below it."""
    inputs = scene.columns[0].tensor.name
    others = [t for t in scene.names.derivation.of_role("data") if t.name != inputs]
    if not others:
        return []
    tensor = others[0]
    text = scene.names.read(tensor.at())
    return [Node(cost.x, cost.y - 1.5, (Row(text, size=9),), "box", 0.8, 0.62, name=tensor.name)]


def count_text(scene: Scene, width: sp.Expr) -> str:
    return f"{int(width)}" if width.is_Integer else scene.names.index(width)
