r"""The graph of a computation as a picture: values in the vertices, local derivatives on the edges.

In: a derivation (of one example), a notation, and perhaps a number for everything that is given. Out: a
picture; with numbers, each vertex shows its value and the derivative of the cost with respect to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from derive.calculus.reverse import reverse
from derive.diagrams.computation import DOTS, Computation, Link, computation
from derive.diagrams.layered import arrange
from derive.diagrams.picture import Edge, Node, Picture, Point, Row, Tone
from derive.diagrams.typeset import POINT, fitting, typeset
from derive.errors import DeriveError
from derive.evaluate import evaluate
from derive.forms.chain import from_end, single_neurons
from derive.functions.record import in_primitives
from derive.ir import Derivation, Equation, reads_of, tensor_of
from derive.latex.expression import Printer
from derive.latex.names import Names
from derive.notation import Notation

ARC = 0.85
FEW, FEWER = 12, 6
"""Edges; with so few (and numbers: FEWER) each says of which derivative it is the value."""
DIGITS = 4
DIGITS_OF_SEVERAL = 2
SHORT = 2
"""Entries; longer arrays are not written into a vertex."""


@dataclass(frozen=True)
class Numbers:
    """The array of each tensor, and of the derivative of the cost with respect to it."""

    value: dict[str, Any]
    slope: dict[str, Any]


@dataclass(frozen=True)
class Scene:
    derivation: Derivation
    printer: Printer
    graph: Computation
    numbers: Numbers | None


def graph_picture(derivation: Derivation, notation: Notation, values: Mapping[str, Any] | None = None) -> Picture:
    """The graph; `values` gives an array (or number) for each data tensor and parameter."""
    derivation, values = _scalar(derivation, notation, values)
    numbers = _numbers(derivation, values) if values is not None else None
    names = Names(reverse(derivation, _varied(derivation)), notation)
    scene = Scene(derivation, Printer(names), computation(derivation, names), numbers)
    labels = {link: tuple(row for way in link.ways for row in _label(scene, *way)) for link in scene.graph.links}
    widest = max((_width(row) for rows in labels.values() for row in rows), default=0.0)
    across = min(max(widest + 2.2, 2.9), 5.5) + (0.6 if numbers else 0.0)
    places, bends = arrange(scene.graph.vertices, _weights(scene), _later(scene), _preferences(scene), across,
                            (1.9 if numbers else 1.5) + 0.7 * any(link.back for link in scene.graph.links))
    nodes = {name: _vertex(scene, name, *places[name]) for name in scene.graph.vertices}
    edges = [_edge(link, labels[link], nodes, bends.get((link.source, link.target), [])) for link in scene.graph.links]
    return Picture("The graph of the computation", (*nodes.values(), *_legend(scene, list(nodes.values()))),
                   tuple(edges))


def _scalar(derivation: Derivation, notation: Notation,
            values: Mapping[str, Any] | None) -> tuple[Derivation, Mapping[str, Any] | None]:
    """A network of single neurons without its indices, numbered as the notation numbers such a chain."""
    axes = [axis for tensor in derivation.tensors for axis in tensor.axes]
    if not axes or any(axis.size != 1 for axis in axes) or not all(
            isinstance(s, Equation) for s in derivation.statements):
        return derivation, values
    try:
        alone = single_neurons(derivation)
    except DeriveError:  # a softmax of one neuron
        return derivation, values
    if notation.layers_from_end:
        alone = from_end(alone, with_input=notation.input == notation.activation)
    return alone, values and {name: np.reshape(value, ()) for name, value in values.items()}


def _varied(derivation: Derivation) -> list[str]:
    """What the cost is differentiated by: all that is given, but whole numbers."""
    return [t.name for t in derivation.of_role("data", "parameter") if t.among is None]


def _numbers(derivation: Derivation, given: Mapping[str, Any]) -> Numbers:
    full = reverse(derivation, _varied(derivation))
    found = evaluate(full, given)
    slopes = {str(t.of): found[t.name] for t in full.of_role("adjoint")}
    return Numbers({t.name: found[t.name] for t in derivation.tensors if t.name in found}, slopes)


def _weights(scene: Scene) -> dict[tuple[str, str], float]:
    """How much each line should run straight: most of all the way of the signal through the values."""
    weights = {}
    loops = any(link.back for link in scene.graph.links)
    for link in scene.graph.links:
        tensor = scene.derivation.by_name.get(link.source)
        role = tensor.role if tensor is not None else "value"
        signal = role == "value" or role == "data" and link.target != scene.derivation.cost
        leaves = loops and link.target == scene.derivation.cost
        weights[link.source, link.target] = 1e6 if signal and not leaves else 1.0
    return {pair: weights[pair] for pair in ((k.source, k.target) for k in scene.graph.links if not k.back)}


def _later(scene: Scene) -> list[tuple[str, str]]:
    """What reads the outcome of a loop stands behind all that is in the loop."""
    backs = [link for link in scene.graph.links if link.back]
    return [(back.source, link.target) for back in backs for link in scene.graph.links
            if link.source == back.target and link.target == scene.derivation.cost]


def _preferences(scene: Scene) -> dict[str, float]:
    """Above or below, where nothing else decides: weights above, values in the middle, biases and targets below."""
    preference: dict[str, float] = {}
    loops = any(link.back for link in scene.graph.links)
    if loops:  # what leads out of it runs above, what is read in every round stands below
        preference |= {f"{link.source}>{link.target}": -1.0 for link in scene.graph.links}
    for name in scene.graph.vertices:
        tensor = scene.derivation.by_name.get(name)
        if tensor is not None and tensor.role == "data":
            read_by = {link.target for link in scene.graph.links if link.source == name}
            preference[name] = -2.0 if loops and read_by == {scene.derivation.cost} else 0.3
        elif tensor is not None and tensor.role == "parameter":
            together = {link.target for link in scene.graph.links if link.source == name}
            earlier = [o for o in preference if scene.derivation.by_name.get(o) in scene.derivation.of_role("parameter")
                       and any(link.source == o and link.target in together for link in scene.graph.links)]
            preference[name] = (1.0 if loops or len(earlier) % 2 else -1.0) * (1 + len(earlier))
        else:
            reads = {link.source for link in scene.graph.links if link.target == name}
            given = {t.name for t in scene.derivation.of_role("parameter")}
            preference[name] = 4.0 if reads <= given else 0.0
    return preference


# -- vertices ------------------------------------------------------------------------------


def _vertex(scene: Scene, name: str, x: float, y: float) -> Node:
    if name == DOTS:
        return Node(x, y, (Row(r"\cdots"),), width=0.9, height=0.6, name=name)
    tensor = scene.derivation.tensor(name)
    label = scene.printer.text(tensor.at())
    extra = _written(scene, name)
    across = 1.65 if extra else 1.05
    rows = (Row(label, size=fitting(label, 0.72 * across)), *extra)
    if tensor.role in ("value", "cost"):
        return Node(x, y, rows, "circle", across, across, name=name)
    return Node(x, y, rows, "box", across, 1.45 if extra else 0.85, name=name)


def _written(scene: Scene, name: str) -> tuple[Row, ...]:
    """The value forwards and the derivative backwards."""
    if scene.numbers is None:
        return ()
    tones: tuple[tuple[dict[str, Any], Tone], ...] = (
        (scene.numbers.value, "forward"), (scene.numbers.slope, "backward"))
    texts = [(_digits(table[name]), tone) for table, tone in tones if name in table]
    return tuple(Row(text, tone, min(9, fitting(text, 1.2))) for text, tone in texts if text)


def _digits(array: Any) -> str:
    """A number, or a few in brackets; nothing for an array too long to write down."""
    flat = np.ravel(np.asarray(array, dtype=float)) if not isinstance(array, list) else np.zeros(SHORT + 1)
    if flat.size > SHORT:
        return ""
    texts = [number_text(float(value), DIGITS if flat.size == 1 else DIGITS_OF_SEVERAL) for value in flat]
    return texts[0] if len(texts) == 1 else "(" + r",\,".join(texts) + ")"


def number_text(value: float, digits: int = DIGITS) -> str:
    """So many digits that count: 0.2689, 12, 1.3 10^{-5}."""
    text = f"{value:.{digits}g}"
    if "e" not in text:
        return "0" if text == "-0" else text
    mantissa, exponent = text.split("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"


# -- edges ---------------------------------------------------------------------------------


def _edge(link: Link, labels: tuple[Row, ...], nodes: Mapping[str, Node], bends: list[Point]) -> Edge:
    start, end = nodes[link.source], nodes[link.target]
    if link.back:
        return _return(start, end, labels)
    points = (start.border(bends[0] if bends else (end.x, end.y)), *bends,
              end.border(bends[-1] if bends else (start.x, start.y)))
    one, two = points[-2:]
    return Edge(start.name, end.name, points, labels=labels, at=((one[0] + two[0]) / 2, (one[1] + two[1]) / 2))


def _width(row: Row) -> float:
    """The width of a label, in TeX's letters, which are wider than those of Times."""
    return 1.15 * typeset(row.latex, row.size * POINT).width


