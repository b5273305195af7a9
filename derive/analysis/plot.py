"""The size of the gradients layer by layer, drawn on a logarithmic scale.

In: the flow of a network. Out: a picture for TikZ and SVG, or the bytes of a PNG where matplotlib is.
"""

from __future__ import annotations

import io
import math

from derive.analysis.flow import Flow
from derive.diagrams.picture import Edge, Node, Picture, Row, Tone
from derive.errors import DeriveError

WIDE, HIGH = 10.0, 5.0


def flow_picture(flow: Flow) -> Picture:
    """The mean |dC/dz| per layer on a logarithmic scale, beside what the slopes alone would leave of it."""
    measured, bounded = _series(flow)
    logs = [math.log10(v) for v in (*measured, *bounded) if v > 0]
    if not logs:
        raise DeriveError("every gradient is 0, so there is nothing to draw")
    low, high = math.floor(min(logs)), max(math.ceil(max(logs)), math.floor(min(logs)) + 1)
    count = len(flow.layers)

    def place(number: int, value: float) -> tuple[float, float]:
        return (number - 0.5) / count * WIDE, (math.log10(value) - low) / (high - low) * HIGH

    nodes = _axis(flow, low, high)
    edges = [Edge("", "", ((0.0, tick), (WIDE, tick)), "faint", arrow=False) for tick in _ticks(low, high).values()]
    series: tuple[tuple[list[float], Tone, str], ...] = (
        (bounded, "path", r"\text{the slopes alone, each at its bound}"), (measured, "forward", r"\text{measured}"))
    for rank, (values, tone, words) in enumerate(series):
        points = tuple(place(n, v) for n, v in enumerate(values, 1) if v > 0)
        nodes += [Node(x, y, (), "circle", 0.14, 0.14, tone) for x, y in points]
        edges += [Edge("", "", points, tone, arrow=False)] if len(points) > 1 else []
        nodes.append(Node(WIDE / 4 + rank * WIDE / 2, HIGH + 0.4, (Row(words, tone, 9),)))
    return Picture("The mean size of dC/dz in each layer, at initialisation", tuple(nodes), tuple(edges))


def _ticks(low: int, high: int) -> dict[int, float]:
    """The height of each power of ten, of at most ten or so."""
    step = max(1, math.ceil((high - low) / 10))
    return {power: (power - low) / (high - low) * HIGH for power in range(low, high + 1, step)}


def _axis(flow: Flow, low: int, high: int) -> list[Node]:
    count = len(flow.layers)
    step = max(1, math.ceil(count / 20))
    nodes = [Node(-0.45, y, (Row(f"10^{{{power}}}", size=9),)) for power, y in _ticks(low, high).items()]
    nodes += [Node((n - 0.5) / count * WIDE, -0.35, (Row(str(n), size=9),)) for n in range(1, count + 1, step)]
    nodes.append(Node(WIDE / 2, -0.85, (Row(r"\text{layer}", size=9),)))
    nodes.append(Node(WIDE / 2, HIGH + 0.95,
                      (Row(r"\text{mean }|\partial C / \partial z|\text{ at initialisation}"),)))
    return nodes


def _series(flow: Flow) -> tuple[list[float], list[float]]:
    """What was measured; and what the last layer's would become if every slope stood at its bound."""
    measured = [layer.gradient for layer in flow.layers]
    return measured, [measured[-1] * float(flow.product(layer.number)) for layer in flow.layers]


def flow_png(flow: Flow) -> bytes:
    """The same as PNG; this one needs matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise DeriveError("a PNG needs matplotlib, which is not installed",
                          do="Install the extra: pip install 'derive-backprop[demo]', or write .svg.") from None
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.add_subplot(title="mean |dC/dz| at initialisation", xlabel="layer", yscale="log")
    numbers = [layer.number for layer in flow.layers]
    measured, bounded = _series(flow)
    axes.plot(numbers, bounded, "o-", color="#c2570c", label="the slopes alone, each at its bound")
    axes.plot(numbers, measured, "o-", color="#1a7f37", label="measured")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=150)
    return out.getvalue()
