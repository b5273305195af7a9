r"""What a run of checks says: text for people, JSON lines, SARIF and annotations for programs."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.check.checked import Checked, Fix, Run
from derive.check.report import report
from derive.check.report.text import marks
from derive.check.verdict import Counterexample, Edit, Verdict, edited
from derive.errors import DeriveError
from derive.registry import discover
from derive.written.notes.source import Place

CLAIM = r"\frac{\partial C}{\partial W} = -x^T \delta"
EDITS = (Edit(CLAIM.index("-"), CLAIM.index("-") + 1, ""), Edit(CLAIM.index("x^T"), len(CLAIM), r"\delta x^T"))
PLACE = Place("my notes/a,b.tex", 12, 3, 12, 40)
WRONG = Verdict(CLAIM, "wrong", str(PLACE), "a counterexample", "sign", "The sign is wrong.\nAnd the order.",
                edited(CLAIM, EDITS), EDITS, Counterexample((("x", "[1, 2]"), (r"\delta", "3")), "6", "-6", "row 1"),
                r"\frac{\partial C}{\partial W} = \delta x^T")
RIGHT = Verdict("a = b", "right", "notes.tex:1:1", "equal at 4 random points")
UNDECIDED = Verdict("a = c", "undecided", "notes.tex:2:1", explanation="c is nowhere defined")
UNREADABLE = Verdict("a = {", "unreadable", "notes.tex:3:5", explanation="a brace is not closed\nClose it.")
RUN = Run((Checked(RIGHT, Place("notes.tex", 1, 1, 1, 6)), Checked(WRONG, PLACE, (Fix(PLACE, "x"),)),
           Checked(UNDECIDED, Place("notes.tex", 2, 1, 3, 2)), Checked(UNREADABLE, Place("notes.tex", 3, 5, 3, 6))),
          (Place("notes.tex", 9, 1, 9, 4),), ("columns",))


def test_every_report_is_found_by_its_name() -> None:
    assert {"github", "json", "sarif", "text"} <= {one.name for one in discover("derive.check.report")}


def test_a_report_that_does_not_exist_is_refused() -> None:
    with pytest.raises(DeriveError, match="sarif"):
        report("sarf")


def test_the_text_report() -> None:
    assert report("text").write(RUN, False) == r"""my notes/a,b.tex:12:3: wrong: The sign is wrong.
    And the order.
    written     \frac{\partial C}{\partial W} = -x^T \delta
    correct     \frac{\partial C}{\partial W} = \delta x^T
                                                ^^^^^^^^^^
    at          x = [1, 2], \delta = 3
    left side   6  (row 1)
    right side  -6  (row 1)
    derivation  \frac{\partial C}{\partial W} = \delta x^T
notes.tex:2:1: undecided: c is nowhere defined
    written     a = c