def _return(start: Node, end: Node, labels: tuple[Row, ...]) -> Edge:
    """Back to an earlier vertex, in an arc above the line that leads from it."""
    between = (start.x + end.x) / 2
    one, four = start.border((between, start.y + ARC)), end.border((between, end.y + ARC))
    two, three = (start.x + (between - start.x) / 2, one[1] + ARC), (end.x + (between - end.x) / 2, four[1] + ARC)
    peak = (one[1] + four[1]) / 8 + (two[1] + three[1]) * 3 / 8
    return Edge(start.name, end.name, (one, two, three, four), labels=labels, at=(between, peak), curved=True)


def _label(scene: Scene, left: sp.Expr, access: sp.Expr, slope: sp.Expr) -> tuple[Row, ...]:
    """The local derivative, and under it what it comes to; a short one on one line."""
    text = scene.printer.text(slope)
    if len(scene.graph.links) <= (FEW if scene.numbers is None else FEWER):
        above, below = scene.printer.text(left), scene.printer.text(access)
        text = rf"\frac{{\partial {above}}}{{\partial {below}}} = {text}"
    if scene.numbers is not None and (value := _value(scene.numbers, slope)) is not None and not slope.is_number:
        if len(scene.graph.links) > FEWER:
            return Row(text, size=8), Row(f"= {value}", size=8)
        text += f" = {value}"
    return (Row(text, size=8),)


def _value(numbers: Numbers, slope: sp.Expr) -> str | None:
    """The number that a local derivative has, where all that it reads are single numbers."""
    reads = sorted(reads_of(slope), key=str)
    if any(tensor_of(r) not in numbers.value or np.size(numbers.value[tensor_of(r)]) != 1 for r in reads):
        return None
    put = {r: sp.Float(float(np.ravel(numbers.value[tensor_of(r)])[0])) for r in reads}
    found = in_primitives(slope).xreplace(put).evalf()
    return number_text(float(found)) if found.is_number else None


def _legend(scene: Scene, nodes: list[Node]) -> list[Node]:
    if scene.numbers is None:
        return []
    low = min(node.y - node.height / 2 for node in nodes) - 0.55
    middle = (min(node.x for node in nodes) + max(node.x for node in nodes)) / 2
    cost = scene.printer.text(scene.derivation.tensor(scene.derivation.cost).at())
    rows = (Row(r"\text{the value, computed forwards}", "forward", 8),
            Row(rf"\text{{the derivative of }}{cost}\text{{ with respect to it, computed backwards}}", "backward", 8))
    return [Node(middle, low, rows)]
