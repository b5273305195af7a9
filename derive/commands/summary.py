"""`derive summary`: layers, shapes, parameters, operations and memory."""

from __future__ import annotations

from derive import files
from derive.calculus.reverse import reverse
from derive.own_notation import notation_of
from derive.pipeline import NOTATION, Choices, read
from derive.summary import summary as summarize


def summary(arch: str, choices: Choices) -> None:
    model = read(arch, choices, notation_of(NOTATION))
    files.write(None, summarize(model.one, reverse(model.one)) + "\n")


ENTRY = summary
