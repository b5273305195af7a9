"""One JSON object a claim and line: {"claim", "where", "verdict", "proof", "mistake", "explanation", "corrected"}."""

from __future__ import annotations

import json

from derive.check.checked import Run
from derive.check.report.record import Report


def write(run: Run, verbose: bool) -> str:
    del verbose
    return "".join(json.dumps(one.verdict.record()) + "\n" for one in run.checked)


ENTRY = Report("json", write)