notes.tex:3:5: unreadable: a brace is not closed
    Close it.
    written     a = {
note: columns
4 claims: 1 right, 1 wrong, 1 undecided, 1 unreadable; 1 display not read as a claim
"""


def test_the_text_report_in_full() -> None:
    text = report("text").write(RUN, True)
    assert text.startswith("notes.tex:1:1: right: equal at 4 random points\n")
    assert "notes.tex:9:1: not read as a claim\n" in text


def test_a_claim_without_a_place_is_named_by_itself() -> None:
    run = Run((Checked(Verdict("a = b", "right", proof="equal")), Checked(Verdict("a = c", "undecided"))))
    assert report("text").write(run, False) == (
        "right: a = b\n    equal\nundecided: a = c\n    could not be decided\n2 claims: 1 right, 1 undecided\n")


@pytest.mark.parametrize("claim, edits, expected", [
    ("a = b + c", (Edit(4, 5, "-b"),), "    ^^"),
    ("a = 2 b", (Edit(4, 6, ""),), "    ^"),
    ("a = b", (Edit(4, 4, "2 "),), "    ^"),
    ("a = b c", (Edit(4, 5, "B"), Edit(6, 7, "CC")), "    ^ ^^"),
    ("a\n  = b", (Edit(6, 7, "c"),), "    ^"),
    ("a = b", (Edit(5, 5, " - c"),), "      ^^^"),
])
def test_an_edit_is_marked_below_what_it_wrote(claim: str, edits: tuple[Edit, ...], expected: str) -> None:
    assert marks(claim, edits) == expected


def test_json_has_one_object_a_claim() -> None:
    lines = [json.loads(line) for line in report("json").write(RUN, False).splitlines()]
    assert [list(line) for line in lines] == 4 * [
        ["claim", "where", "verdict", "proof", "mistake", "explanation", "corrected"]]
    assert lines[1] == {"claim": CLAIM, "where": "my notes/a,b.tex:12:3", "verdict": "wrong",
                        "proof": "a counterexample", "mistake": "sign",
                        "explanation": "The sign is wrong.\nAnd the order.",
                        "corrected": r"\frac{\partial C}{\partial W} = \delta x^T"}


def test_sarif() -> None:
    log = json.loads(report("sarif").write(RUN, False))
    run = log["runs"][0]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["sign", "undecided", "unreadable"]
    assert [(one["ruleId"], one["level"]) for one in run["results"]] == [
        ("sign", "error"), ("undecided", "warning"), ("unreadable", "error")]
    for one in run["results"]:
        assert run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"]
        assert one["level"] == "none" or one["kind"] == "fail"
    wrong = run["results"][0]["locations"][0]["physicalLocation"]
    assert wrong == {"artifactLocation": {"uri": "my%20notes/a%2Cb.tex"},
                     "region": {"startLine": 12, "startColumn": 3, "endLine": 12, "endColumn": 40}}
    change = run["results"][0]["fixes"][0]["artifactChanges"][0]
    assert change["replacements"][0]["insertedContent"] == {"text": "x"}


def test_sarif_in_full_says_what_is_right() -> None:
    results = json.loads(report("sarif").write(RUN, True))["runs"][0]["results"]
    assert (results[0]["kind"], results[0]["level"]) == ("pass", "none")


def test_annotations() -> None:
    lines = report("github").write(RUN, False).splitlines()
    assert lines[0] == ("::error file=my notes/a%2Cb.tex,line=12,endLine=12,col=3,endColumn=40,title=wrong%3A sign::"
                        rf"The sign is wrong.%0AAnd the order.%0Awritten: {CLAIM}%0A"
                        r"correct: \frac{\partial C}{\partial W} = \delta x^T")
    assert lines[1].startswith("::warning file=notes.tex,line=2,endLine=3,title=undecided::")
    assert lines[3] == RUN.summary


HOSTILE = st.text(st.sampled_from("a%:,\n\r\x1b\u2028\ud800é{}<>&\"'\\ "), max_size=12)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_nothing_a_user_writes_steers_a_report(claim: str, file: str, said: str) -> None:
    verdict = Verdict(claim, "wrong", f"{file}:1:1", explanation=said, corrected=said, mistake="sign")
    run = Run((Checked(verdict, Place(file, 1, 1, 1, 2)),))
    annotation, summary, *more = report("github").write(run, False).split("\n")
    assert annotation.startswith("::error file=") and summary == run.summary and more == [""]
    head, _, _ = annotation.removeprefix("::error ").partition("::")
    assert [field.partition("=")[0] for field in head.split(",")] == [
        "file", "line", "endLine", "col", "endColumn", "title"]
    assert not re.search("%(?!25|0A|3A|2C)", annotation)  # GitHub would read %41 as A
    for name in ("github", "json", "sarif", "text"):
        text = report(name).write(run, True)
        text.encode()
        assert "\x1b" not in text and "\r" not in text
    assert len(report("json").write(run, False).splitlines()) == 1
    assert json.loads(report("json").write(run, False))["claim"] == claim


CODES = [("right", 0), ("right wrong", 1), ("right undecided", 3), ("undecided unreadable", 2), ("unreadable wrong", 1),
         ("", 0), ("undecided wrong", 1)]


@pytest.mark.parametrize("verdicts, code", CODES)
def test_the_exit_code_of_a_run(verdicts: str, code: int) -> None:
    assert Run(tuple(Checked(Verdict("a", verdict)) for verdict in verdicts.split())).code == code


@pytest.mark.parametrize("verdicts, summary", [
    ("", "0 claims found"), ("right", "1 claim: 1 right"), ("right wrong right", "3 claims: 2 right, 1 wrong")])
def test_the_summary_of_a_run(verdicts: str, summary: str) -> None:
    assert Run(tuple(Checked(Verdict("a", verdict)) for verdict in verdicts.split())).summary == summary


def test_a_verdict_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="maybe"):
        Verdict("a", "maybe")
