"""The rows of tests/claims: formulas that people published, with what their letters mean and what is expected."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "claims"
EXPECTED = frozenset({"id", "claim", "python", "verdict", "mistake", "corrected"})


@dataclass(frozen=True)
class Row:
    """One claim: its text, its context as a table, and the verdicts and mistakes that are right answers."""

    id: str
    file: str
    text: str
    python: bool
    context: dict[str, Any]
    verdicts: tuple[str, ...]
    mistakes: tuple[str, ...]
    corrected: str | None


def rows(pattern: str = "*.toml") -> list[Row]:
    """All rows of the files whose name fits, in order."""
    return [_row(path.stem, table) for path in sorted(FOLDER.glob(pattern)) if path.stem != "left_out"
            for table in tomllib.loads(path.read_text(encoding="utf-8"))["claim"]]


def _row(file: str, table: dict[str, Any]) -> Row:
    text = table["python"] if "python" in table else table["claim"]
    context = {key: value for key, value in table.items() if key not in EXPECTED}
    return Row(table["id"], file, text, "python" in table, context, _several(table["verdict"]),
               _several(table.get("mistake", ())), table.get("corrected"))


def _several(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
