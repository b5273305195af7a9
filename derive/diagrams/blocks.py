"""A network layer by layer: one box each, for one that is deep or whose depth is a letter.

In: a scene. Out: a picture.
"""

from __future__ import annotations

import sympy as sp

from derive.diagrams.columns import Column
from derive.diagrams.picture import Edge, Node, Picture, Row, Tone, straight
from derive.diagrams.scene import Scene, cost_node, count_text, target_node
from derive.ir import index_symbol, read

ENDS = 3
"""Blocks at either end of a deep network."""


def blocks(scene: Scene, title: str) -> Picture:
    """One box a layer in a row, with dots where a deep network is cut short."""
    general = any(column.at for column in scene.columns)
    boxes = _general_row(scene) if general else _numbered_row(scene)
    influenced = scene.weighted_layer()
    nodes: list[Node] = []
    edges: list[Edge] = []
    for place, (number, rows, label) in enumerate(boxes):
        tone: Tone = "path" if influenced is not None and (number or 0) >= influenced else "plain"
        node = Node(place * 2.15, 0.0, rows, "none" if number is None else "box", 1.25, 1.5,
                    "plain" if number is None else tone, str(place))
        if nodes:
            previous = nodes[-1].tone if number is None else tone
            labels = (Row(label, previous, 9),) if label else ()
            edges.append(straight(nodes[-1], node, previous, labels=labels, beside=0.3))
        nodes.append(node)
    tone = "path" if influenced is not None else "plain"
    cost = cost_node(scene, nodes[-1].x + 1.9, tone)
    target = target_node(scene, cost, single=False)
    edges += [straight(nodes[-1], cost, tone), *(straight(node, cost) for node in target)]
    ends = [Node(nodes[i].x, -1.05, (Row(rf"\text{{{name}}}", size=8),)) for i, name in ((0, "input"), (-1, "output"))]
    return Picture(title, (*nodes, cost, *target, *ends), tuple(edges))


Block = tuple[int | None, tuple[Row, ...], str]
"""The number of the column (None: dots), what stands in the box, what stands over the arrow to it."""


def _numbered_row(scene: Scene) -> list[Block]:
    """The first layers and the last, and those at the ends of a chosen weight."""
    kept = [*range(ENDS), *range(scene.last - ENDS + 1, scene.last + 1)]
    influenced = scene.weighted_layer()
    if influenced is not None:
        kept += [influenced - 1, influenced]
    row: list[Block] = []
    before = -1
    for number in sorted(set(kept)):
        if number != before + 1:
            row.append((None, (Row(r"\cdots"),), ""))
        inside = _in_box(scene, scene.columns[number], "j" if number else "k")
        row.append((number, inside, _over_arrow(scene, number, number == influenced)))
        before = number
    return row


def _in_box(scene: Scene, column: Column, index: str = "j") -> tuple[Row, ...]:
    return Row(scene.names.read(column.neuron(index_symbol(index)))), Row(count_text(scene, column.width), size=8)


def _over_arrow(scene: Scene, number: int, chosen: bool) -> str:
    weight = scene.columns[number].weight
    if weight is None:
        return ""
    at = scene.weight.at if chosen and scene.weight is not None else None
    return scene.names.read(weight.at() if at is None else read(weight.name, *map(sp.Integer, at)))


def _general_row(scene: Scene) -> list[Block]:
    """x, dots, layer l - 1, layer l, dots, layer L of a network whose depth is a letter."""
    first, every = scene.columns[0], scene.columns[1]
    final = scene.columns[-1]
    assert every.weight is not None and final.weight is not None
    layer = every.at[0]
    depth = every.tensor.axes[0].last

    def block(number: int, place: sp.Expr, label: str, index: str = "j") -> Block:
        width = every.width.xreplace({layer: place})
        return number, _in_box(scene, Column(every.tensor, (place,), width), index), label

    def over(place: sp.Expr) -> str:
        assert every.weight is not None
        return scene.names.read(every.weight.at(place, *(a.symbol for a in every.weight.axes[1:])))

    dots: Block = (None, (Row(r"\cdots"),), "")
    start: Block = (0, _in_box(scene, first, "k"), "")
    return [start, dots, block(1, layer - 1, "", "k"), block(1, layer, over(layer)), dots, block(1, depth, "")]
