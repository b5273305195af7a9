"""A picture as TikZ: plain `\\usepackage{tikz}`, no libraries.

In: a picture. Out: a tikzpicture environment.
"""

from __future__ import annotations

from derive.diagrams.picture import Edge, Node, Picture, Point, Row, Tone, spread

COLOURS = {"faint": "B0B0B0", "forward": "1A7F37", "backward": "C62828", "path": "C2570C", "reach": "C2570C"}
SIZES = {10: r"\normalsize", 9: r"\small", 8: r"\footnotesize", 7: r"\scriptsize", 6: r"\tiny"}
GAP = 0.6
"""Half the width of what is kept clear between two rows, in centimetres."""
BACKED = "fill=white, "
PAGE = 11.0
"""Centimetres; a wider picture is scaled down to the width of the page."""
WIDTHS: dict[Tone, str] = {"faint": "0.25pt", "path": "1.1pt", "reach": "0.4pt"}


def tikz(picture: Picture) -> str:
    """The picture as an environment to paste."""
    lines = [r"\begin{tikzpicture}[>=stealth, line width=0.5pt]"]
    lines += [rf"  \definecolor{{derive{name}}}{{HTML}}{{{value}}}" for name, value in COLOURS.items()]
    lines += [_edge(edge) for edge in sorted(picture.edges, key=lambda e: e.tone == "path")]
    lines += [line for node in picture.nodes for line in _node(node)]
    lines += [line for edge in picture.edges for line in _label(edge)]
    lines.append(r"\end{tikzpicture}")
    if _across(picture) > PAGE:
        lines = [r"\noindent\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%", *lines, "}"]
    return "\n".join([*lines, ""])


def _across(picture: Picture) -> float:
    ends = [x for node in picture.nodes for x in (node.x - node.width / 2, node.x + node.width / 2)]
    return max(ends) - min(ends)


def _edge(edge: Edge) -> str:
    options = [_colour(edge.tone), *(["->"] if edge.arrow else []),
               *([f"line width={WIDTHS[edge.tone]}"] if edge.tone in WIDTHS else [])]
    if edge.curved:
        one, two, three, four = map(_at, edge.points)
        way = f"{one} .. controls {two} and {three} .. {four}"
    else:
        way = " -- ".join(map(_at, edge.points))
    return rf"  \draw[{', '.join(options)}] {way};"


def _node(node: Node) -> list[str]:
    shapes = []
    colour = _colour(node.tone) + (f", line width={WIDTHS['path']}" if node.tone == "path" else "")
    if node.shape == "circle":
        shapes = [rf"  \draw[{colour}] {_at((node.x, node.y))} circle[radius={_number(node.width / 2)}];"]
    elif node.shape == "box":
        low = (node.x - node.width / 2, node.y - node.height / 2)
        high = (node.x + node.width / 2, node.y + node.height / 2)
        shapes = [rf"  \draw[{colour}, rounded corners=3pt] {_at(low)} rectangle {_at(high)};"]
    return [*shapes, *_rows(node.rows, node.x, node.y)]


def _label(edge: Edge) -> list[str]:
    """The rows of a label on white; the line must not pass between two rows, where it would be a fraction's."""
    placed = spread(edge.labels, *edge.at)
    gaps = [rf"  \fill[white] {_at((x - GAP, low))} rectangle {_at((x + GAP, high))};"
            for (x, high, _), (_, low, _) in zip(placed, placed[1:], strict=False)]
    return [*gaps, *_rows(edge.labels, *edge.at, BACKED)]


def _rows(rows: tuple[Row, ...], x: float, y: float, more: str = "") -> list[str]:
    return [rf"  \node[inner sep=0pt, {more}text={_colour(row.tone)}, font={SIZES[row.size]}] at {_at((a, b))} "
            rf"{{${row.latex}$}};" for a, b, row in spread(rows, x, y)]


def _colour(tone: Tone) -> str:
    return "black" if tone == "plain" else f"derive{tone}"


def _at(point: Point) -> str:
    return f"({_number(point[0])},{_number(point[1])})"


def _number(value: float) -> str:
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
