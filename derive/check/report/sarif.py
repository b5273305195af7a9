"""SARIF 2.1.0: results with places and fixes, for code scanning and editors.

Columns count characters; a claim that came from no file has no location, and a right one is a result of kind "pass".
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from derive import __version__
from derive.check.checked import Checked, Run
from derive.check.report.record import Report
from derive.check.verdict import RIGHT, UNDECIDED, UNREADABLE, WRONG
from derive.written.notes.source import Place

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {WRONG: "error", UNREADABLE: "error", UNDECIDED: "warning", RIGHT: "none"}
KINDS = {WRONG: "fail", UNREADABLE: "fail", UNDECIDED: "fail", RIGHT: "pass"}
RULES = {RIGHT: "The formula is right.", WRONG: "The formula is wrong.",
         UNDECIDED: "Whether the formula is right could not be decided.",
         UNREADABLE: "The formula could not be read."}


def write(run: Run, verbose: bool) -> str:
    listed = [one for one in run.checked if verbose or one.verdict.verdict != RIGHT]
    rules = sorted({_rule(one) for one in listed})
    described = [{"id": rule, "shortDescription": {"text": RULES.get(rule, f"Mistake: {rule.replace('_', ' ')}.")}}
                 for rule in rules]
    driver = {"name": "derive", "version": __version__, "rules": described}
    log = {"$schema": SCHEMA, "version": "2.1.0",
           "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints",
                     "results": [_result(one, rules) for one in listed]}]}
    return json.dumps(log, indent=2) + "\n"


def _rule(one: Checked) -> str:
    return one.verdict.mistake or one.verdict.verdict


def _result(one: Checked, rules: list[str]) -> dict[str, Any]:
    verdict = one.verdict
    said = verdict.explanation or verdict.proof or RULES[verdict.verdict]
    if verdict.corrected:
        said += f"\nRight: {verdict.corrected}"
    result: dict[str, Any] = {"ruleId": _rule(one), "ruleIndex": rules.index(_rule(one)),
                              "kind": KINDS[verdict.verdict], "level": LEVELS[verdict.verdict],
                              "message": {"text": said}}
    if one.place:
        result["locations"] = [{"physicalLocation": {"artifactLocation": _file(one.place),
                                                     "region": _region(one.place)}}]
    if one.fixes:
        replaced = [{"deletedRegion": _region(fix.place), "insertedContent": {"text": fix.new}} for fix in one.fixes]
        changes = [{"artifactLocation": _file(one.fixes[0].place), "replacements": replaced}]
        result["fixes"] = [{"description": {"text": "The smallest edit that makes the formula right."},
                            "artifactChanges": changes}]
    return result


def _file(place: Place) -> dict[str, str]:
    return {"uri": quote(place.file.replace("\\", "/"), safe="/", errors="replace")}


def _region(place: Place) -> dict[str, int]:
    return {"startLine": place.line, "startColumn": place.column,
            "endLine": place.end_line, "endColumn": place.end_column}


ENTRY = Report("sarif", write)
