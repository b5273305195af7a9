"""A picture as data: shapes with rows of formulas, and lines between them. One layout, two printers.

Lengths are centimetres, y points up. Every label is LaTeX mathematics, as the printers of derivations
write it; words stand in \\text{...}. TikZ takes it as it stands, the SVG printer sets it itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Tone = Literal["plain", "faint", "forward", "backward", "path", "reach"]
"""path: the weight that is followed, and what it passes through; reach: the same where lines are many."""
Shape = Literal["circle", "box", "none"]
Point = tuple[float, float]
LINE = 0.42
"""From one row of a label to the next, for 10 pt."""


@dataclass(frozen=True)
class Row:
    """One line of a label; `size` in points."""

    latex: str
    tone: Tone = "plain"
    size: int = 10


@dataclass(frozen=True)
class Node:
    """A shape around (x, y), with its rows one under the other in the middle."""

    x: float
    y: float
    rows: tuple[Row, ...]
    shape: Shape = "none"
    width: float = 0.0
    height: float = 0.0
    tone: Tone = "plain"
    name: str = ""

    def border(self, towards: Point) -> Point:
        """The point of the outline that faces another point."""
        dx, dy = towards[0] - self.x, towards[1] - self.y
        if self.shape == "circle":
            scale = self.width / 2 / (math.hypot(dx, dy) or 1.0)
        else:
            scale = min((self.width / 2 / abs(dx)) if dx else math.inf, (self.height / 2 / abs(dy)) if dy else math.inf)
            scale = 0.0 if math.isinf(scale) else scale
        return self.x + dx * scale, self.y + dy * scale


@dataclass(frozen=True)
class Edge:
    """A line through points, from node `start` to node `end`, with a label beside it at `at`."""

    start: str
    end: str
    points: tuple[Point, ...]
    tone: Tone = "plain"
    arrow: bool = True
    labels: tuple[Row, ...] = ()
    at: Point = (0.0, 0.0)
    curved: bool = False
    """Four points, the control points of one Bezier curve."""


@dataclass(frozen=True)
class Picture:
    """Everything that is drawn; `title` says in words what it shows."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def straight(start: Node, end: Node, tone: Tone = "plain", arrow: bool = True, labels: tuple[Row, ...] = (),
             beside: float = 0.0, share: float = 0.5) -> Edge:
    """A line from outline to outline; its label `beside` it, to the left as one walks, at a share of its length."""
    one, two = start.border((end.x, end.y)), end.border((start.x, start.y))
    length = math.hypot(two[0] - one[0], two[1] - one[1]) or 1.0
    normal = (-(two[1] - one[1]) / length, (two[0] - one[0]) / length)
    at = tuple(a + (b - a) * share + n * beside for a, b, n in zip(one, two, normal, strict=True))
    return Edge(start.name, end.name, (one, two), tone, arrow, labels, (at[0], at[1]))


def spread(rows: Sequence[Row], x: float, y: float) -> list[tuple[float, float, Row]]:
    """Where the middle of each row lies when they stand around (x, y)."""
    heights = [LINE * row.size / 10 * (1.9 if r"\frac" in row.latex else 1.0) for row in rows]
    top, placed = y + sum(heights) / 2, []
    for row, height in zip(rows, heights, strict=True):
        placed.append((x, top - height / 2, row))
        top -= height
    return placed
