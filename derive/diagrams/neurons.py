"""A network neuron by neuron: a column of circles for each layer, with dots where a layer is too wide.

In: a scene. Out: a picture; the lines that a weight acts along have a colour of their own.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from derive.diagrams.picture import Edge, Node, Picture, Row, Tone, straight
from derive.diagrams.scene import RADIUS, Scene, cost_node, count_text, target_node
from derive.diagrams.typeset import fitting
from derive.forms.chain import from_end, single_neurons
from derive.ir import read
from derive.latex.names import Names

FULL, SIDE = 10, 4
"""A layer of up to FULL neurons is drawn whole; of a wider one SIDE at either end."""
MANY = 24
"""Lines; more of them are drawn thin."""
APART, DOWN, ALONE = 2.9, 1.0, 0.55


def neurons(scene: Scene, title: str) -> Picture:
    single = all(column.width == 1 for column in scene.columns)
    if single:
        scene = _alone(scene)
    shown = [_places(scene, number) for number in range(len(scene.columns))]
    influenced = scene.weighted_layer()
    stacks = [_stack(scene, number, places, influenced, single) for number, places in enumerate(shown)]
    cost = cost_node(scene, len(stacks) * APART, "path" if influenced is not None else "plain")
    target = target_node(scene, cost, single)
    edges = [edge for number in range(1, len(stacks)) for edge in _wires(scene, stacks, number, influenced, single)]
    edges += [straight(node, cost, _tone_after(scene, node, scene.last, influenced))
              for node in stacks[-1] if node.shape == "circle"]
    edges += [straight(node, cost) for node in target[:1]]
    below = min(node.y for stack in stacks for node in stack) - RADIUS - 0.45
    captions = [_caption(scene, number, below, single) for number in range(len(stacks))]
    heads = [] if single else [_head(scene, stacks, number) for number in range(1, len(stacks))]
    nodes = [*(node for stack in stacks for node in stack), cost, *target, *heads, *captions]
    return Picture(title, tuple(nodes), tuple(edges))


def _alone(scene: Scene) -> Scene:
    """The same without indices, and numbered from the end where the notation does so."""
    derivation, notation = single_neurons(scene.names.derivation), scene.names.notation
    if notation.layers_from_end:
        derivation = from_end(derivation, with_input=notation.input == notation.activation)
    return Scene(Names(derivation, notation), scene.columns, scene.weight, notation.layers_from_end)


def _places(scene: Scene, number: int) -> list[sp.Expr | None]:
    """The neurons that are drawn, None where some are left out; the ends of the weight are among them."""
    width = scene.columns[number].width
    if not width.is_Integer:
        return [sp.Integer(0), sp.Integer(1), None, width - 1]
    total = int(width)
    if total <= FULL:
        return [sp.Integer(i) for i in range(total)]
    kept = {*range(SIDE), *range(total - SIDE, total)}
    forced = _end_of_weight(scene, number)
    if forced is not None and forced not in kept:
        kept = {*range(SIDE - 1), forced, *range(total - SIDE + 1, total)}
    places: list[sp.Expr | None] = []
    before = -1
    for place in sorted(kept):
        if place != before + 1:
            places.append(None)
        places.append(sp.Integer(place))
        before = place
    return places


def _end_of_weight(scene: Scene, number: int) -> int | None:
    """The neuron of a column at which the weight starts or ends."""
    layer = scene.weighted_layer()
    if scene.weight is None or layer is None or number not in (layer - 1, layer):
        return None
    return scene.weight.at[-1 if number == layer - 1 else -2]


def _stack(scene: Scene, number: int, places: Sequence[sp.Expr | None], influenced: int | None,
           single: bool) -> list[Node]:
    """The circles of one layer, the middle at height 0."""
    column, top = scene.columns[number], (len(places) - 1) / 2 * DOWN
    nodes = []
    for rank, place in enumerate(places):
        x, y = number * APART, top - rank * DOWN
        if place is None:
            nodes.append(Node(x, y, (Row(r"\vdots"),), width=0.3, height=0.5))
            continue
        access = read(column.tensor.name) if single else column.neuron(place)
        text = scene.names.read(access)
        tone = _tone_of_neuron(scene, number, place, influenced)
        across = 2 * (ALONE if single else RADIUS)
        row = Row(text, tone, fitting(text, 0.85 * across))
        nodes.append(Node(x, y, (row,), "circle", across, across, tone, f"{number}.{place}"))
    return nodes


def _tone_of_neuron(scene: Scene, number: int, place: sp.Expr, influenced: int | None) -> Tone:
    if influenced is None or number < influenced - 1:
        return "plain"
    return "path" if number > influenced or place == _end_of_weight(scene, number) else "plain"


def _tone_after(scene: Scene, node: Node, number: int, influenced: int | None) -> Tone:
    """The tone of an edge that leaves a neuron of column `number`, towards the cost."""
    reached = influenced is not None and (number > influenced or number == influenced and node.tone == "path")
    return "path" if reached else "plain" if number == scene.last else "faint"


def _wires(scene: Scene, stacks: list[list[Node]], number: int, influenced: int | None, single: bool) -> list[Edge]:
    """Every line between two layers; a few of them with their weight, and always that of the chosen one."""
    starts, ends = ([n for n in stack if n.shape == "circle"] for stack in (stacks[number - 1], stacks[number]))
    column, edges = scene.columns[number], []
    few, many = len(starts) * len(ends) == 1, len(starts) * len(ends) > MANY
    for end in ends:
        for start in starts:
            chosen = number == influenced and start.tone == end.tone == "path"
            tone: Tone = "path" if chosen else "faint"
            if influenced is not None and number > influenced:
                tone = _tone_after(scene, start, number - 1, influenced)
                tone = "reach" if many and tone == "path" else tone
            label: tuple[Row, ...] = ()
            if (few or chosen) and column.weight is not None:
                at = () if single else scene.weight.at if scene.weight and chosen else (0, 0)
                text = scene.names.read(read(column.weight.name, *map(sp.Integer, at)))
                label = (Row(text, "path" if chosen else "plain", 9),)
            edges.append(straight(start, end, tone if not few or chosen or tone == "path" else "plain",
                                  arrow=few, labels=label, beside=0.3, share=0.5 if few else 0.3))
    return edges


def _caption(scene: Scene, number: int, y: float, single: bool) -> Node:
    rows: tuple[Row, ...] = (Row(rf"\text{{{_place_name(scene, number)}}}", size=8),)
    width = scene.columns[number].width
    if not single and (not width.is_Integer or width > FULL):
        rows = (*rows, Row(rf"{count_text(scene, width)}\text{{ neurons}}", size=8))
    return Node(number * APART, y - 0.17 * (len(rows) - 1), rows)


def _place_name(scene: Scene, number: int) -> str:
    if number in (0, scene.last):
        return "input" if number == 0 else "output" if scene.from_end else f"layer {number}, output"
    return "" if scene.from_end else f"layer {number}"


def _head(scene: Scene, stacks: list[list[Node]], number: int) -> Node:
    """The general weight of a layer and the shape of its array, above the lines."""
    weight = scene.columns[number].weight
    assert weight is not None
    top = max(node.y for node in (*stacks[number - 1], *stacks[number]))
    shape = r" \times ".join(count_text(scene, axis.size) for axis in weight.axes)
    rows = (Row(scene.names.read(weight.at()), size=9), Row(rf"{shape}", "plain", 7))
    return Node((number - 0.5) * APART, top + 0.55, rows)
