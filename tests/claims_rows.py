"""The rows of tests/claims: formulas that people publish, what their letters mean, and what is expected of them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from derive.check.decide import check
from derive.check.lint import Judge
from derive.check.opening import judge_in
from derive.check.program import one_verdict
from derive.check.setting import Setting
from derive.check.verdict import UNREADABLE, Verdict
from derive.claims.context import Context
from derive.claims.python import PythonContext
from derive.claims.python.declarations import declared
from derive.commands.check import claim_lines
from derive.errors import DeriveError

FOLDER = Path(__file__).parent / "claims"
CRASH = "an error of the program"


@dataclass(frozen=True)
class Row:
    """One claim with its context, and the verdicts and mistakes that are right answers."""

    file: str
    id: str
    text: str
    python: bool
    table: tuple[tuple[str, Any], ...]
    verdicts: tuple[str, ...]
    mistakes: tuple[str, ...]
    corrected: str | None

    def context(self) -> Context | PythonContext:
        said = dict(self.table)
        where = tuple(said.get("where", ()))
        if self.python:
            return PythonContext(said.get("forward", ""), said.get("cost", ""), where)
        return Context(given=tuple(said.get("given", ())), where=where, layout=said.get("layout", ""),
                       elementwise=tuple(said.get("elementwise", ())), einstein=said.get("einstein", False))


@cache
def rows(pattern: str = "*.toml") -> tuple[Row, ...]:
    """All rows of the files whose name fits, in order."""
    return tuple(_row(path.stem, table) for path in sorted(FOLDER.glob(pattern)) if path.stem != "left_out"
                 for table in tomllib.loads(path.read_text(encoding="utf-8"))["claim"])


def _row(file: str, table: dict[str, Any]) -> Row:
    python = "python" in table
    return Row(file, table["id"], table["python" if python else "claim"], python,
               tuple((key, tuple(value) if isinstance(value, list) else value) for key, value in table.items()),
               _several(table["verdict"]), _several(table.get("mistake", ())), table.get("corrected"))


def _several(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@cache
def verdict(row: Row, corrected: bool = False) -> Verdict:
    """What the checker says about the claim of a row, or about the formula that is right in its place."""
    text = row.corrected if corrected and row.corrected is not None else row.text
    try:
        if (arch := dict(row.table).get("arch")) is not None:
            return _judge(arch, dict(row.table).get("notation", ""))(text)
        context = row.context()
        return _python(text, context) if isinstance(context, PythonContext) else check(text, context)
    except DeriveError as error:
        return Verdict(text, UNREADABLE, explanation=str(error))
    except Exception as error:
        return Verdict(text, UNREADABLE, explanation=f"{CRASH}: {error!r}")


@cache
def _judge(arch: str, notation: str) -> Judge:
    """What decides claims about a network."""
    return judge_in(claim_lines({}, arch, notation), Setting(arch=arch))


def _python(text: str, context: PythonContext) -> Verdict:
    sizes = declared(context.where).letters()
    return one_verdict(text, context, context.forward, sizes)
