"""Pages as people write them: every right formula is right, and every wrong one is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from derive.cli import run

NOTES = Path(__file__).parent / "notes"

# (page, how many right formulas, line of each wrong one and what is wrong with it)
PAGES = [
    ("lecture.tex", 15, {54: "transpose", 55: "index", 56: "sign", 57: "slope", 58: "layer_off_by_one"}),
    ("recurrent.tex", 12, {25: "missing_path", 26: "time_off_by_one", 27: "missing_sum", 28: "transpose",
                           29: "wrong_local_derivative"}),
]


@pytest.mark.parametrize(("page", "right", "wrong"), PAGES)
def test_a_page(page: str, right: int, wrong: dict[int, str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(NOTES / page), "--report", "json", "--verbose"]) == 1
    found = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    verdicts = [one for one in found if "verdict" in one]
    assert sum(one["verdict"] == "right" for one in verdicts) == right
    others = [one for one in verdicts if one["verdict"] != "right"]
    assert {int(one["where"].rsplit(":", 2)[1]): one["mistake"] for one in others} == wrong
