"""The examples in generated/: derived anew, compared to the byte, and run.

`python -m pytest tests/test_generated.py --update-generated` writes them instead.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from derive import pipeline
from derive.document.page import page
from derive.files import write
from derive.gradcheck.draw import with_constants
from derive.gradcheck.emitted import load_module
from derive.gradcheck.proof import prove
from derive.gradcheck.second import prove_second
from derive.latex.document import content, document
from derive.latex.second import second_document
from derive.notation import notation
from derive.text import write_equations

FOLDER = Path(__file__).parent.parent / "generated"
KEPT: dict[str, list[dict[str, Any]]] = tomllib.loads((FOLDER / "examples.toml").read_text(encoding="utf-8"))
EXAMPLES, SECOND = KEPT["example"] + KEPT["family"], KEPT["second"]
NAMES = [example["name"] for example in EXAMPLES]
BEYOND = [example["name"] for example in SECOND]
TYPED = "model.eq"


def read(example: dict[str, Any]) -> pipeline.Model:
    typed = example["arch"] == TYPED
    arch = str(FOLDER / example["name"] / TYPED) if typed else example["arch"]
    return pipeline.read(arch, example.get("choices", {}), notation(example["notation"]))


def texts(example: dict[str, Any]) -> dict[str, str]:
    """Every file of an example but a typed model."""
    model = read(example)
    style = notation(example["notation"])
    found = {
        "derivation.tex": document(model, style, form=example["form"], wrt=(), page="article"),
        "gradient.py": pipeline.emit(model.many, notation=example["notation"]),
    }
    if example.get("sample"):
        found["derivation.html"] = document(model, style, form=example["form"], wrt=(), page="html")
    return found if example["arch"] == TYPED else {"equations.eq": write_equations(model.one), **found}


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_an_example_comes_out_as_it_is_kept(example: dict[str, Any], request: pytest.FixtureRequest) -> None:
    compare(example["name"], texts(example), request)


def compare(folder: str, made: dict[str, str], request: pytest.FixtureRequest) -> None:
    for name, text in made.items():
        path = FOLDER / folder / name
        if request.config.getoption("--update-generated"):
            path.parent.mkdir(exist_ok=True)
            write(path, text)
        assert path.read_text(encoding="utf-8") == text, f"{path} differs: see --update-generated"


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_the_module_of_an_example_is_right(example: dict[str, Any]) -> None:
    module = load_module(FOLDER / example["name"] / "gradient.py")
    rows = prove(module, with_constants(read(example).many), entries=50, seed=1)
    assert rows and all(row.right for row in rows), rows


def read_second(example: dict[str, Any]) -> pipeline.Model:
    return read({**example, "notation": "nielsen"})


@pytest.mark.parametrize("example", SECOND, ids=BEYOND)
def test_a_second_derivative_comes_out_as_it_is_kept(example: dict[str, Any], request: pytest.FixtureRequest) -> None:
    model, style, kind = read_second(example), notation("nielsen"), example.get("kind")
    told = content(model, style) if kind is None else second_document(model.one, model.many, style, kind)
    made = {"derivation.tex": str(page("article").write(told)), "gradient.py": pipeline.emit(model.many, second=kind)}
    compare(example["name"], made, request)


@pytest.mark.parametrize("example", SECOND, ids=BEYOND)
def test_the_module_of_a_second_derivative_is_right(example: dict[str, Any]) -> None:
    module, many = load_module(FOLDER / example["name"] / "gradient.py"), with_constants(read_second(example).many)
    rows = prove(module, many, entries=50, seed=1)
    if "kind" in example:
        rows += prove_second(module, many, example["kind"], seed=1)
    assert rows and all(row.right for row in rows), rows


def test_nothing_else_is_kept() -> None:
    assert sorted(p.name for p in FOLDER.iterdir() if p.is_dir()) == sorted([*NAMES, *BEYOND])
