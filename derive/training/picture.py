"""A falling cost, drawn: in the terminal with characters, in a file as SVG (PNG where matplotlib is).

In: one number per point. Out: lines of text, or the bytes of a picture.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from html import escape

from derive.errors import DeriveError

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 360, 64, 44
INK, LINE, FAINT = "#333333", "#1c6db3", "#dddddd"


def smooth(values: Sequence[float], points: int) -> list[float]:
    """At most `points` means of neighbouring values."""
    points = max(1, min(points, len(values)))
    edges = [round(i * len(values) / points) for i in range(points + 1)]
    return [sum(values[a:b]) / (b - a) for a, b in zip(edges, edges[1:], strict=False)]


def plot(values: Sequence[float], width: int = 60, height: int = 12) -> str:
    """The values as columns of characters, with the greatest and the least written at the side."""
    columns = smooth(values, width)
    low, high = 0.0, max(columns) or 1.0
    blocks = " ▁▂▃▄▅▆▇█"
    lines = []
    for row in range(height - 1, -1, -1):
        filled = [round(8 * ((v - low) / (high - low) * height - row)) for v in columns]
        label = {height - 1: f"{high:8.4f}", 0: f"{low:8.4f}"}.get(row, " " * 8)
        lines.append(f"{label} │" + "".join(blocks[max(0, min(8, f))] for f in filled).rstrip())
    return "\n".join([*lines, " " * 9 + "└" + "─" * len(columns)])


def svg(values: Sequence[float], title: str, across: str, up: str) -> str:
    """The values as a line over their numbers, as a self-contained SVG picture."""
    points = smooth(values, 300)
    top = _nice(max(points))
    wide, high = WIDTH - LEFT - 24, HEIGHT - BOTTOM - 44

    def place(share: float, value: float) -> str:
        return f"{LEFT + share * wide:.1f},{44 + (1 - value / top) * high:.1f}"

    path = " ".join(place(i / max(1, len(points) - 1), v) for i, v in enumerate(points))
    grid = [_tick(44 + (1 - i / 4) * high, f"{top * i / 4:.3g}") for i in range(5)]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="13" fill="{INK}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="26" font-size="15">{escape(title)}</text>', *grid,
        f'<text x="{LEFT + wide / 2:.0f}" y="{HEIGHT - 12}" text-anchor="middle">{escape(across)}</text>',
        f'<text x="{LEFT + wide:.0f}" y="{44 + high + 18:.0f}" text-anchor="end">{len(values)}</text>',
        f'<text x="{LEFT}" y="{44 + high + 18:.0f}">0</text>',
        f'<text x="16" y="{44 + high / 2:.0f}" transform="rotate(-90 16 {44 + high / 2:.0f})" '
        f'text-anchor="middle">{escape(up)}</text>',
        f'<polyline points="{path}" fill="none" stroke="{LINE}" stroke-width="2" stroke-linejoin="round"/>',
        "</svg>", ""])


def png(values: Sequence[float], title: str, across: str, up: str) -> bytes:
    """The same picture as PNG; this one needs matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise DeriveError("a PNG needs matplotlib, which is not installed",
                          do="Install the extra: pip install 'derive-backprop[demo]', or write .svg.") from None
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.add_subplot(title=title, xlabel=across, ylabel=up)
    points = smooth(values, 300)
    axes.plot([len(values) * i / len(points) for i in range(len(points))], points, color=LINE)
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=150)
    return out.getvalue()


def _nice(value: float) -> float:
    """The next number of the form 1, 2, 2.5 or 5 times a power of ten."""
    if not math.isfinite(value) or value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= value)


def _tick(height: float, label: str) -> str:
    return (f'<line x1="{LEFT}" x2="{WIDTH - 24}" y1="{height:.1f}" y2="{height:.1f}" stroke="{FAINT}"/>'
            f'<text x="{LEFT - 8}" y="{height + 4:.1f}" text-anchor="end">{label}</text>')
