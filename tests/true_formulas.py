"""Every true formula of the kept examples, as each notation prints it, with the lines that say what its letters mean.

In: generated/examples.toml. Out: one `TrueFormula` a displayed row, left = right, of the gradients of each form.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from derive import pipeline
from derive.claims.network import MANY, ONE, SINGLE, Lines, readings
from derive.document.content import Display, Row
from derive.errors import DeriveError
from derive.latex.document import content
from derive.notation import notation, notations

FOLDER = Path(__file__).parent.parent / "generated"
EXAMPLES: list[dict[str, Any]] = tomllib.loads((FOLDER / "examples.toml").read_text(encoding="utf-8"))["example"]
TYPED = "model.eq"
FORMS = ("index", "matrix", "batch")
SHAPES = "shape check"
PREFACE = 2
"""The sections before the gradients: the symbols, and the cost."""


@dataclass(frozen=True)
class TrueFormula:
    """`claim` is printed, and so it is true of `lines`; `condition` says of which layers ("for $l < L$")."""

    label: str
    claim: str
    lines: Lines
    condition: str = ""


def model(example: dict[str, Any], name: str) -> pipeline.Model:
    arch = str(FOLDER / example["name"] / TYPED) if example["arch"] == TYPED else example["arch"]
    return pipeline.read(arch, example.get("choices", {}), notation(name))


def true_formulas() -> Iterator[TrueFormula]:
    """Of every example, in every notation and form; what two examples share, once."""
    seen: set[tuple[str, Lines]] = set()
    for example in EXAMPLES:
        for name in sorted(notations()):
            for one in formulas(example, name):
                if (one.claim, one.lines) not in seen:
                    seen.add((one.claim, one.lines))
                    yield one


def formulas(example: dict[str, Any], name: str) -> Iterator[TrueFormula]:
    read = model(example, name)
    try:
        found = readings(read, notation(name))
    except DeriveError:  # two arrays by one name
        return
    for form in (*FORMS, *(("chain",) if example["form"] == "chain" else ())):
        reading = {"batch": MANY, "chain": SINGLE}.get(form, ONE)
        try:
            sections = content(read, notation(name), form).sections[PREFACE:]
        except DeriveError:
            continue
        blocks = [b for section in sections for b in section.blocks if isinstance(b, Display)]
        for number, display in enumerate(blocks):
            for claim in claims(display.rows):
                label = f"{example['name']} {name} {form} {number}"
                yield TrueFormula(label, claim, found.get(reading, found[ONE]), display.condition)


def claims(rows: tuple[Row, ...]) -> Iterator[str]:
    """Each row with the left side that it continues."""
    left = ""
    for row in rows:
        left = row.left or left
        if row.reason != SHAPES:
            right = "".join(row.right)
            yield f"{left} {row.relation} " + (rf"\boxed{{{right}}}" if row.boxed else right)
