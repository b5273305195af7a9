"""The README's table of all layers, costs and activations: each form, notation and style of code is tried.

`python -m pytest tests/test_table.py -m sweep -n0 --update-generated` writes it anew, after a new layer, say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from derive.errors import DeriveError
from derive.functions.record import ScalarFunction, VectorFunction
from derive.gradcheck.draw import with_constants
from derive.latex.document import document
from derive.model.cost import Cost
from derive.model.layer import Layer, layers
from derive.notation import Notation, notation
from derive.pipeline import Model, emit, equations
from derive.registry import discover
from derive.spec import load

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- table: made by tests/test_table.py -->\n", "<!-- end of the table -->\n"
FORMS = ("chain", "index", "matrix", "batch")
STYLES = ("plain", "fast")
YES, NO = "✓", ""


def things() -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """(its kind, its name, a small architecture with it, options), in order."""
    for layer in sorted({id(r): r for r in layers().values()}.values(), key=lambda r: r.name):
        assert isinstance(layer, Layer)
        yield "layer", layer.name, layer.examples[0], {}
    for cost in sorted((r for r in discover("derive.costs") if isinstance(r, Cost)), key=lambda r: r.name):
        yield "cost", cost.name, "3-2", {"cost": cost.name}
    functions = [r for r in discover("derive.activations") if isinstance(r, ScalarFunction | VectorFunction)]
    for function in sorted(functions, key=lambda r: r.name):
        yield "activation", function.name, "3-2", {"activation": function.name}


def row(kind: str, name: str, arch: str, options: dict[str, str]) -> str:
    def model(style: Notation) -> Model:
        return equations(load(arch, **options), style)

    usual = notation("nielsen")
    makers: list[Callable[[], str]] = [partial(shown, model(usual), usual, form) for form in FORMS]
    makers += [partial(shown, model(style), style, "index") for style in noted()]
    makers += [partial(emit, with_constants(model(usual).many), style=style) for style in STYLES]
    cells = [tried(make) for make in makers]
    return f"| {kind} | {name} | {' | '.join(cells)} |\n"


def shown(model: Model, style: Notation, form: str) -> str:
    return str(document(model, style, form=form, wrt=(), page="fragment"))


def tried(make: Callable[[], str]) -> str:
    """A tick where it is made; nothing where it is refused. Anything else is a fault, and the test fails."""
    try:
        return YES if make() else NO
    except DeriveError:
        return NO


def noted() -> list[Notation]:
    return sorted((r for r in discover("derive.notations") if isinstance(r, Notation)), key=lambda r: r.name)


def table() -> str:
    heads = ["", "", *FORMS, *(r.name for r in noted()), *STYLES]
    return f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}\n" + "".join(row(*thing) for thing in things())


@pytest.mark.sweep
def test_the_table_of_the_readme(request: pytest.FixtureRequest) -> None:
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    kept, after = rest.split(END)
    made = "\n" + table() + "\n"
    if request.config.getoption("--update-generated"):
        README.write_text(before + BEGIN + made + END + after, encoding="utf-8")
    else:
        assert kept == made, "after a new layer, cost or activation: see --update-generated"
