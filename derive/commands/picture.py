"""`derive picture`: the network, or the graph of its computation, drawn."""

from __future__ import annotations

from collections.abc import Sequence

from derive import files
from derive.diagrams import graph_picture, network_picture, read_values, svg, tikz
from derive.own_notation import notation_of
from derive.pipeline import Choices, read


def picture(arch: str, choices: Choices, out: str | None, *, kind: str, notation: str, weight: str | None,
            values: Sequence[str], page: str) -> None:
    files.check_writable(out)
    style = notation_of(notation)
    model = read(arch, choices, style).one
    if kind == "graph":
        drawn = graph_picture(model, style, read_values(values, model) if values else None)
    else:
        drawn = network_picture(model, style, weight)
    files.write(out, {"svg": svg, "tikz": tikz}[page](drawn))


ENTRY = picture
