"""`derive summary`: layers, shapes, parameters, operations and memory."""

from __future__ import annotations

from derive import files
from derive.calculus.reverse import reverse
from derive.own_notation import notation_of
from derive.pipeline import NOTATION, Choices, equations
from derive.spec import Network, load
from derive.summary import summary as summarize


def summary(arch: str, choices: Choices) -> None:
    source = load(arch, **choices)
    model = equations(source, notation_of(NOTATION))
    network = source if isinstance(source, Network) else None
    files.write(None, summarize(model.one, reverse(model.one), network) + "\n")


ENTRY = summary
