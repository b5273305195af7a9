r"""The network as a picture: neurons as circles, wide layers with dots, deep or general ones as blocks.

In: a network or its derivation, a notation, and perhaps one weight. Out: a picture, in which the weight
and every path from it to the cost are drawn in a colour of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from derive.diagrams.columns import Column, columns
from derive.diagrams.entry import Entry, read_entry
from derive.diagrams.picture import Edge, Node, Picture, Row, Tone, straight
from derive.diagrams.typeset import fitting
from derive.errors import DeriveError
from derive.forms.chain import from_end, single_neurons
from derive.forward import forward
from derive.ir import Derivation, index_symbol, read
from derive.latex.letters import letter
from derive.latex.names import Names
from derive.notation import Notation
from derive.spec import Network

FULL, SIDE = 10, 4
"""A layer of up to FULL neurons is drawn whole; of a wider one SIDE at either end."""
DEEP = 6
"""Weighted layers; deeper ones are blocks."""
ENDS = 3
"""Blocks at either end of a deep network."""
MANY = 24
"""Lines; more of them are drawn thin."""
APART, DOWN, RADIUS, ALONE = 2.9, 1.0, 0.4, 0.55


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

    def layer_of_weight(self) -> int | None:
        """The number of the column that the weight leads to."""
        if self.weight is None:
            return None
        for number, column in enumerate(self.columns):
            if column.weight is not None and column.weight.name == self.weight.tensor:
                return number
        raise DeriveError(f"{self.weight.tensor} is not the weight of a layer", do="Name one such as w[1][1,1].")


def network_picture(model: Network | Derivation, notation: Notation, weight: str | None = None) -> Picture:
    """The network; `weight` such as "w[2][3,5]" is drawn with its paths to the cost."""
    derivation = forward(model) if isinstance(model, Network) else model
    names = Names(derivation, notation)
    scene = Scene(names, columns(derivation), read_entry(weight, derivation, notation) if weight else None)
    general = any(column.at for column in scene.columns)
    title = "The network " + "-".join(str(column.width) for column in scene.columns)
    title += f" with the paths from {weight} to the cost" if weight else ""
    picture = _blocks if general or scene.last > DEEP else _neurons
    return picture(scene, title)


# -- neurons -------------------------------------------------------------------------------


def _neurons(scene: Scene, title: str) -> Picture:
    single = all(column.width == 1 for column in scene.columns)
    if single:
        scene = _alone(scene)
    shown = [_places(scene, number) for number in range(len(scene.columns))]
    influenced = scene.layer_of_weight()
    stacks = [_stack(scene, number, places, influenced, single) for number, places in enumerate(shown)]
    cost = _cost(scene, len(stacks) * APART, "path" if influenced is not None else "plain")
    target = _target(scene, cost, single)
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
    layer = scene.layer_of_weight()
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


def _cost(scene: Scene, x: float, tone: Tone) -> Node:
    return Node(x, 0.0, (Row(letter(scene.names.cost), tone),), "circle", 2 * RADIUS, 2 * RADIUS, tone, "cost")


def _target(scene: Scene, cost: Node, single: bool) -> list[Node]:
    """The data that only the cost reads, below it."""
    inputs = scene.columns[0].tensor.name
    others = [t for t in scene.names.derivation.of_role("data") if t.name != inputs]
    if not others:
        return []
    tensor = others[0]
    text = scene.names.read(tensor.at())
    return [Node(cost.x, cost.y - 1.5, (Row(text, size=9),), "box", 0.8, 0.62, name=tensor.name)]


def _caption(scene: Scene, number: int, y: float, single: bool) -> Node:
    rows: tuple[Row, ...] = (Row(rf"\text{{{_place_name(scene, number)}}}", size=8),)
    width = scene.columns[number].width
    if not single and (not width.is_Integer or width > FULL):
        rows = (*rows, Row(rf"{_count(scene, width)}\text{{ neurons}}", size=8))
    return Node(number * APART, y - 0.17 * (len(rows) - 1), rows)


def _place_name(scene: Scene, number: int) -> str:
    if number in (0, scene.last):
        return "input" if number == 0 else "output" if scene.from_end else f"layer {number}, output"
    return "" if scene.from_end else f"layer {number}"


def _count(scene: Scene, width: sp.Expr) -> str:
    return f"{int(width)}" if width.is_Integer else scene.names.index(width)


def _head(scene: Scene, stacks: list[list[Node]], number: int) -> Node:
    """The general weight of a layer and the shape of its array, above the lines."""
    weight = scene.columns[number].weight
    assert weight is not None
    top = max(node.y for node in (*stacks[number - 1], *stacks[number]))
    shape = r" \times ".join(_count(scene, axis.size) for axis in weight.axes)
    rows = (Row(scene.names.read(weight.at()), size=9), Row(rf"{shape}", "plain", 7))
    return Node((number - 0.5) * APART, top + 0.55, rows)


# -- blocks --------------------------------------------------------------------------------


def _blocks(scene: Scene, title: str) -> Picture:
    """One box a layer in a row, with dots where a deep network is cut short."""
    general = any(column.at for column in scene.columns)
    boxes = _general_row(scene) if general else _numbered_row(scene)
    influenced = scene.layer_of_weight()
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
    cost = _cost(scene, nodes[-1].x + 1.9, tone)
    target = _target(scene, cost, single=False)
    edges += [straight(nodes[-1], cost, tone), *(straight(node, cost) for node in target)]
    ends = [Node(nodes[i].x, -1.05, (Row(rf"\text{{{name}}}", size=8),)) for i, name in ((0, "input"), (-1, "output"))]
    return Picture(title, (*nodes, cost, *target, *ends), tuple(edges))


Block = tuple[int | None, tuple[Row, ...], str]
"""The number of the column (None: dots), what stands in the box, what stands over the arrow to it."""


def _numbered_row(scene: Scene) -> list[Block]:
    """The first layers and the last, and those at the ends of a chosen weight."""
    kept = [*range(ENDS), *range(scene.last - ENDS + 1, scene.last + 1)]
    influenced = scene.layer_of_weight()
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
    return Row(scene.names.read(column.neuron(index_symbol(index)))), Row(_count(scene, column.width), size=8)


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
