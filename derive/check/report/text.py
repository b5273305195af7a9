r"""For people: one line a claim that begins with its place, and below it what was written and what is right.

    notes.tex:12:3: wrong: the factor x^T stands on the wrong side
        written     \frac{\partial C}{\partial W} = x^T \delta
        correct     \frac{\partial C}{\partial W} = \delta x^T
                                                    ^^^^^^^^^^
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.check.checked import Checked, Run, counted
from derive.check.report.record import Report, shown
from derive.check.verdict import RIGHT, UNDECIDED, UNREADABLE, WRONG, Edit, Verdict, edited

PLAIN = {RIGHT: "right", UNDECIDED: "could not be decided", UNREADABLE: "could not be read",
         WRONG: "the two sides are not equal"}
"""Where a verdict comes without a sentence."""


def write(run: Run, verbose: bool) -> str:
    blocks = ["\n".join(_lines(one)) for one in run.checked if verbose or one.place is None or
              one.verdict.verdict != RIGHT]
    if verbose:
        blocks += [f"{shown(str(place))}: not read as a claim" for place in run.passed]
    passed = f"; {counted(len(run.passed), 'display')} not read as {'a claim' if len(run.passed) == 1 else 'claims'}"
    blocks += [f"note: {shown(remark)}" for remark in run.remarks]
    return "\n".join([*blocks, run.summary + (passed if run.passed else "")]) + "\n"


def _lines(one: Checked) -> Iterator[str]:
    """A claim without a place is named by itself."""
    verdict = one.verdict
    first, *others = (verdict.explanation or verdict.proof or PLAIN[verdict.verdict]).splitlines()
    if verdict.where:
        yield f"{shown(verdict.where)}: {verdict.verdict}: {shown(first)}"
    else:
        yield f"{verdict.verdict}: {shown(verdict.claim)}"
        others.insert(0, first)
    yield from (f"    {shown(line)}" for line in others)
    if verdict.verdict == RIGHT:
        return
    if verdict.claim and (verdict.where or verdict.corrected):
        yield _row("written", shown(verdict.claim))
    yield from _corrected(verdict)
    yield from _numbers(verdict)
    if verdict.parts:
        yield _row("derivation", shown(verdict.parts))


def _row(name: str, text: str) -> str:
    return f"    {name:11} {text}".rstrip()


def _corrected(verdict: Verdict) -> Iterator[str]:
    """The corrected formula, and under it a mark where it was edited."""
    if not verdict.corrected:
        return
    yield _row("correct", shown(verdict.corrected))
    if verdict.edits and edited(verdict.claim, verdict.edits) == verdict.corrected:
        yield _row("", marks(verdict.claim, verdict.edits))


def marks(claim: str, edits: tuple[Edit, ...]) -> str:
    """A caret under each character of `shown(corrected)` that is new; one where something was left out."""
    line, at, whole = "", 0, ""
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.stop)):
        whole += claim[at:edit.start]
        begin = len(shown(whole + "|")) - 1
        whole += edit.new
        begin += bool(edit.new[:1].isspace() and edit.new.strip())
        width = len(shown(whole.rstrip() + "|")) - 1 - begin
        line = line[:begin].ljust(begin) + "^" * (width if edit.new.strip() else 1)
        at = edit.stop
    return line


def _numbers(verdict: Verdict) -> Iterator[str]:
    """The counterexample: where, and the number on each side."""
    found = verdict.counterexample
    if found is None:
        return
    if found.point:
        yield _row("at", ", ".join(f"{shown(name)} = {shown(number)}" for name, number in found.point))
    entry = f"  ({shown(found.entry)})" if found.entry else ""
    yield _row("left side", shown(found.left) + entry)
    yield _row("right side", shown(found.right) + entry)


ENTRY = Report("text", write)
