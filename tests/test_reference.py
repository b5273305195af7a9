"""docs/reference.md: every layer, cost, activation and regularizer, from what its own file says.

`python -m pytest tests/test_reference.py -n0 --update-generated` writes it anew, after a new layer, say.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path
from typing import Any

import pytest

from derive.functions.record import VectorFunction
from derive.model.argument import Argument
from derive.model.cost import Cost, Regularizer
from derive.model.layer import Layer
from derive.registry import entry

KEPT = Path(__file__).parent.parent / "docs" / "reference.md"
HEAD = """\
# Layers, costs, activations, regularizers

Each is one file of forward equations; this page is made from these files
(`python -m pytest tests/test_reference.py -n0 --update-generated`), and a test compares it.

In a line of architecture a layer is its name with its arguments in brackets, the needed ones in order, the others by
name, and behind a colon its activation: `1x28x28-conv(8, 5x5, stride=2, bias=false):relu-flatten-10:softmax`. A width
alone is a dense layer. Windows (`kernel`, `stride`, ...) are one number, or one for each axis: `5x3`. In TOML the same
stands in `layers = [...]`.
"""
PARTS = {
    "layers": ("Layers", ""),
    "costs": ("Costs", "`--cost NAME`, or `cost = \"NAME\"`; or a formula such as `sum((a[j] - y[j])^4, j)`."),
    "activations": ("Activations", "`--activation NAME`, `--output NAME` for the last layer, or behind a colon; "
                                   "or a formula in z: `z/(1+exp(-z))`."),
    "regularizers": ("Regularizers", "`--regularize NAME`, or with a factor and a number: `l2:lambda/2m:0.1`."),
}
IN_FRONT = {"": "", "time": ", those of each step of a sequence alike", "any": ", with any axes in front"}


def test_the_page_says_what_the_files_say(request: pytest.FixtureRequest) -> None:
    text = "\n".join([HEAD, *(line for part in PARTS for line in section(part))])
    if request.config.getoption("--update-generated"):
        KEPT.write_text(text, encoding="utf-8")
    assert KEPT.read_text(encoding="utf-8") == text, f"{KEPT} differs: see --update-generated"


def section(part: str) -> Iterator[str]:
    title, written = PARTS[part]
    yield from (f"## {title}", "", *([written, ""] if written else []))
    folder = importlib.import_module(f"derive.{part}")
    for name in sorted(module.name for module in pkgutil.iter_modules(folder.__path__)):
        module = importlib.import_module(f"derive.{part}.{name}")
        record = entry(f"derive.{part}", name)
        yield from (f"### {heading(record)}", "", shown(module.__doc__ or ""), "")
        yield from [*(f"    {line}".rstrip() for line in formula(record)), ""] if formula(record) else []
        yield from said(record)


def heading(record: Any) -> str:
    if not isinstance(record, Layer):
        return record.name
    listed = [part for part in (record.signature, "bias=true" if record.biases else "") if part]
    return f"{record.name}({', '.join(listed)})" if listed else record.name


def shown(doc: str) -> str:
    """The text with its signs for Markdown; its indented lines are code there, too."""
    lines = doc.strip().splitlines()
    return "\n".join(line if line.startswith("    ") else re.sub(r"([*_<])", r"\\\1", line) for line in lines)


def said(record: Any) -> Iterator[str]:
    """What the record states besides, as a list."""
    points: list[str] = []
    if isinstance(record, Layer):
        takes = " or ".join(record.takes) if record.inputs == 1 else f"{record.inputs or 'several'} values"
        points += [f"takes {takes}{IN_FRONT[record.over]}"]
        points += [f"`{a.name}` is {choices(a)}" for a in record.arguments if a.words or a.bounds]
        points += [f"`{line}`" for line in record.examples if "\n" not in line]
    points += [f"made for the output {record.output}"] if getattr(record, "output", "") else []
    points += [f"where {' and '.join(record.conditions)}"] if getattr(record, "conditions", ()) else []
    points += [f"ties: {record.ties}"] if getattr(record, "ties", "") else []
    points += [f"also called {', '.join(f'`{name}`' for name in record.aliases)}"] if record.aliases else []
    points += [f"source: {record.source}"] if record.source else []
    yield from (*(f"- {point}" for point in points), "")


def choices(argument: Argument) -> str:
    if argument.words:
        return " or ".join(f"`{word}`" for word in argument.words)
    return "a number, " + " and ".join(f"{words} {bound}" for words, bound in argument.bounds)


def formula(record: Any) -> list[str]:
    """The equations of what is so short that they say what it is."""
    return cleandoc(record.equations).splitlines() if isinstance(record, Cost | Regularizer | VectorFunction) else []


def test_every_argument_of_a_layer_is_on_the_page() -> None:
    page = KEPT.read_text(encoding="utf-8")
    assert "### conv(channels, kernel, stride=1, padding=0, dilation=1, groups=1, bias=true)" in page
    assert "- `mask` is `none` or `causal` or `data`" in page
