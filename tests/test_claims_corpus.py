"""Every formula of tests/claims gets the verdict that it should, the mistake its name, the corrected one is accepted."""

from __future__ import annotations

import tomllib

import pytest
from claims_rows import CRASH, FOLDER, Row, rows, verdict
from claims_table import named

from derive.check.verdict import RIGHT, UNDECIDED, UNREADABLE, WRONG

ROWS = rows()
WRONG_ROWS = [row for row in ROWS if row.mistakes]
OPEN = (UNDECIDED, UNREADABLE)

KNOWN: dict[str, str] = {}
"""Rows that are not decided yet, and why; none of them may get the opposite verdict."""
UNNAMED: dict[str, str] = {}
"""Rows whose mistake goes by another name or by none, and why."""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_verdict(row: Row) -> None:
    said = verdict(row)
    assert CRASH not in said.explanation
    assert said.verdict in (*row.verdicts, *(OPEN if row.id in KNOWN else ())), said.explanation


@pytest.mark.parametrize("row", [row for row in WRONG_ROWS if row.id not in UNNAMED], ids=lambda row: row.id)
def test_mistake(row: Row) -> None:
    said = verdict(row)
    assert said.verdict != WRONG or named(row, said), said.explanation


@pytest.mark.parametrize("row", [row for row in ROWS if row.corrected], ids=lambda row: row.id)
def test_corrected_is_accepted(row: Row) -> None:
    said = verdict(row, corrected=True)
    assert said.verdict in (RIGHT, *(OPEN if row.id in KNOWN else ())), said.explanation


def test_nothing_wrong_is_accepted_and_nothing_right_refused() -> None:
    accepted = [row.id for row in ROWS if RIGHT not in row.verdicts and verdict(row).verdict == RIGHT]
    refused = [row.id for row in ROWS if WRONG not in row.verdicts and verdict(row).verdict == WRONG]
    assert (accepted, refused) == ([], [])


def test_nine_in_ten_are_decided_and_four_in_five_named() -> None:
    decided = [row for row in ROWS if verdict(row).verdict not in OPEN]
    named = [row for row in WRONG_ROWS if verdict(row).verdict == WRONG and named(row, verdict(row))]
    assert len(decided) >= 0.9 * len(ROWS)
    assert len(named) >= 0.8 * len(WRONG_ROWS)


def test_the_corrected_formula_that_is_offered_is_right() -> None:
    offered = [row for row in ROWS if verdict(row).verdict == WRONG and verdict(row).corrected]
    assert offered
    assert [row.id for row in offered if not verdict(row).corrected != row.text] == []


def test_known_rows_exist() -> None:
    ids = [row.id for row in ROWS]
    assert len(ids) == len(set(ids))
    assert set(KNOWN) | set(UNNAMED) <= set(ids)


def test_what_is_left_out_has_a_reason() -> None:
    left = tomllib.loads((FOLDER / "left_out.toml").read_text(encoding="utf-8"))["left_out"]
    assert all(one["reason"] for one in left)
    assert not {one["id"] for one in left} & {row.id for row in ROWS}
