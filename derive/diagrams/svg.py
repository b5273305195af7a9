"""A picture as one self-contained SVG: light and dark, formulas as letters of a serif font.

In: a picture. Out: the text of an SVG that can stand alone, in a page or in a README.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from derive.diagrams.picture import Edge, Node, Picture, Point, Row, spread
from derive.diagrams.typeset import POINT, Box, typeset

CM = 40.0
MARGIN = 0.35
STYLE = """
.dp { --dp-paper: #ffffff; --dp-plain: #1f1f1f; --dp-faint: #b4b4b4; --dp-forward: #1a7f37; --dp-backward: #c62828;
  --dp-path: #c2570c; --dp-reach: #c2570c; max-width: 100%; height: auto;
  font-family: "Times New Roman", "Liberation Serif", Times, serif }
@media (prefers-color-scheme: dark) { .dp { --dp-paper: #1b1c1f; --dp-plain: #e8e8e8; --dp-faint: #63666b;
  --dp-forward: #5fd68a; --dp-backward: #ff8a80; --dp-path: #ffb366; --dp-reach: #ffb366 } }
.dp-paper { fill: var(--dp-paper) }
.dp-i { font-style: italic }
.dp-b { font-weight: bold }
""" + "\n".join(
    f".dp-{tone} {{ stroke: var(--dp-{tone}); stroke-width: {width}; fill: none }} "
    f".dp-t-{tone} {{ fill: var(--dp-{tone}) }}"
    for tone, width in (("plain", 1), ("faint", 0.6), ("forward", 1), ("backward", 1), ("path", 2), ("reach", 0.8)))


def svg(picture: Picture) -> str:
    """The picture as the text of an SVG file."""
    left, low, right, high = _frame(picture)
    size = f"{(right - left) * CM:.0f}", f"{(high - low) * CM:.0f}"

    def at(point: Point) -> tuple[float, float]:
        return (point[0] - left) * CM, (high - point[1]) * CM

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="dp" width="{size[0]}" height="{size[1]}" '
        f'viewBox="0 0 {size[0]} {size[1]}" role="img">',
        f"<title>{escape(picture.title)}</title>",
        f"<style>{STYLE}\n</style>",
        f'<rect class="dp-paper" width="{size[0]}" height="{size[1]}" rx="6"/>']
    for edge in sorted(picture.edges, key=lambda e: e.tone == "path"):
        lines += _edge(edge, [at(p) for p in edge.points])
    for node in picture.nodes:
        lines += [*_shape(node, *at((node.x, node.y))), *_rows(node.rows, *at((node.x, node.y)))]
    for edge in picture.edges:
        lines += _rows(edge.labels, *at(edge.at), backed=True)
    return "\n".join([*lines, "</svg>", ""])


def _frame(picture: Picture) -> tuple[float, float, float, float]:
    """Left, low, right and high end of everything."""
    points = [p for edge in picture.edges for p in edge.points]
    for node in picture.nodes:
        points += _corners(node.x, node.y, node.width, node.height)
    labels = [(n.rows, (n.x, n.y)) for n in picture.nodes] + [(e.labels, e.at) for e in picture.edges]
    for rows, (x, y) in labels:
        for a, b, row in spread(rows, x, y):
            box = typeset(row.latex, row.size * POINT)
            points += _corners(a, b, box.width, box.ascent + box.descent)
    across, up = [p[0] for p in points], [p[1] for p in points]
    return min(across) - MARGIN, min(up) - MARGIN, max(across) + MARGIN, max(up) + MARGIN


def _corners(x: float, y: float, width: float, height: float) -> list[Point]:
    return [(x - width / 2, y - height / 2), (x + width / 2, y + height / 2)]


def _edge(edge: Edge, points: list[Point]) -> Iterator[str]:
    texts = [f"{x:.1f},{y:.1f}" for x, y in points]
    way = f"M{texts[0]} C{' '.join(texts[1:])}" if edge.curved else f"M{' L'.join(texts)}"
    yield f'<path class="dp-{edge.tone}" d="{way}"/>'
    if edge.arrow:
        yield _head(points[-2], points[-1], edge.tone)


def _head(before: Point, end: Point, tone: str) -> str:
    """An arrow head as a triangle, so that it has the colour of its line."""
    dx, dy = end[0] - before[0], end[1] - before[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    dx, dy = dx / length, dy / length
    back = end[0] - 7 * dx, end[1] - 7 * dy
    corners = [end, (back[0] - 2.8 * dy, back[1] + 2.8 * dx), (end[0] - 5 * dx, end[1] - 5 * dy),
               (back[0] + 2.8 * dy, back[1] - 2.8 * dx)]
    return f'<path class="dp-t-{tone}" d="M{" L".join(f"{x:.1f},{y:.1f}" for x, y in corners)} Z"/>'


def _shape(node: Node, x: float, y: float) -> Iterator[str]:
    wide, tall = node.width * CM, node.height * CM
    if node.shape == "circle":
        yield f'<circle class="dp-{node.tone}" cx="{x:.1f}" cy="{y:.1f}" r="{wide / 2:.1f}"/>'
    elif node.shape == "box":
        yield (f'<rect class="dp-{node.tone}" x="{x - wide / 2:.1f}" y="{y - tall / 2:.1f}" width="{wide:.1f}" '
               f'height="{tall:.1f}" rx="5"/>')


def _rows(rows: tuple[Row, ...], x: float, y: float, backed: bool = False) -> Iterator[str]:
    placed = spread(rows, 0.0, 0.0)
    if backed and len(placed) > 1:  # the line must not pass between two rows, where it would be a fraction's
        high, low = y - placed[0][1] * CM, y - placed[-1][1] * CM
        yield f'<rect class="dp-paper" x="{x - 24:.1f}" y="{high:.1f}" width="48" height="{low - high:.1f}"/>'
    for _, up, row in placed:
        box = typeset(row.latex, row.size * POINT * CM)
        left, base = x - box.width / 2, y - up * CM + _drop(box, row.size * POINT * CM)
        if backed:
            yield (f'<rect class="dp-paper" x="{left - 2:.1f}" y="{base - box.ascent:.1f}" '
                   f'width="{box.width + 4:.1f}" height="{box.ascent + box.descent:.1f}"/>')
        yield f'<g class="dp-t-{row.tone}" aria-label="{escape(row.latex)}">{_glyphs(box, left, base)}</g>'


def _drop(box: Box, size: float) -> float:
    """From the middle of a row down to its baseline: the same for all but tall formulas."""
    return 0.26 * size if box.ascent < 1.15 * size else (box.ascent - box.descent) / 2


def _glyphs(box: Box, left: float, base: float) -> str:
    found = []
    for glyph in box.glyphs:
        if not glyph.text.strip():
            continue
        style = ' class="dp-i"' if glyph.italic else ' class="dp-b"' if glyph.bold else ""
        fit = f' textLength="{glyph.width:.1f}" lengthAdjust="spacingAndGlyphs"' if len(glyph.text) > 1 else ""
        found.append(f'<text{style} x="{left + glyph.x:.1f}" y="{base + glyph.y:.1f}" font-size="{glyph.size:.1f}"'
                     f'{fit}>{escape(glyph.text)}</text>')
    found += [f'<rect x="{left + x:.1f}" y="{base + y - 0.4:.1f}" width="{length:.1f}" height="0.8" stroke="none"/>'
              for x, y, length in box.rules]
    return "".join(found)
