"""Annotations of a GitHub workflow: `::error file=notes.tex,line=12,col=3::...`, shown beside the lines.

A user's text can neither end an annotation nor begin another one: %, line ends, colons and commas are escaped.
"""

from __future__ import annotations

from derive.check.checked import Checked, Run
from derive.check.report.record import Report, shown
from derive.check.verdict import RIGHT, UNDECIDED

LEVELS = {UNDECIDED: "warning"}


def message(text: str) -> str:
    """Text after the second `::`."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def field(text: str) -> str:
    """A value before it."""
    return message(text).replace(":", "%3A").replace(",", "%2C")


def write(run: Run, verbose: bool) -> str:
    del verbose
    lines = [_annotation(one) for one in run.checked if one.verdict.verdict != RIGHT]
    return "\n".join([*lines, run.summary]) + "\n"


def _annotation(one: Checked) -> str:
    """Columns only where all is in one line: GitHub takes no others."""
    verdict, place = one.verdict, one.place
    at: dict[str, str] = {}
    if place:
        at = {"file": shown(place.file), "line": str(place.line), "endLine": str(place.end_line)}
        at |= {"col": str(place.column), "endColumn": str(place.end_column)} if place.end_line == place.line else {}
    at["title"] = f"{verdict.verdict}: {verdict.mistake}" if verdict.mistake else verdict.verdict
    said = [*map(shown, verdict.explanation.splitlines()), f"written: {shown(verdict.claim)}"]
    if verdict.corrected:
        said.append(f"correct: {shown(verdict.corrected)}")
    head = ",".join(f"{name}={field(value)}" for name, value in at.items())
    return f"::{LEVELS.get(verdict.verdict, 'error')} {head}::{message(chr(10).join(filter(None, said)))}"


ENTRY = Report("github", write)
