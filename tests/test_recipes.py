"""The recipes of CONTRIBUTING, word for word: each file is what the program finds in its folder."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from derive.plan.record import Plan
from derive.registry import discover

TEXT = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPES = {place: dedent(body) for place, body in re.findall(r"`(derive/\S+\.py)`:\n\n((?: {4}.*\n|\n)+)", TEXT)}


@pytest.mark.parametrize("place", RECIPES)
def test_a_recipe_is_a_file_of_its_folder(place: str, tmp_path: Path) -> None:
    """Where it stands is free, what it states is of the kind of its neighbours, and imports nothing in vain."""
    path = Path(place)
    assert not (Path(__file__).parents[1] / path).exists()
    made = module(tmp_path / path.name, RECIPES[place])
    if path.parent.name == "passes":
        assert getattr(made, path.stem).__annotations__["return"] is Plan
        return
    neighbours = discover(".".join(path.parent.parts))
    assert type(made.ENTRY) in {type(one) for one in neighbours}
    assert made.ENTRY.name == path.stem and path.stem not in {one.name for one in neighbours}
    for line in re.findall(r"^(?:from \S+ )?import (.+)$", RECIPES[place], re.MULTILINE):
        for name in line.split(" as ")[-1].split(", "):
            assert name == "annotations" or len(re.findall(rf"\b{name}\b", RECIPES[place])) > 1, f"{name} is unused"


def test_every_recipe_is_read() -> None:
    assert len(RECIPES) == 8


def module(path: Path, text: str) -> Any:
    path.write_text(text, encoding="utf-8")
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None and specification.loader is not None
    made = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(made)
    return made
