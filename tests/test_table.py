"""The README's table of all layers, costs and activations: each form, notation and target is tried.

A tick means that the page was printed, and compiled where there is a TeX; that the code was run and its gradients are
right. What is refused has none; anything else fails the test.

`python -m pytest tests/test_table.py -m sweep -n0 --update-generated` writes it anew, after a new layer, say.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from derive.errors import DeriveError
from derive.functions.record import ScalarFunction, VectorFunction
from derive.gradcheck.draw import draw_data, with_constants
from derive.gradcheck.emitted import load_source
from derive.gradcheck.proof import prove
from derive.ir import Derivation
from derive.latex.document import document
from derive.model.cost import Cost
from derive.model.layer import Layer, layers
from derive.notation import Notation, notation
from derive.pipeline import Model, emit, equations
from derive.registry import discover
from derive.spec import load
from derive.targets import Target
from derive.targets.numpy import STYLES

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- table: made by tests/test_table.py -->\n", "<!-- end of the table -->\n"
FORMS = ("chain", "index", "matrix", "batch")
USUAL = "nielsen"
YES, NO = "✓", ""
ROWS = 3
"""How many examples the fast code is run with."""


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


def row(kind: str, name: str, arch: str, options: dict[str, str], printed: list[str]) -> str:
    network = load(arch, **options)
    models = {style.cost_factor: equations(network, style) for style in noted()}  # all that it says about a model
    pages = {(style.name, "index"): partial(shown, models[style.cost_factor], style, "index", printed)
             for style in noted()}
    usual = models[notation(USUAL).cost_factor]
    pages |= {(USUAL, form): partial(shown, usual, notation(USUAL), form, printed) for form in FORMS if form != "index"}
    made = {place: tried(page) for place, page in pages.items()}
    cells = [made[USUAL, form] for form in FORMS] + [made[style.name, "index"] for style in noted()]
    many = with_constants(usual.many)
    cells += [tried(partial(run, many, target, style)) for target, style in emitted()]
    return f"| {kind} | {name} | {' | '.join(cells)} |\n"


def shown(model: Model, style: Notation, form: str, printed: list[str]) -> None:
    printed.append(str(document(model, style, form=form, wrt=(), page="article")))


def run(many: Derivation, target: str, style: str) -> None:
    """The emitted gradients agree with differences and with the equations; those of the class with the function's."""
    module: Any = load_source(emit(many, target, style=style))
    assert all(one.right for one in prove(module, many, 20, 1))
    if style == "fast":
        rng = np.random.default_rng(0)
        params, data = module.init(rng), draw_data(many, {"m": ROWS}, rng).values()
        cost, grads = module.cost_and_gradients(params, *data)
        found, others = module.Gradient(ROWS)(params, *data)
        assert abs(found - cost) < 1e-12 and all(np.allclose(others[name], grads[name], 1e-9, 1e-13) for name in grads)


def tried(make: Callable[[], None]) -> str:
    """A tick where it is made; nothing where it is refused. Anything else is a fault, and the test fails."""
    try:
        make()
    except DeriveError:
        return NO
    return YES


def compiled(printed: list[str], folder: Path) -> None:
    """Every page in one run of TeX."""
    bodies = [re.split(r"\\maketitle|\\end\{document\}", article)[1] for article in printed]
    marked = "".join(f"\n\\typeout{{document {n}}}{body}\\clearpage" for n, body in enumerate(bodies))
    preamble = printed[0].split(r"\title")[0]
    (folder / "all.tex").write_text(f"{preamble}\\begin{{document}}{marked}\n\\end{{document}}\n", encoding="utf-8")
    made = subprocess.run(["pdflatex", "-draftmode", "-interaction=nonstopmode", "-halt-on-error", "all.tex"],
                          cwd=folder, capture_output=True, text=True, errors="replace")
    assert made.returncode == 0, made.stdout[-2000:]


def emitted() -> list[tuple[str, str]]:
    return [(one.name, style) for one in discover("derive.targets") if isinstance(one, Target) for style in STYLES]


def noted() -> list[Notation]:
    return sorted((r for r in discover("derive.notations") if isinstance(r, Notation)), key=lambda r: r.name)


def table(printed: list[str]) -> str:
    """The table; what was printed for it is added to the list."""
    heads = ["", "", *FORMS, *(r.name for r in noted()), *(f"{target} {style}" for target, style in emitted())]
    return f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}\n" + "".join(row(*thing, printed) for thing in things())


@pytest.mark.sweep
def test_the_table_of_the_readme(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    kept, after = rest.split(END)
    printed: list[str] = []
    made = "\n" + table(printed) + "\n"
    if shutil.which("pdflatex") is not None:
        compiled(printed, tmp_path)
    if request.config.getoption("--update-generated"):
        README.write_text(before + BEGIN + made + END + after, encoding="utf-8")
    else:
        assert kept == made, "after a new layer, cost or activation: see --update-generated"
